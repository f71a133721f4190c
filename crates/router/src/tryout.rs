//! What a message would come to: it is read and put to the workflow, and nothing of it is kept.

use std::collections::BTreeMap;

use canonical::{EffectKind, Event, EventData, ExceptionCode};
use connector::{Codec, Failure, Inbound};
use jiff::Timestamp;
use store::{Lookup, Store, StoreError};
use workflow::{Claim, Given, PolicySet, ReturnState, Step, Verdict, apply, invoice_lines_of};

use crate::ahead;
use crate::batch::reference_of;
use crate::routes::{Home, Routes};

/// By what a message is read and judged.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// Returns and reservations as they are.
    pub store: &'a dyn Store,
    /// Policies in force.
    pub policies: &'a PolicySet,
    /// Routes as configured.
    pub routes: &'a Routes,
    /// Codec of the connector.
    pub codec: &'a dyn Codec,
    /// The clock.
    pub now: Timestamp,
}

/// A part of a message that could be read, and what follows from it.
#[derive(Debug, Clone)]
pub struct Came {
    /// What it says.
    pub event: Event,
    /// Id and RMA number of its return; none if there is none and the event opens none.
    pub of: Option<(String, String)>,
    /// What would become of it, in words.
    pub verdict: String,
    /// The return's status afterwards (business code and sentence); empty if there is none.
    pub status: String,
    /// Effects that would be planned.
    pub effects: Vec<Follows>,
    /// Exceptions that would be opened.
    pub exceptions: Vec<(ExceptionCode, String)>,
}

/// An effect that would be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follows {
    /// Kind.
    pub kind: EffectKind,
    /// The connector that would deliver it; none: no route takes it.
    pub connector: Option<String>,
    /// True if it would wait for others.
    pub waits: bool,
}

/// Tries a message out, each part after the one before it.
///
/// Sums over other returns of the customer are not looked up: an approval that only they demand is not foretold.
///
/// # Errors
/// If the store cannot be read. That the message cannot be read is a result.
pub async fn try_out(
    how: Trial<'_>,
    message: &Inbound,
) -> Result<Result<Vec<Result<Came, Failure>>, Failure>, StoreError> {
    let parts = match how.codec.decode(message) {
        Ok(parts) => ahead::believed(parts, message.origin.received_at),
        Err(failure) => return Ok(Err(failure)),
    };
    let mut states = States::default();
    let mut came = Vec::with_capacity(parts.len());
    for part in parts {
        came.push(match part {
            Ok(event) => Ok(judged(how, &mut states, message, event).await?),
            Err(failure) => Err(failure),
        });
    }
    Ok(Ok(came))
}

/// Returns as the parts before left them: by id, and their ids by name.
#[derive(Default)]
struct States {
    by_id: BTreeMap<String, ReturnState>,
    ids: BTreeMap<(String, String), String>,
}

impl States {
    /// The return that an event is about.
    async fn of(
        &self,
        store: &dyn Store,
        event: &Event,
    ) -> Result<Option<ReturnState>, StoreError> {
        if let EventData::ReturnRequested(request) = &event.data {
            return self.by_id(store, workflow::return_id_of(request)).await;
        }
        let name = reference_of(&event.subject);
        let before = self.ids.get(&(name.space.clone(), name.value.clone()));
        match (before, name.space.as_str()) {
            (Some(id), _) => Ok(self.by_id.get(id).cloned()),
            (None, "id") => self.by_id(store, name.value).await,
            (None, _) => stored(store, Lookup::Reference(name)).await,
        }
    }

    async fn by_id(
        &self,
        store: &dyn Store,
        id: String,
    ) -> Result<Option<ReturnState>, StoreError> {
        match self.by_id.get(&id) {
            Some(state) => Ok(Some(state.clone())),
            None => stored(store, Lookup::Id(id)).await,
        }
    }

    fn keep(&mut self, step: &Step) {
        let Some(state) = &step.state else { return };
        let id = state.return_id().to_owned();
        for name in &step.references {
            self.ids.insert(name.clone(), id.clone());
        }
        self.by_id.insert(id, state.clone());
    }
}

/// A state that cannot be read is a matter of the return itself; here it counts as none.
async fn stored(store: &dyn Store, lookup: Lookup) -> Result<Option<ReturnState>, StoreError> {
    let row = store.load(&[lookup]).await?.into_iter().flatten().next();
    Ok(row.and_then(|row| serde_json::from_str(&row.state).ok()))
}

async fn judged(
    how: Trial<'_>,
    states: &mut States,
    message: &Inbound,
    event: Event,
) -> Result<Came, StoreError> {
    let state = states.of(how.store, &event).await?;
    let lines = invoice_lines_of(&event, state.as_ref());
    let claims = how.store.claims(&lines).await?;
    let claims: Vec<Claim> = claims.into_iter().map(crate::batch::claim).collect();
    let given = Given {
        policies: how.policies,
        now: how.now,
        connector: &message.origin.connector,
        correlation_id: "",
        causation_id: "",
        claims: &claims,
        again: false,
        crosswalk_version: "",
        history: None,
        found: workflow::Found::ByName,
    };
    let step = apply(state.clone(), &event, &given);
    states.keep(&step);
    let after = step.state.as_ref().or(state.as_ref());
    Ok(Came {
        of: after.map(|state| {
            let header = state.header();
            (header.return_id.clone(), header.rma_number.clone())
        }),
        verdict: words(&step.verdict),
        status: after.map_or_else(String::new, |state| {
            let code = state.business_code();
            format!("{code} {}", code.sentence())
        }),
        effects: step
            .plan
            .iter()
            .map(|effect| follows(how.routes, effect))
            .collect(),
        exceptions: (step.exceptions.into_iter())
            .map(|raised| (raised.code, raised.reason))
            .collect(),
        event,
    })
}

fn follows(routes: &Routes, effect: &workflow::PlannedEffect) -> Follows {
    let command = &effect.command;
    let home = Home {
        entity: &command.legal_entity,
        site: &command.site,
        channel: &command.channel,
    };
    Follows {
        kind: command.kind,
        connector: routes.find(command.kind, home).map(str::to_owned),
        waits: !effect.ready,
    }
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applied => "it changes the return".to_owned(),
        Verdict::Duplicate => "it is known already: nothing changes".to_owned(),
        Verdict::Parked => "it is too early: it waits inside the return for its turn".to_owned(),
        Verdict::Ignored(why) => format!("nothing to do: {why}"),
        Verdict::UnknownReturn => {
            "there is no such return: it would wait for one, and become an exception if none comes"
                .to_owned()
        }
    }
}

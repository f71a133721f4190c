//! A return was opened under a name under which goods are held that nobody knows: they are its goods, as if they had come after it.

use canonical::envelope::{Context, Envelope};
use canonical::identification::{Identification, Identified};
use canonical::{Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use store::{Lookup, OutboxMessage, Reference, ReturnRow, Store, StoreError, Unit, UnitOutcome};
use workflow::ReturnState;

use super::{Done, Rules};
use crate::{trace, whose, wire};

/// Who says so.
const ROUTER: &str = "router";

/// Hands goods that are held under one of these names over to the return that has it now. If this is cut short, a person
/// does it.
pub(super) async fn hand_over(
    store: &dyn Store,
    rules: &Rules<'_>,
    opened: &[Reference],
    return_id: &str,
    done: &mut Done,
) -> Result<(), StoreError> {
    let mut policies = rules.policies.all().iter();
    if opened.is_empty() || policies.all(|policy| policy.blind_return().is_none()) {
        return Ok(());
    }
    let names: Vec<Lookup> = opened
        .iter()
        .map(|name| Lookup::Reference(whose::learnt_from(name)))
        .collect();
    let now = rules.clock.now();
    let mut outbox: Vec<OutboxMessage> = Vec::new();
    for holder in store.load(&names).await?.into_iter().flatten() {
        if holder.return_id == return_id || !is_undecided(&holder) {
            continue;
        }
        let said = said(&holder.return_id, return_id, now);
        match said.and_then(|said| wire::event(&said)) {
            Ok(message) if !outbox.contains(&message) => outbox.push(message),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "goods cannot be handed over"),
        }
    }
    if outbox.is_empty() {
        return Ok(());
    }
    let unit = Unit {
        outbox: outbox.clone(),
        ..Unit::default()
    };
    let commit = store.commit(vec![unit], Vec::new()).await?;
    if commit.outcomes.first() == Some(&UnitOutcome::Done) {
        done.batches
            .extend((commit.batch != 0).then_some(commit.batch));
        done.outbox.extend(outbox);
    }
    Ok(())
}

/// True as long as nobody has said whose the goods are that it holds.
fn is_undecided(row: &ReturnRow) -> bool {
    let state: Result<ReturnState, _> = serde_json::from_str(&row.state);
    state.is_ok_and(|state| state.waits_for_identification() && !state.is_identified())
}

fn said(holder: &str, to: &str, now: Timestamp) -> Result<Envelope, serde_json::Error> {
    let key = MessageKey::derive(&["identification", ROUTER, holder, to]);
    let event = Event {
        subject: ReturnName::Id(holder.to_owned()),
        occurred_at: now,
        data: EventData::GoodsIdentified(Box::new(Identification {
            request_id: key.0.clone(),
            requested_by: ROUTER.to_owned(),
            reason: "it was asked for under the name that they were told under".to_owned(),
            found: Identified::Return {
                return_id: to.to_owned(),
            },
        })),
        key,
    };
    let context = Context {
        connector: ROUTER.to_owned(),
        correlation_id: holder.to_owned(),
        causation_id: to.to_owned(),
        traceparent: trace::derived(holder),
        ingested_at: now,
    };
    Envelope::seal(&event, &context)
}

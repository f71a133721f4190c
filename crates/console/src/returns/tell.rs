//! A fact that a caller tells of a return: on its way once, and waited for.

use std::sync::Arc;
use std::time::Duration;

use canonical::envelope::{Context, Envelope};
use canonical::{Event, EventData, MessageKey, ReturnName};
use http::StatusCode;
use router::front::{Entered, Ticket};
use serde::Serialize;
use store::ReturnRow;

use super::create::{SOURCE, broken};
use super::find;
use super::view::{etag, view};
use crate::api::App;
use crate::gate::{Caller, Ids};
use crate::once::{self, Answer, Doing};
use crate::post::Told;
use crate::problem::Problem;
use crate::wait;

/// Who tells it, under which key.
pub(super) struct Teller {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) ids: Ids,
    /// Their idempotency key.
    pub(super) key: String,
}

impl Teller {
    /// Whoever has sent that request.
    pub(super) fn of(told: &Told, ids: Ids) -> Result<Self, Problem> {
        Ok(Self {
            app: Arc::clone(&told.app),
            caller: told.caller.clone(),
            ids,
            key: told.key()?,
        })
    }

    /// Who says so: the person of the token if it stands for one.
    pub(super) fn by(&self) -> String {
        self.caller.0.who()
    }

    /// The fact. The same key says the same of the same return.
    pub(super) fn event(&self, kind: &str, row: &ReturnRow, data: EventData) -> Event {
        let tenant = format!("{SOURCE}/{}", self.caller.0.tenant);
        Event {
            key: MessageKey::derive(&[kind, &tenant, &self.key]),
            subject: ReturnName::Id(row.return_id.clone()),
            occurred_at: self.app.api.clock.now(),
            data,
        }
    }

    /// Lets it in, and waits so long for what the workflow says: how the return stands then, or how it stood.
    pub(super) async fn tell<T: Serialize>(
        &self,
        row: &ReturnRow,
        event: &Event,
        (doing, said): (Doing, &T),
        waits: Duration,
    ) -> Result<Answer, Problem> {
        let context = Context {
            connector: self.caller.0.actor(),
            correlation_id: self.ids.correlation.clone(),
            causation_id: self.ids.request.clone(),
            traceparent: String::new(),
            ingested_at: event.occurred_at,
        };
        let envelope = Envelope::seal(event, &context).map_err(|error| broken(&error))?;
        let payload =
            serde_json::to_string(&(&row.return_id, said)).map_err(|error| broken(&error))?;
        let ticket = Ticket {
            request: doing.name,
            payload: &payload,
            seen: None,
        };
        if self.app.api.front.enter(&envelope, ticket).await? == Entered::Otherwise {
            return Err(once::reused());
        }
        let changed = |now: &ReturnRow| now.version > row.version;
        let now = wait::until(self.app.store(), &row.return_id, waits, changed).await?;
        match now.filter(changed) {
            Some(now) => answer(StatusCode::OK, &now),
            None => answer(StatusCode::ACCEPTED, row),
        }
    }
}

fn answer(status: StatusCode, row: &ReturnRow) -> Result<Answer, Problem> {
    let view = view(row, &find::state(row)?).covered();
    Ok(Answer::json(status, &view).with("etag", etag(row.version)))
}

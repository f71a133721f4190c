//! `GET /v1/events`: changes of returns as they happen, as server-sent events.
//!
//! The order is that of the audit: it is gapless, and every change of a return is in it. So an event's id is the position
//! in the audit, and whoever comes back with it misses nothing.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use store::{Lookup, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::ask::Asked;
use crate::problem::{Problem, ProblemDocument};
use crate::returns::{Standing, standing};

/// Between two looks while nothing happens.
const EVERY: Duration = Duration::from_millis(300);
/// Entries read at once.
const AT_ONCE: usize = 500;

/// Where to begin.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// Only what happened behind that position of the audit; what happens from now on if nothing is said. A
    /// Last-Event-ID header counts before it.
    after: Option<u64>,
}

/// A return has changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Changed {
    /// Position in the audit.
    seq: u64,
    /// What changed it (type of the event).
    cause: String,
    /// How the return stands now. Several changes in a row may be told as one.
    #[serde(rename = "return")]
    now: Standing,
}

/// Follows changes of returns
///
/// Server-sent events named `return`, each with the position in the audit as its id. With `Last-Event-ID` (browsers send
/// it by themselves when they come back) or `after` nothing is missed; an event may come twice.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "Id of the last event that was seen"),
    ),
    responses(
        (status = 200, description = "Events, for ever", body = Changed, content_type = "text/event-stream"),
        (status = 400, description = "The position cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match headers.get("last-event-id").map(|v| v.to_str()) {
        Some(text) => Some(text.ok().and_then(|t| t.parse().ok()).ok_or_else(|| {
            Problem::bad_request("api.query", "Last-Event-ID is the id of an event: a number")
        })?),
        None => asked.after,
    };
    let after = match after {
        Some(after) => after,
        None => app.store().audit_head().await?.0,
    };
    let feed = Feed {
        app,
        after,
        ready: VecDeque::new(),
    };
    let events = stream::unfold(feed, async |mut feed| {
        let event = feed.next().await?;
        Some((Ok::<Event, Infallible>(event), feed))
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

struct Feed {
    app: Arc<App>,
    after: u64,
    ready: VecDeque<Event>,
}

impl Feed {
    /// The next event; none when the sidecar stops.
    async fn next(&mut self) -> Option<Event> {
        let stop = self.app.api.stop.clone();
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.read().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "followers wait for the store"),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Reads on. `false`: nothing has happened.
    async fn read(&mut self) -> Result<bool, StoreError> {
        let store = Arc::clone(&self.app.api.store);
        let entries = store.audit("", self.after, AT_ONCE).await?;
        let Some(end) = entries.last().map(|row| row.seq) else {
            return Ok(false);
        };
        // Of several changes of one return the last one counts.
        let mut last = BTreeMap::new();
        for row in entries {
            last.insert(row.entry.subject, (row.seq, row.entry.action));
        }
        let lookups: Vec<Lookup> = last.keys().cloned().map(Lookup::Id).collect();
        let found = store.load(&lookups).await?;
        let mut changes: Vec<Changed> = last
            .into_values()
            .zip(found)
            .filter_map(|((seq, cause), row)| {
                let now = standing(&row?);
                Some(Changed { seq, cause, now })
            })
            .collect();
        changes.sort_by_key(|change| change.seq);
        self.ready.extend(changes.iter().map(event));
        self.after = end;
        Ok(true)
    }
}

fn event(change: &Changed) -> Event {
    let data = serde_json::to_string(change).unwrap_or_default();
    Event::default()
        .event("return")
        .id(change.seq.to_string())
        .data(data)
}

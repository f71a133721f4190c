//! `PATCH /v1/returns/{id}`: a return is changed by whoever has seen its latest version.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use canonical::envelope::{Context, Envelope};
use canonical::event::{AmendRequest, CancelRequest};
use canonical::line::ReturnLine;
use canonical::{Event, EventData, Lifecycle, MessageKey, ReturnName};
use http::{HeaderMap, StatusCode};
use router::front::{Entered, Ticket};
use serde::{Deserialize, Serialize};
use store::ReturnRow;
use utoipa::ToSchema;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::Array;

use super::change::{self, LineChange};
use super::create::{SOURCE, broken};
use super::find;
use super::view::{ReturnView, etag, view};
use crate::api::App;
use crate::ask::{self, Named};
use crate::gate::{Caller, Ids};
use crate::once::{self, Answer};
use crate::openapi::named;
use crate::problem::{FieldError, Problem, ProblemDocument};
use crate::wait;

const ROUTE: &str = "PATCH /v1/returns/{id}";
/// A change of any version is tried so often while the return changes at the same time.
const TRIES: u32 = 5;

/// What is to change.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// What the return is to become; left out if lines are to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Wanted>,
    /// Lines that are to change; of an authorised return, what has not come yet. Those left out stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<LineChange>,
    /// Lines that the return has not yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = added)]
    add: Vec<ReturnLine>,
    /// Why; goes into the audit.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

fn added() -> Schema {
    Schema::Array(Array::new(named("ReturnLine")))
}

/// What a return can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Wanted {
    /// Withdrawn: possible as long as nothing has come.
    Cancelled,
}

/// Withdraws a return, or changes its lines
///
/// `If-Match` must hold the ETag that was seen last: a return that has changed since is left as it is. With
/// `Prefer: wait=5` the answer waits until it is done. Lines change within what is invoiced. Before the return is authorised it is
/// decided on anew, and approvals that were given before count no more. Afterwards what has not come yet changes: no line gets below what
/// came, what is added must be allowed without an approval, and the ERP and the warehouse are told anew.
#[utoipa::path(
    patch,
    path = "/v1/returns/{id}",
    tag = "returns",
    request_body(content = Change, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version that was seen; needed"),
        ("Idempotency-Key" = Option<String>, Header, description = "Names this change; the version does if left out"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it is done"),
    ),
    responses(
        (status = 200, description = "Withdrawn, or changed", body = ReturnView),
        (status = 202, description = "Taken; the return as it was", body = ReturnView),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is too far for that, or no policy or too few units allow it", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn amend(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Named(name): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let bytes = ask::json(&headers, body, app.api.max_body).await?;
    let change: Change = ask::read(&bytes)?;
    ask::reason(&change.reason)?;
    let Some(seen) = headers.get("if-match") else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "api.if-match-missing",
            "give the ETag that you saw last: If-Match: \"v3\"",
        ));
    };
    if change.status.is_some() != (change.lines.is_empty() && change.add.is_empty()) {
        return Err(Problem::invalid(vec![FieldError {
            pointer: String::new(),
            detail: "say what is to change: either the status, or lines (lines, add)".to_owned(),
        }]));
    }
    let seen = seen.to_str().unwrap_or_default();
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match attempt(&app, (&caller, &ids), &name, &headers, (&change, seen)).await {
            // Whoever takes any version does not mind that it has just changed.
            Err(problem)
                if problem.status == StatusCode::PRECONDITION_FAILED
                    && is_any(seen)
                    && tries > 0 => {}
            done => return done,
        }
    }
}

/// One try, on the return as it is now.
async fn attempt(
    app: &Arc<App>,
    (caller, ids): (&Caller, &Ids),
    name: &str,
    headers: &HeaderMap,
    (change, seen): (&Change, &str),
) -> Result<Response, Problem> {
    let given = once::key(headers)?;
    let row = find::find(app, name).await?;
    change::check(&find::state(&row)?, &change.lines, &change.add)?;
    // Asked again, as after an answer that was lost: it is as wished.
    if given.is_some() && is_done(change, &row) {
        return answer(StatusCode::OK, &row);
    }
    if !matches(seen, row.version) {
        return Err(changed(&row));
    }
    if is_done(change, &row) {
        return answer(StatusCode::OK, &row);
    }
    let is_named = given.is_some();
    let request_id = given.unwrap_or_else(|| format!("{}/v{}", row.return_id, row.version));
    let event = asked(app, caller, &row, (change, &request_id));
    match change.status {
        Some(Wanted::Cancelled) => may_be_withdrawn(&row)?,
        None => change::may_be_made(app, &find::state(&row)?, &event).await?,
    }
    let asked = (change, request_id.as_str(), is_named);
    enter(app, (caller, ids), &row, asked, &event).await?;
    let waits = wait::preferred(headers);
    let now = wait::until(app.store(), &row.return_id, waits, |row| {
        is_done(change, row)
    });
    let now = now.await?.unwrap_or(row);
    let status = if is_done(change, &now) {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    answer(status, &now)
}

/// True if whoever asks takes any version (RFC 9110, section 13.1.1).
fn is_any(seen: &str) -> bool {
    seen.split(',').any(|tag| tag.trim() == "*")
}

/// True if the return is as the change would have it.
fn is_done(change: &Change, row: &ReturnRow) -> bool {
    match change.status {
        Some(Wanted::Cancelled) => row.lifecycle == Lifecycle::Cancelled.word(),
        None => {
            find::state(row).is_ok_and(|state| change::is_made(&state, &change.lines, &change.add))
        }
    }
}

fn asked(
    app: &App,
    caller: &Caller,
    row: &ReturnRow,
    (change, request_id): (&Change, &str),
) -> Event {
    let tenant = format!("{SOURCE}/{}", caller.0.tenant);
    let request_id = request_id.to_owned();
    let (requested_by, reason) = (caller.0.who(), change.reason.clone());
    let (kind, data) = match change.status {
        Some(Wanted::Cancelled) => {
            let asked = CancelRequest {
                request_id: request_id.clone(),
                requested_by,
                reason,
            };
            ("return-cancel", EventData::CancelRequested(asked))
        }
        None => {
            let asked = AmendRequest {
                request_id: request_id.clone(),
                requested_by,
                reason,
                lines: change.lines.iter().map(LineChange::amendment).collect(),
                added: change.add.clone(),
            };
            ("return-amend", EventData::AmendRequested(asked))
        }
    };
    Event {
        key: MessageKey::derive(&[kind, &tenant, &request_id]),
        subject: ReturnName::Id(row.return_id.clone()),
        occurred_at: app.api.clock.now(),
        data,
    }
}

async fn enter(
    app: &App,
    (caller, ids): (&Caller, &Ids),
    row: &ReturnRow,
    (change, request_id, is_named): (&Change, &str, bool),
    event: &Event,
) -> Result<(), Problem> {
    let context = Context {
        connector: caller.0.actor(),
        correlation_id: ids.correlation.clone(),
        causation_id: ids.request.clone(),
        traceparent: String::new(),
        ingested_at: event.occurred_at,
    };
    let envelope = Envelope::seal(event, &context).map_err(|error| broken(&error))?;
    let payload =
        serde_json::to_string(&(&row.return_id, change)).map_err(|error| broken(&error))?;
    let ticket = Ticket {
        request: MessageKey::derive(&["api", &caller.0.tenant, ROUTE, request_id]),
        payload: &payload,
        seen: Some((row.return_id.clone(), row.version)),
    };
    match app.api.front.enter(&envelope, ticket).await? {
        Entered::Now | Entered::Before => Ok(()),
        Entered::Otherwise if is_named => Err(once::reused()),
        Entered::Otherwise => Err(Problem::conflict(
            "api.in-progress",
            format!(
                "another change of version {} of this return is under way: read it again, and ask for yours then",
                row.version
            ),
        )),
        Entered::Changed => Err(changed(row)),
    }
}

/// What the workflow would refuse is refused at once; it decides all the same.
fn may_be_withdrawn(row: &ReturnRow) -> Result<(), Problem> {
    let state = find::state(row)?;
    let open = matches!(
        state.lifecycle(),
        Lifecycle::Requested
            | Lifecycle::PendingAuthorization
            | Lifecycle::Authorized
            | Lifecycle::InProgress
    );
    if open && state.received().is_zero() {
        return Ok(());
    }
    Err(Problem::conflict(
        "api.not-allowed-now",
        format!(
            "return {} is {} and cannot be withdrawn: only one of which nothing has come can be",
            row.rma_number, row.lifecycle
        ),
    ))
}

/// Strong comparison (RFC 9110, section 13.1.1): a weak ETag matches nothing.
fn matches(seen: &str, version: u64) -> bool {
    let now = etag(version);
    seen.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag == now)
}

fn changed(row: &ReturnRow) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "api.changed",
        format!(
            "the return has changed, it is at {} now: look at it again",
            etag(row.version)
        ),
    )
}

fn answer(status: StatusCode, row: &ReturnRow) -> Result<Response, Problem> {
    // Whoever may withdraw a return need not see what its customer wrote: who may looks at it.
    let view = view(row, &find::state(row)?).covered();
    Ok(Answer::json(status, &view)
        .with("etag", etag(row.version))
        .response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_that_is_there_matches() {
        assert!(matches("\"v3\"", 3) && matches("*", 3) && matches("\"v1\", \"v3\"", 3));
        assert!(!matches("\"v2\"", 3) && !matches("W/\"v3\"", 3) && !matches("v3", 3));
    }
}

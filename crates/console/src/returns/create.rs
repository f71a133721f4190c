//! `POST /v1/returns`: a return is asked for.

use std::sync::Arc;

use axum::response::Response;
use canonical::envelope::{Context, Envelope};
use canonical::header::ReturnRequest;
use canonical::{Event, EventData, Lifecycle, MessageKey, ReturnName};
use http::StatusCode;
use router::front::{Entered, Ticket};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{ReturnView, etag, view};
use super::{check, find};
use crate::api::App;
use crate::gate::{Caller, Ids};
use crate::once::{Answer, Doing};
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};
use crate::wait;

const ROUTE: &str = "POST /v1/returns";
/// What stands for the API where no single caller is meant.
pub(super) const SOURCE: &str = "api";

/// The request is taken and will be decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Taken {
    /// Id of the return.
    return_id: String,
    /// RMA number; goods may only come once the return is authorised.
    rma_number: String,
    /// Where to look how it stands.
    status_url: String,
}

/// Asks for a return
///
/// The same request sent again, under the same key or another one, gives the same return: it is recognised by `system`
/// and `request_id` for ever. With `Prefer: wait=5` the answer waits up to so many seconds (30 at the most) for the
/// decision.
#[utoipa::path(
    post,
    path = "/v1/returns",
    tag = "returns",
    request_body(content = ref("#/components/schemas/ReturnRequest"), content_type = "application/json"),
    params(
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait for the decision"),
    ),
    responses(
        (status = 200, description = "It was known before; how it stands", body = ReturnView),
        (status = 201, description = "Decided: authorised, declined, or pending with a person", body = ReturnView),
        (status = 202, description = "Taken; it will be decided", body = Taken),
        (status = 409, description = "The key's request is being done, or request_id stands for another request", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(post: Post) -> Result<Response, Problem> {
    let ids = post.ids.clone();
    let (asked, told) = post.read::<ReturnRequest>().await?;
    told.key()?;
    let (app, caller) = (Arc::clone(&told.app), &told.caller);
    let mut wrong = check::request(&asked, app.api.clock.now());
    wrong.extend(another(&app, caller, &asked));
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let waits = wait::preferred(&told.headers);
    let who = caller.0.actor();
    told.once(ROUTE, ("", waits), |doing| {
        ask_for(app, asked, doing, (who, ids), waits)
    })
    .await
}

/// Whoever has a token of their own asks in their own name: they could not be told from whoever approves it otherwise.
fn another(app: &App, caller: &Caller, asked: &ReturnRequest) -> Option<FieldError> {
    let person = caller.0.person.as_deref()?;
    let named = asked.requested_by.as_deref().unwrap_or_default();
    let policies = app.policies();
    let is_theirs = match policies.approvers() {
        Some(approvers) => approvers.are_one(person, named),
        None => person == named,
    };
    (!is_theirs).then(|| FieldError {
        pointer: "/requested_by".to_owned(),
        detail: format!("this token stands for {person}, and asks in nobody else's name"),
    })
}

async fn ask_for(
    app: Arc<App>,
    asked: ReturnRequest,
    doing: Doing,
    (who, ids): (String, Ids),
    waits: std::time::Duration,
) -> Result<Answer, Problem> {
    let known = find::by_request(&app, &asked.system, &asked.request_id).await?;
    if let Some(row) = &known
        && !find::state(row)?.was_opened_by(&asked)
    {
        let detail = format!(
            "request {} of {} was made before with other content, as return {}: give another return a request_id of its own",
            asked.request_id, asked.system, row.return_id
        );
        return Err(Problem::conflict("api.request-id-reused", detail));
    }
    let event = event(&asked);
    let context = Context {
        connector: who,
        correlation_id: ids.correlation.clone(),
        causation_id: ids.request.clone(),
        traceparent: String::new(),
        ingested_at: app.api.clock.now(),
    };
    let envelope = Envelope::seal(&event, &context).map_err(|error| broken(&error))?;
    let payload = serde_json::to_string(&asked).map_err(|error| broken(&error))?;
    let ticket = Ticket {
        request: doing.name,
        payload: &payload,
        seen: None,
    };
    if app.api.front.enter(&envelope, ticket).await? == Entered::Otherwise {
        return Err(crate::once::reused());
    }
    let (return_id, rma_number) = match &known {
        Some(row) => (row.return_id.clone(), row.rma_number.clone()),
        None => workflow::names_of(&asked),
    };
    let location = format!("/v1/returns/{return_id}");
    let undecided = Lifecycle::Requested.word();
    let found = if waits.is_zero() {
        None
    } else {
        wait::until(app.store(), &return_id, waits, |row| {
            row.lifecycle != undecided
        })
        .await?
    };
    if let Some(row) = found.filter(|row| row.lifecycle != undecided) {
        let status = if known.is_some() {
            StatusCode::OK
        } else {
            StatusCode::CREATED
        };
        return Ok(Answer::json(status, &view(&row, &find::state(&row)?))
            .with("location", location)
            .with("etag", etag(row.version))
            .with("preference-applied", "wait"));
    }
    let taken = Taken {
        return_id,
        rma_number,
        status_url: location.clone(),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &taken).with("location", location))
}

/// The request as the fact that everybody tells who asks for a return: recognised whichever way it comes.
pub(super) fn event(asked: &ReturnRequest) -> Event {
    Event {
        key: MessageKey::derive(&["return-request", &asked.system, &asked.request_id]),
        subject: ReturnName::External {
            system: asked.system.clone(),
            value: asked.request_id.clone(),
        },
        occurred_at: asked.requested_at,
        data: EventData::ReturnRequested(Box::new(asked.clone())),
    }
}

pub(super) fn broken(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "api.broken",
        format!("it cannot be written as JSON: {error}"),
    )
}

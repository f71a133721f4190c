//! `POST /v1/exceptions/{id}/edit`: a message goes on with other bytes.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use connector::Failure;
use http::StatusCode;
use router::edit::{self as desk, Edit, Edited, EditedCopy, NoCopy};
use serde::{Deserialize, Serialize};
use store::ExceptionState;
use utoipa::ToSchema;

use super::list::one;
use crate::ask;
use crate::once::Answer;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};

/// The bytes that take the place of the original: one of both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditRequest {
    /// As text.
    text: Option<String>,
    /// In base64.
    base64: Option<String>,
    /// Why; goes into the audit.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Read the copy and say what it says; do nothing.
    #[serde(default)]
    check: bool,
}

/// What a copy says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EditView {
    /// The exception.
    exception_id: String,
    /// True if the original is closed and the copy under way.
    done: bool,
    /// Events that follow from it.
    events: Vec<EventName>,
}

/// An event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventName {
    /// Its key.
    key: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
}

/// Gives a message back with other content
///
/// The copy is read first: if anything in it cannot be, that is said with its place and nothing is done. It keeps what the
/// original is recognised by, so that what was applied already is not applied again.
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/edit",
    tag = "exceptions",
    request_body(content = EditRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Exception"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "What the copy says", body = EditView),
        (status = 404, description = "No such exception", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is not open, or the copy is another message", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the copy cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn edit(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<EditRequest>().await?;
    ask::reason(&asked.reason)?;
    let copy = ask::bytes(asked.text.as_deref(), asked.base64.as_deref())?;
    let who = told.caller.0.actor();
    let (app, of) = (Arc::clone(&told.app), told.id.clone());
    let about = (told.id.as_str(), Duration::ZERO);
    told.once("POST /v1/exceptions/{id}/edit", about, |doing| async move {
        let row = one(&app, &of).await?;
        let codec = (app.api.codecs)(&row.connector)
            .map_err(|why| Problem::conflict("api.misconfigured", why))?;
        let how = Edit {
            who: &who,
            reason: &asked.reason,
            codec: codec.as_deref(),
        };
        let edited = if asked.check {
            match desk::read(&row, &copy, how) {
                Ok(copy) => Edited::Done(copy),
                Err(none) => Edited::Not(none),
            }
        } else {
            desk::edit(app.store(), &row, &copy, how, app.api.clock.now()).await?
        };
        match edited {
            Edited::Done(copy) => Ok(answer(of, !asked.check, &copy)),
            Edited::Not(NoCopy::Unreadable(failures)) => Err(unreadable(&failures)),
            Edited::Not(NoCopy::Refused(why)) => {
                let now = one(&app, &of).await?;
                let is_ours =
                    now.state == ExceptionState::Replayed && now.resolution.contains(&who);
                match desk::read(&now, &copy, how) {
                    Ok(copy) if doing.again && is_ours => Ok(answer(of, true, &copy)),
                    _ => Err(Problem::conflict("api.not-allowed-now", why)),
                }
            }
        }
    })
    .await
}

fn answer(id: String, done: bool, copy: &EditedCopy) -> Answer {
    let events = copy.events.iter().map(|(key, kind)| EventName {
        key: key.clone(),
        kind: kind.clone(),
    });
    Answer::json(
        StatusCode::OK,
        &EditView {
            exception_id: id,
            done,
            events: events.collect(),
        },
    )
}

fn unreadable(failures: &[Failure]) -> Problem {
    let errors = failures.iter().map(|failure| FieldError {
        pointer: failure.place.clone(),
        detail: format!("{} ({})", failure.message, failure.code),
    });
    let mut problem = Problem::invalid(errors.collect());
    problem.code = "api.unreadable-copy";
    problem
}

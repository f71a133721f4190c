//! One exception is given back to the flow, or decided against.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use router::desk::{self, Decided, Replay};
use router::impact::Preview;
use serde::{Deserialize, Serialize};
use store::ExceptionState;
use utoipa::ToSchema;

use super::list::one;
use super::many::one_person_may;
use crate::api::App;
use crate::ask;
use crate::once::{Answer, Doing};
use crate::post::Post;
use crate::problem::{Problem, ProblemDocument};

/// How far a replay goes.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// Say what would be done, and do nothing.
    dry_run: bool,
    /// Also if nobody signed the bytes: the caller has looked at them and vouches for them.
    vouched: bool,
}

/// What a replay would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// The exception.
    exception_id: String,
    /// What would be done: decode, event, look-up-first, send-first-time, queue, nothing.
    #[schema(value_type = String)]
    does: router::impact::Action,
    /// The same in words.
    action: String,
    /// Nobody signed the bytes: it must be vouched for.
    needs_vouching: bool,
    /// Effects of the return that are applied already and stay as they are.
    applied: Vec<String>,
    /// Effects that would move.
    moves: Vec<String>,
}

pub(super) fn preview(preview: Preview) -> PreviewView {
    PreviewView {
        exception_id: preview.exception_id,
        does: preview.does,
        action: preview.action,
        needs_vouching: preview.needs_vouching,
        applied: preview.applied,
        moves: preview.moves,
    }
}

/// What became of a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// The exception.
    pub(super) exception_id: String,
    /// True if it was done.
    pub(super) done: bool,
    /// What was done; why it was not; or what would be done.
    pub(super) text: String,
    /// What a replay would do, if only that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) preview: Option<PreviewView>,
}

/// Gives an exception back to the flow
///
/// An effect that was ever sent is looked up in its target first. With `dry_run` it is only said what would be done.
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/replay",
    tag = "exceptions",
    request_body(content = ReplayRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Exception"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "What became of it", body = DecisionView),
        (status = 404, description = "No such exception", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is not open, there is nothing to replay, or two persons have to decide", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replay(post: Post) -> Result<Response, Problem> {
    let (how, told) = post.read::<ReplayRequest>().await?;
    let who = told.caller.0.actor();
    let (app, of) = (Arc::clone(&told.app), told.id.clone());
    let about = (told.id.as_str(), Duration::ZERO);
    told.once(
        "POST /v1/exceptions/{id}/replay",
        about,
        |doing| async move {
            let row = one(&app, &of).await?;
            if how.dry_run {
                let preview = desk::preview(app.store(), &row, &app.api.routes).await?;
                return Ok(Answer::json(
                    StatusCode::OK,
                    &DecisionView {
                        exception_id: of,
                        done: false,
                        text: preview.action.clone(),
                        preview: Some(self::preview(preview)),
                    },
                ));
            }
            one_person_may(&app, std::slice::from_ref(&row))?;
            let replay = Replay {
                who: &who,
                vouched: how.vouched,
                routes: &app.api.routes,
            };
            let decided = desk::replay(app.store(), &row, replay, app.api.clock.now()).await?;
            answer(&app, &of, decided, &doing, (ExceptionState::Replayed, &who)).await
        },
    )
    .await
}

/// Why it will not be processed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscardRequest {
    /// Why; goes into the audit.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Decides that an exception will not be processed
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/discard",
    tag = "exceptions",
    request_body(content = DiscardRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Exception"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "What became of it", body = DecisionView),
        (status = 404, description = "No such exception", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is not open", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn discard(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<DiscardRequest>().await?;
    ask::reason(&asked.reason)?;
    let who = told.caller.0.actor();
    let (app, of) = (Arc::clone(&told.app), told.id.clone());
    let about = (told.id.as_str(), Duration::ZERO);
    told.once(
        "POST /v1/exceptions/{id}/discard",
        about,
        |doing| async move {
            let row = one(&app, &of).await?;
            let now = app.api.clock.now();
            let decided = desk::discard(app.store(), &row, &who, &asked.reason, now).await?;
            answer(
                &app,
                &of,
                decided,
                &doing,
                (ExceptionState::Discarded, &who),
            )
            .await
        },
    )
    .await
}

/// What was decided, as an answer. A request that is taken up again may find its own decision done.
pub(super) async fn answer(
    app: &App,
    id: &str,
    decided: Decided,
    doing: &Doing,
    (wished, who): (ExceptionState, &str),
) -> Result<Answer, Problem> {
    let text = match decided {
        Decided::Done(text) => text,
        Decided::Refused(why) => {
            let now = one(app, id).await?;
            let is_ours = now.state == wished && now.resolution.contains(who);
            if !doing.again || !is_ours {
                return Err(Problem::conflict("api.not-allowed-now", why));
            }
            now.resolution
        }
    };
    Ok(Answer::json(
        StatusCode::OK,
        &DecisionView {
            exception_id: id.to_owned(),
            done: true,
            text,
            preview: None,
        },
    ))
}

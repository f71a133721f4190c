//! Runs are asked for, agreed to, cancelled and resumed.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use router::replay::{self, Answer as Answered, Asker, Chosen, Decision, Wish};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::list::{RunView, view};
use crate::access::Holder;
use crate::once::Answer;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};

/// How many go first if nothing is said.
pub(crate) const FIRST: u32 = 3;
/// How long those are watched if nothing is said.
pub(crate) const WATCHED: u32 = 60;
/// How many a second follow if nothing is said.
pub(crate) const RATE: u32 = 20;

/// Which exceptions, and how carefully. At least one side says which.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplayRunRequest {
    /// Business code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Failure code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_code: Option<String>,
    /// Connector instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connector: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_id: Option<String>,
    /// So many first, the oldest; the rest follows only when those went well. 3 if nothing is said; 0: none.
    #[schema(maximum = 500)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canary: Option<u32>,
    /// How long the first ones are watched, in seconds; 60 if nothing is said.
    #[schema(minimum = 1, maximum = 86400)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canary_seconds: Option<u32>,
    /// At most so many a second; 20 if nothing is said; 0: no bound.
    #[schema(maximum = 10000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<u32>,
    /// Also what nobody has signed.
    pub(crate) vouched: bool,
}

/// Asks for a run that gives many exceptions back
///
/// A few go first, the oldest; when those went well the rest follows at a pace. A sidecar drives it, over restarts. The same
/// asked again while it goes on is that run. Above the limits of the configuration (`[replays]`) a second person has to agree.
#[utoipa::path(
    post,
    path = "/v1/replays",
    tag = "replays",
    request_body(content = ReplayRunRequest, content_type = "application/json"),
    params(("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request")),
    responses(
        (status = 201, description = "The run", body = RunView),
        (status = 409, description = "No open exception fits, or another run gives the same back already", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or no side says which", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<ReplayRunRequest>().await?;
    let (who, holder) = (asker(&told.caller.0), Arc::clone(&told.caller.0));
    let app = Arc::clone(&told.app);
    let about = ("", Duration::ZERO);
    told.once("POST /v1/replays", about, |doing| async move {
        let now = app.api.clock.now();
        let wish = Wish {
            name: doing.name,
            chosen: Chosen {
                code: asked.code,
                failure_code: asked.failure_code,
                connector: asked.connector,
                site: asked.site,
                return_id: asked.return_id,
            },
            canary: asked.canary.unwrap_or(FIRST),
            canary_seconds: asked.canary_seconds.unwrap_or(WATCHED),
            rate: asked.rate.unwrap_or(RATE),
            vouched: asked.vouched,
            who,
            now,
        };
        let answered = replay::ask::start(app.store(), wish, &app.api.replay_limits).await?;
        self::told(StatusCode::CREATED, answered, &holder)
    })
    .await
}

fn asker(holder: &Holder) -> Asker {
    Asker {
        name: holder.actor(),
        person: holder.person.clone(),
    }
}

fn told(status: StatusCode, answered: Answered, holder: &Holder) -> Result<Answer, Problem> {
    match answered {
        Answered::Done(run) => {
            let path = format!("/v1/replays/{}", run.run_id);
            let answer = Answer::json(status, &view(*run, None, holder));
            Ok(if status == StatusCode::CREATED {
                answer.with("location", path)
            } else {
                answer
            })
        }
        Answered::Refused(why) => Err(Problem::new(StatusCode::CONFLICT, "replay.refused", why)),
        Answered::Missing => Err(Problem::not_found("there is no such run")),
        Answered::Wrong(field, detail) => Err(Problem::invalid(vec![FieldError {
            pointer: if field.is_empty() {
                String::new()
            } else {
                format!("/{field}")
            },
            detail,
        }])),
    }
}

/// Nothing is to be said.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Nothing {}

async fn decide(post: Post, route: &'static str, decision: Decision) -> Result<Response, Problem> {
    let (Nothing {}, told) = post.read::<Nothing>().await?;
    let (app, id) = (Arc::clone(&told.app), told.id.clone());
    let (who, holder) = (asker(&told.caller.0), Arc::clone(&told.caller.0));
    let about = (told.id.as_str(), Duration::ZERO);
    told.once(route, about, |_| async move {
        let now = app.api.clock.now();
        let policies = app.policies();
        let by = (&who, policies.approvers());
        let answered = replay::ask::decide(app.store(), &id, decision, by, now).await?;
        self::told(StatusCode::OK, answered, &holder)
    })
    .await
}

/// Agrees to a large run, as another person than the one who asked for it
#[utoipa::path(
    post,
    path = "/v1/replays/{id}/agree",
    tag = "replays",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Run"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It waits for nobody, or the same person asked for it", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn agree(post: Post) -> Result<Response, Problem> {
    decide(post, "POST /v1/replays/{id}/agree", Decision::Agree).await
}

/// Ends a run; what was given back stays given back
#[utoipa::path(
    post,
    path = "/v1/replays/{id}/cancel",
    tag = "replays",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Run"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is over already", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(post: Post) -> Result<Response, Problem> {
    decide(post, "POST /v1/replays/{id}/cancel", Decision::Cancel).await
}

/// Lets a run that was stopped or cancelled go on with what is still open, a few first again
#[utoipa::path(
    post,
    path = "/v1/replays/{id}/resume",
    tag = "replays",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Run"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It goes on already, or is done", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resume(post: Post) -> Result<Response, Problem> {
    decide(post, "POST /v1/replays/{id}/resume", Decision::Resume).await
}

//! `POST /v1/approvals/{id}/approve` and `reject`: the person of a token decides, as at the approval desk.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use canonical::DenialReason;
use canonical::approval::Verdict;
use http::StatusCode;
use router::approve::{self, Given, Outcome, Through};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::approvals::{Refusal, rejection};

use super::read::{ApprovalDetail, detail};
use crate::access::Holder;
use crate::api::App;
use crate::ask;
use crate::gate;
use crate::once::{Answer, Doing};
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};
use crate::wait;

const APPROVE: &str = "POST /v1/approvals/{id}/approve";
const REJECT: &str = "POST /v1/approvals/{id}/reject";

/// A yes, to what was looked at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveRequest {
    /// Hash of the calculation that was looked at; empty if the approval has none.
    calc_hash: String,
    /// Version of the approval that was looked at.
    version: u32,
    /// For whom, if they delegated to the person of the token.
    #[serde(default)]
    on_behalf_of: Option<String>,
    /// In which role; left out: whichever of the missing ones the person holds.
    #[serde(default)]
    role: Option<String>,
    /// In words; goes into the audit.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

/// A no, to what was looked at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectRequest {
    /// Hash of the calculation that was looked at; empty if the approval has none.
    calc_hash: String,
    /// Version of the approval that was looked at.
    version: u32,
    /// Reason code: a code of the list of X12 element 1294, by our word (EXCESSIVE_WEAR, NOT_DEFECTIVE, …).
    #[schema(value_type = String)]
    code: DenialReason,
    /// For whom, if they delegated to the person of the token.
    #[serde(default)]
    on_behalf_of: Option<String>,
    /// In which role; left out: whichever of those asked the person holds.
    #[serde(default)]
    role: Option<String>,
    /// In words; goes into the audit.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

/// What became of a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Decided {
    /// True if it counts; false while it is on its way.
    counts: bool,
    /// The approval: with the decision if it counts, else as it was.
    approval: ApprovalDetail,
}

/// Approves
///
/// The person of the token says yes: they must hold a role that is missing, with a limit that covers the amount, and must not
/// have taken part in the return, nor may whoever they decide for. With `Prefer: wait=5` the answer waits until it counts.
#[utoipa::path(
    post,
    path = "/v1/approvals/{id}/approve",
    tag = "approvals",
    request_body(content = ApproveRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Approval"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it counts"),
    ),
    responses(
        (status = 200, description = "It counts", body = Decided),
        (status = 202, description = "Taken; whether it counts is said soon", body = Decided),
        (status = 403, description = "The token stands for no person, or the person may not", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such approval", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It takes no decisions any more", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It, or its calculation, is another one than was looked at", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn approve(post: Post) -> Result<Response, Problem> {
    decide::<ApproveRequest>(post, APPROVE).await
}

/// Rejects
///
/// The person of the token says no, with a reason code: they must hold a role that is asked, whatever the amount, and must not
/// have taken part in the return. With `Prefer: wait=5` the answer waits until it counts.
#[utoipa::path(
    post,
    path = "/v1/approvals/{id}/reject",
    tag = "approvals",
    request_body(content = RejectRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Approval"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it counts"),
    ),
    responses(
        (status = 200, description = "It counts", body = Decided),
        (status = 202, description = "Taken; whether it counts is said soon", body = Decided),
        (status = 403, description = "The token stands for no person, or the person may not", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such approval", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It takes no decisions any more", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It, or its calculation, is another one than was looked at", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reject(post: Post) -> Result<Response, Problem> {
    decide::<RejectRequest>(post, REJECT).await
}

/// What the person says.
struct Said {
    calc_hash: String,
    version: u32,
    on_behalf_of: Option<String>,
    role: Option<String>,
    verdict: Verdict,
    code: Option<DenialReason>,
    words: String,
}

impl From<ApproveRequest> for Said {
    fn from(asked: ApproveRequest) -> Self {
        Self {
            calc_hash: asked.calc_hash,
            version: asked.version,
            on_behalf_of: asked.on_behalf_of,
            role: asked.role,
            verdict: Verdict::Approve,
            code: None,
            words: asked.reason,
        }
    }
}

impl From<RejectRequest> for Said {
    fn from(asked: RejectRequest) -> Self {
        Self {
            calc_hash: asked.calc_hash,
            version: asked.version,
            on_behalf_of: asked.on_behalf_of,
            role: asked.role,
            verdict: Verdict::Reject,
            code: Some(asked.code),
            words: asked.reason,
        }
    }
}

fn field(pointer: &str, detail: String) -> Problem {
    Problem::invalid(vec![FieldError {
        pointer: pointer.to_owned(),
        detail,
    }])
}

async fn decide<T: DeserializeOwned + Into<Said>>(
    post: Post,
    route: &'static str,
) -> Result<Response, Problem> {
    let person = gate::person(&post.app, &post.caller, route, &post.ids).await?;
    let person = person.to_owned();
    let holder = Arc::clone(&post.caller.0);
    let (asked, told) = post.read::<T>().await?;
    let said: Said = asked.into();
    if !said.words.is_empty() {
        ask::reason(&said.words)?;
    }
    let (app, id) = (Arc::clone(&told.app), told.id.clone());
    // Tokens of one tenant may stand for different people: the key of one is not the key of the other.
    let of = format!("{id} by {person}");
    let waits = wait::preferred(&told.headers);
    told.once(route, (&of, waits), |doing| async move {
        settle(&app, &id, (person, &holder), said, &doing, waits).await
    })
    .await
}

async fn settle(
    app: &App,
    id: &str,
    (person, holder): (String, &Holder),
    said: Said,
    doing: &Doing,
    waits: Duration,
) -> Result<Answer, Problem> {
    let policies = app.policies();
    let approvers = super::needed(&policies)?;
    let case = super::one(app, id).await?;
    let now = app.api.clock.now();
    let answer = approve::Answer {
        user: person,
        on_behalf_of: said.on_behalf_of,
        role: said.role.unwrap_or_default(),
        verdict: said.verdict,
        reason: match said.code {
            Some(code) => rejection(code, &said.words),
            None => said.words,
        },
        version: Some(said.version),
        calc_hash: Some(said.calc_hash),
        through: Some(Through {
            request: doing.name.clone(),
            via: holder.actor(),
        }),
    };
    let event_id = answer.event_id(id, now).0;
    // Taken up again after its process died: it may count already.
    let known = if doing.again {
        approve::outcome(app.store(), &case, &event_id, 0).await?
    } else {
        None
    };
    let outcome = match known {
        Some(outcome) => Some(outcome),
        None => match approve::give(app.store(), &case, Some(approvers), &answer, now).await? {
            Given::Refused(refusal) => return Err(refused(&refusal)),
            Given::Taken {
                event_id,
                after,
                message,
                batch,
            } => {
                app.api.front.publish(*message, batch).await;
                let at = (event_id.as_str(), after);
                approve::heard(app.store(), &case, at, waits).await?
            }
        },
    };
    let (status, counts, case) = match outcome {
        Some(Outcome::Refused(why)) => return Err(Problem::conflict("api.not-allowed-now", why)),
        Some(Outcome::Counts(case)) => (StatusCode::OK, true, *case),
        None => (StatusCode::ACCEPTED, false, case),
    };
    let approval = detail(&case, &policies, holder, app.api.clock.now());
    Ok(Answer::json(status, &Decided { counts, approval })
        .with("location", format!("/v1/approvals/{id}")))
}

/// Why it does not count, as a problem.
fn refused(refusal: &Refusal) -> Problem {
    let why = refusal.to_string();
    match refusal {
        Refusal::Closed { .. } | Refusal::RoleComplete(_) => {
            Problem::conflict("api.not-allowed-now", why)
        }
        Refusal::Moved { .. } | Refusal::OtherCalculation { .. } => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "api.changed", why)
        }
        Refusal::FourEyes(_) | Refusal::SamePerson(_) => {
            Problem::new(StatusCode::FORBIDDEN, "approval.four-eyes", why)
        }
        Refusal::NoAuthority(_) | Refusal::NoPerson => {
            Problem::new(StatusCode::FORBIDDEN, "approval.no-authority", why)
        }
        Refusal::OtherRole { .. } => field("/role", why),
        Refusal::NoReason => field("/code", why),
    }
}

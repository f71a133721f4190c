//! `POST /v1/proofs/{id}/sign-off`: the person of a token has looked at a run and says so.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use router::desk::Decided;
use router::reconcile::sign_off;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read::one;
use super::view::{ProofView, view};
use crate::ask;
use crate::gate;
use crate::once::Answer;
use crate::post::Post;
use crate::problem::{Problem, ProblemDocument};

const ROUTE: &str = "POST /v1/proofs/{id}/sign-off";

/// What whoever signs has to say.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SignRequest {
    /// In words; may be empty.
    #[schema(max_length = 500)]
    pub(crate) note: String,
}

/// Signs a run of the daily proof
///
/// The person of the token has looked at it: not who ran it, and only once. A run that is not proven may be signed as well;
/// the signature says that it was seen.
#[utoipa::path(
    post,
    path = "/v1/proofs/{id}/sign-off",
    tag = "proofs",
    request_body(content = SignRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Run"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The run, signed", body = ProofView),
        (status = 403, description = "The token stands for no person", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The same person ran it, or it is signed already", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign(post: Post) -> Result<Response, Problem> {
    let person = gate::person(&post.app, &post.caller, ROUTE, &post.ids).await?;
    let person = person.to_owned();
    let (asked, told) = post.read::<SignRequest>().await?;
    ask::note("/note", &asked.note)?;
    let (app, id) = (Arc::clone(&told.app), told.id.clone());
    let holder = Arc::clone(&told.caller.0);
    // Tokens of one tenant may stand for different people: the key of one is not the key of the other.
    let of = format!("{id} by {person}");
    told.once(ROUTE, (&of, Duration::ZERO), |_| async move {
        one(&app, &id).await?;
        let now = app.api.clock.now();
        let policies = app.policies();
        let by = (person.as_str(), policies.approvers());
        match sign_off(app.store(), &id, by, &asked.note, now).await? {
            Decided::Done(_) => {
                let run = one(&app, &id).await?;
                Ok(Answer::json(StatusCode::OK, &view(run, None, &holder)))
            }
            Decided::Refused(why) => Err(Problem::new(StatusCode::CONFLICT, "proof.refused", why)),
        }
    })
    .await
}

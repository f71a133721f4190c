//! `POST /v1/exceptions/{id}/confirm`: a person says that the document of an effect is there in its target.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use canonical::effect::ErpRef;
use router::confirm::{self as desk, ByHand};
use serde::Deserialize;
use store::ExceptionState;
use utoipa::ToSchema;

use super::decide::{DecisionView, answer};
use super::list::one;
use crate::ask;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};

/// Longest number and kind of a document.
const MOST: usize = 100;

/// The document that is there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    /// Its number in the target.
    #[schema(min_length = 1, max_length = 100)]
    document: String,
    /// Its kind, in the target's words; may be empty.
    #[serde(default, rename = "type")]
    #[schema(max_length = 100)]
    kind: String,
    /// Where it was seen; goes into the audit.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl ConfirmRequest {
    fn check(&self) -> Result<(), Problem> {
        ask::reason(&self.reason)?;
        let wrong = |text: &str| text.chars().count() > MOST || text.contains(char::is_control);
        let mut errors = Vec::new();
        if self.document.trim().is_empty() || wrong(&self.document) {
            errors.push(FieldError {
                pointer: "/document".to_owned(),
                detail: format!("the number of the document, in 1 to {MOST} characters"),
            });
        }
        if wrong(&self.kind) {
            errors.push(FieldError {
                pointer: "/type".to_owned(),
                detail: format!("a word of the target for such documents, in {MOST} characters"),
            });
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Problem::invalid(errors))
    }
}

/// Says that the document of an effect is there in its target
///
/// For effects that were sent and whose outcome no look-up can tell: look into the target first. Nothing is sent. The effect takes that document, the
/// exception is closed, and the return goes on. If the document is not there, replay instead.
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/confirm",
    tag = "exceptions",
    request_body(content = ConfirmRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Exception"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "What became of it", body = DecisionView),
        (status = 404, description = "No such exception", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is not open, is about no effect, or the effect was never sent or moves by itself", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<ConfirmRequest>().await?;
    asked.check()?;
    let who = told.caller.0.actor();
    let (app, of) = (Arc::clone(&told.app), told.id.clone());
    let about = (told.id.as_str(), Duration::ZERO);
    told.once(
        "POST /v1/exceptions/{id}/confirm",
        about,
        |doing| async move {
            let row = one(&app, &of).await?;
            let by = ByHand {
                who: &who,
                document: ErpRef::new(asked.kind.trim(), asked.document.trim()),
                reason: &asked.reason,
            };
            let decided = desk::confirm(app.store(), &row, &by, app.api.clock.now()).await?;
            answer(&app, &of, decided, &doing, (ExceptionState::Replayed, &who)).await
        },
    )
    .await
}

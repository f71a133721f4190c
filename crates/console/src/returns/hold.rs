//! `POST /v1/returns/{id}/hold` and `/release`: what stops a return's money for now.

use axum::response::Response;
use canonical::event::HoldChange;
use canonical::{EventData, HoldFlag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::find;
use super::tell::Teller;
use super::view::ReturnView;
use crate::ask;
use crate::openapi::named;
use crate::post::Post;
use crate::problem::{Problem, ProblemDocument};
use crate::wait;

/// What stops the money.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldRequest {
    /// What stops it. `RECALL` also keeps the goods out of available stock.
    #[schema(schema_with = flag)]
    flag: HoldFlag,
    /// Why; goes into the audit. May be empty.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

fn flag() -> RefOr<Schema> {
    named("HoldFlag")
}

/// Stops a return's money for now
///
/// What is not posted yet waits; goods go on. When the last hold is lifted, what waited is posted, once. With `Prefer: wait=5` the answer waits
/// until it holds.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/hold",
    tag = "returns",
    request_body(content = HoldRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it is done"),
    ),
    responses(
        (status = 200, description = "It holds; how the return stands", body = ReturnView),
        (status = 202, description = "Taken; the return as it was", body = ReturnView),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn hold(post: Post) -> Result<Response, Problem> {
    change(post, "POST /v1/returns/{id}/hold", true).await
}

/// Lifts what stops a return's money
///
/// When it was the last one, what waited is posted. With `Prefer: wait=5` the answer waits until it is lifted.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/release",
    tag = "returns",
    request_body(content = HoldRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it is done"),
    ),
    responses(
        (status = 200, description = "It is lifted; how the return stands", body = ReturnView),
        (status = 202, description = "Taken; the return as it was", body = ReturnView),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "That does not stop the return's money", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn release(post: Post) -> Result<Response, Problem> {
    change(post, "POST /v1/returns/{id}/release", false).await
}

async fn change(post: Post, route: &'static str, held: bool) -> Result<Response, Problem> {
    let ids = post.ids.clone();
    let (asked, told) = post.read::<HoldRequest>().await?;
    ask::note("/reason", &asked.reason)?;
    let waits = wait::preferred(&told.headers);
    let teller = Teller::of(&told, ids)?;
    let name = told.id.clone();
    told.once(route, (&told.id, waits), |doing| async move {
        let row = find::find(&teller.app, &name).await?;
        let state = find::state(&row)?;
        let holds = state.header().hold_flags.contains(&asked.flag);
        if !held && !doing.again && !holds {
            let detail = format!("{} does not stop the money of this return", asked.flag);
            return Err(Problem::conflict("api.not-allowed-now", detail));
        }
        let data = EventData::HoldChanged(HoldChange {
            flag: asked.flag,
            held,
            changed_at: teller.app.api.clock.now(),
            changed_by: teller.by(),
            reason: asked.reason.clone(),
        });
        let kind = if held { "hold" } else { "release" };
        let event = teller.event(kind, &row, data);
        teller.tell(&row, &event, (doing, &asked), waits).await
    })
    .await
}

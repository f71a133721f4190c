//! `POST /v1/returns/{id}/credit-reversals`: a credit memo that is posted is to be taken back.

use axum::response::Response;
use canonical::EventData;
use canonical::event::CreditReversalRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tell::Teller;
use super::view::ReturnView;
use super::{change, find};
use crate::ask;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};
use crate::wait;

const ROUTE: &str = "POST /v1/returns/{id}/credit-reversals";

/// Which memo, and why.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReversalRequest {
    /// The memo: its number in the ERP, or its effect key.
    #[schema(min_length = 1, max_length = 200)]
    memo: String,
    /// Credit the units anew by what is known of them, once the memo is taken back.
    #[serde(default)]
    credit_again: bool,
    /// Why; goes into the audit and onto the reversal.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Takes a posted credit memo back
///
/// With its corrections, to the minor unit. Its units can be credited again afterwards: at once with `credit_again` or when they were
/// inspected or disposed anew meanwhile, else when they are. With `Prefer: wait=5` the answer waits until the reversal is on its way.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/credit-reversals",
    tag = "returns",
    request_body(content = ReversalRequest, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it is on its way"),
    ),
    responses(
        (status = 200, description = "It is on its way; how the return stands", body = ReturnView),
        (status = 202, description = "Taken; the return as it was", body = ReturnView),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has no such memo that is posted, or that cannot be taken back now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reverse(post: Post) -> Result<Response, Problem> {
    let ids = post.ids.clone();
    let (asked, told) = post.read::<ReversalRequest>().await?;
    ask::reason(&asked.reason)?;
    if asked.memo.trim().is_empty() || asked.memo.chars().count() > 200 {
        return Err(Problem::invalid(vec![FieldError {
            pointer: "/memo".to_owned(),
            detail: "name the memo by its number in the ERP or by its effect key".to_owned(),
        }]));
    }
    let waits = wait::preferred(&told.headers);
    let teller = Teller::of(&told, ids)?;
    let name = told.id.clone();
    told.once(ROUTE, (&told.id, waits), |doing| async move {
        let row = find::find(&teller.app, &name).await?;
        let state = find::state(&row)?;
        let data = EventData::CreditReversalRequested(CreditReversalRequest {
            request_id: format!("{}/{}", teller.caller.0.tenant, teller.key),
            memo: asked.memo.trim().to_owned(),
            credit_again: asked.credit_again,
            requested_by: teller.by(),
            reason: asked.reason.clone(),
        });
        let event = teller.event("credit-reversal", &row, data);
        if !doing.again {
            change::may_be_made(&teller.app, &state, &event).await?;
        }
        teller.tell(&row, &event, (doing, &asked), waits).await
    })
    .await
}

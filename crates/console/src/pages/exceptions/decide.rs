//! One exception is given back to the flow, or decided against.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::super::act;
use super::super::sent::Sent;
use super::page_of;
use crate::exceptions;
use crate::problem::Problem;

/// Gives it back.
pub(in crate::pages) async fn replay(sent: Sent) -> Result<Response, Problem> {
    let asked = json!({ "vouched": sent.get("vouched") == "yes" });
    act::said(exceptions::replay(sent.post(&asked)?).await).await?;
    Ok(Redirect::to(&page_of(&sent.id)).into_response())
}

/// Decides against it.
pub(in crate::pages) async fn discard(sent: Sent) -> Result<Response, Problem> {
    let asked = json!({ "reason": sent.get("reason") });
    act::said(exceptions::discard(sent.post(&asked)?).await).await?;
    Ok(Redirect::to(&page_of(&sent.id)).into_response())
}

/// Says that the document is there.
pub(in crate::pages) async fn confirm(sent: Sent) -> Result<Response, Problem> {
    let asked = json!({
        "document": sent.get("document").trim(),
        "type": sent.get("type").trim(),
        "reason": sent.get("reason"),
    });
    act::said(exceptions::confirm(sent.post(&asked)?).await).await?;
    Ok(Redirect::to(&page_of(&sent.id)).into_response())
}

//! One exception is given back to the flow, or decided against.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::super::door::Form;
use super::super::{Console, act};
use super::page_of;
use crate::ask::Named;
use crate::exceptions;
use crate::gate::{Caller, Ids};
use crate::problem::Problem;

/// Gives it back.
pub(in crate::pages) async fn replay(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "vouched": form.get("vouched") == "yes" });
    let post = act::post(&console.app, (caller, ids), &id, (&form, &asked))?;
    act::said(exceptions::replay(post).await?).await?;
    Ok(Redirect::to(&page_of(&id)).into_response())
}

/// Decides against it.
pub(in crate::pages) async fn discard(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "reason": form.get("reason") });
    let post = act::post(&console.app, (caller, ids), &id, (&form, &asked))?;
    act::said(exceptions::discard(post).await?).await?;
    Ok(Redirect::to(&page_of(&id)).into_response())
}

/// Says that the document is there.
pub(in crate::pages) async fn confirm(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({
        "document": form.get("document").trim(),
        "type": form.get("type").trim(),
        "reason": form.get("reason"),
    });
    let post = act::post(&console.app, (caller, ids), &id, (&form, &asked))?;
    act::said(exceptions::confirm(post).await?).await?;
    Ok(Redirect::to(&page_of(&id)).into_response())
}

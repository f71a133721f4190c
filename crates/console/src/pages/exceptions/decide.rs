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
use crate::gate::Caller;
use crate::problem::Problem;

/// Gives it back.
pub(in crate::pages) async fn replay(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "vouched": form.get("vouched") == "yes" });
    let (headers, body) = act::asked(&form, &asked)?;
    let app = State(Arc::clone(&console.app));
    let answer = exceptions::replay(app, Extension(caller), Named(id.clone()), headers, body);
    act::said(answer.await?).await?;
    Ok(Redirect::to(&page_of(&id)).into_response())
}

/// Decides against it.
pub(in crate::pages) async fn discard(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "reason": form.get("reason") });
    let (headers, body) = act::asked(&form, &asked)?;
    let app = State(Arc::clone(&console.app));
    let answer = exceptions::discard(app, Extension(caller), Named(id.clone()), headers, body);
    act::said(answer.await?).await?;
    Ok(Redirect::to(&page_of(&id)).into_response())
}

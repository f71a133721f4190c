//! Forms of the page of a return that are about its money: it is stopped for now, goes on, or a memo is taken back.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::{EffectKind, HoldFlag};
use http::HeaderValue;
use serde_json::{Value, json};
use store::{EffectRow, EffectState};
use workflow::ReturnState;

use super::super::door::Form;
use super::super::{Console, act, path_of};
use super::facts;
use crate::access::Scope;
use crate::ask::Named;
use crate::gate::{Caller, Ids};
use crate::post::Post;
use crate::problem::Problem;
use crate::returns;

/// How long an answer waits for the workflow.
const PATIENCE: HeaderValue = HeaderValue::from_static("wait=8");

/// What those who may can do with the money of a return.
pub(super) struct Money {
    /// Key of the forms.
    pub(super) key: String,
    /// What could stop it, for those who may.
    pub(super) flags: Vec<&'static str>,
    /// What stops it, for those who may lift it.
    pub(super) held: Vec<&'static str>,
    /// Memos that are posted, for those who may have them taken back: number, amount.
    pub(super) memos: Vec<(String, String)>,
}

/// What that caller can do.
pub(super) fn of(
    state: &ReturnState,
    effects: &[EffectRow],
    caller: &Caller,
) -> Result<Option<Money>, Problem> {
    let (mut flags, mut held, mut memos) = (Vec::new(), Vec::new(), Vec::new());
    if caller.0.may(Scope::ReturnsHold) {
        let stops = &state.header().hold_flags;
        held = stops.iter().map(|flag| flag.word()).collect();
        let others = HoldFlag::ALL.iter().filter(|flag| !stops.contains(flag));
        flags = others.map(|flag| flag.word()).collect();
    }
    if caller.0.may(Scope::CreditsReverse) {
        let posted = effects.iter().filter(|effect| {
            effect.kind == EffectKind::ErpCreditMemo.word()
                && effect.state == EffectState::Confirmed
        });
        let shown = posted.map(facts::effect);
        memos = shown
            .filter(|memo| !memo.document.is_empty())
            .map(|memo| (memo.key, format!("{} ({})", memo.document, memo.amount)))
            .collect();
    }
    if flags.is_empty() && held.is_empty() && memos.is_empty() {
        return Ok(None);
    }
    Ok(Some(Money {
        key: act::key()?,
        flags,
        held,
        memos,
    }))
}

/// Stops it.
pub(in crate::pages) async fn hold(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "flag": form.get("flag"), "reason": form.get("reason").trim() });
    let post = post(&console, (caller, ids), &id, (&form, &asked))?;
    act::said(returns::hold(post).await?).await?;
    Ok(back(&id))
}

/// Lets it go on.
pub(in crate::pages) async fn release(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({ "flag": form.get("flag"), "reason": form.get("reason").trim() });
    let post = post(&console, (caller, ids), &id, (&form, &asked))?;
    act::said(returns::release(post).await?).await?;
    Ok(back(&id))
}

/// Has a memo taken back.
pub(in crate::pages) async fn reverse(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(ids): Extension<Ids>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let asked = json!({
        "memo": form.get("memo"),
        "credit_again": form.get("credit_again") == "yes",
        "reason": form.get("reason").trim(),
    });
    let post = post(&console, (caller, ids), &id, (&form, &asked))?;
    act::said(returns::reverse(post).await?).await?;
    Ok(back(&id))
}

fn post(
    console: &Console,
    who: (Caller, Ids),
    id: &str,
    (form, asked): (&Form, &Value),
) -> Result<Post, Problem> {
    let (mut headers, body) = act::asked(form, asked)?;
    headers.insert("prefer", PATIENCE);
    let app = Arc::clone(&console.app);
    Ok(Post::of(app, who, id.to_owned(), (headers, body)))
}

fn back(id: &str) -> Response {
    let to = format!("{}#money", path_of("returns", id));
    Redirect::to(&to).into_response()
}

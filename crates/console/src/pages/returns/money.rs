//! Forms of the page of a return that are about its money: it is stopped for now, goes on, or a memo is taken back.

use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::{EffectKind, HoldFlag};
use serde_json::{Value, json};
use store::{EffectRow, EffectState};
use workflow::ReturnState;

use super::super::sent::Sent;
use super::super::{act, path_of};
use super::facts;
use crate::access::Scope;
use crate::gate::Caller;
use crate::problem::Problem;
use crate::returns;

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
pub(in crate::pages) async fn hold(sent: Sent) -> Result<Response, Problem> {
    let post = sent.post_and_wait(&sent.id, &flagged(&sent))?;
    act::said(returns::hold(post).await).await?;
    Ok(back(&sent.id))
}

/// Lets it go on.
pub(in crate::pages) async fn release(sent: Sent) -> Result<Response, Problem> {
    let post = sent.post_and_wait(&sent.id, &flagged(&sent))?;
    act::said(returns::release(post).await).await?;
    Ok(back(&sent.id))
}

/// Which flag, and why.
fn flagged(sent: &Sent) -> Value {
    json!({ "flag": sent.get("flag"), "reason": sent.get("reason").trim() })
}

/// Has a memo taken back.
pub(in crate::pages) async fn reverse(sent: Sent) -> Result<Response, Problem> {
    let asked = json!({
        "memo": sent.get("memo"),
        "credit_again": sent.get("credit_again") == "yes",
        "reason": sent.get("reason").trim(),
    });
    let post = sent.post_and_wait(&sent.id, &asked)?;
    act::said(returns::reverse(post).await).await?;
    Ok(back(&sent.id))
}

fn back(id: &str) -> Response {
    let to = format!("{}#money", path_of("returns", id));
    Redirect::to(&to).into_response()
}

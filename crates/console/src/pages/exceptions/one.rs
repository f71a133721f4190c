//! `/exceptions/{id}`: what is wrong, what it was about, what can be done.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use router::desk;
use router::impact::{Action, Preview};
use store::ExceptionState;

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, act, path_of, word};
use super::{at_risk, page_of};
use crate::access::Scope;
use crate::ask::Named;
use crate::gate::Caller;
use crate::problem::Problem;

/// Letters of a text at the most: a page stays below 100 kB, however its letters are written.
const MOST: usize = 12_000;

#[derive(Template)]
#[template(path = "exception.html")]
struct ExceptionPage {
    frame: Frame,
    id: String,
    code: String,
    state: &'static str,
    is_open: bool,
    reason: String,
    resolution: String,
    facts: Vec<(&'static str, String)>,
    /// Address of its return, if that is known and may be seen.
    of: Option<String>,
    sees_bytes: bool,
    raw: String,
    raw_bytes: usize,
    is_whole: bool,
    origin: String,
    /// What a replay would do, for those who may.
    preview: Option<Preview>,
    does_nothing: bool,
    /// Keys of the forms; none for those who may not.
    replay: Option<String>,
    discard: Option<String>,
    /// Of an effect that was ever sent.
    confirm: Option<String>,
    edit: Option<String>,
    here: String,
}

/// Shows it.
pub(in crate::pages) async fn one(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let app = &console.app;
    let row = crate::exceptions::one(app, &id).await?;
    let is_open = row.state == ExceptionState::Open;
    let may = |scope: Scope| is_open && caller.0.may(scope);
    let preview = if may(Scope::ExceptionsReplay) {
        Some(desk::preview(app.store(), &row, &app.api.routes).await?)
    } else {
        None
    };
    let does_nothing = preview
        .as_ref()
        .is_none_or(|preview| preview.does == Action::Nothing);
    let was_sent = if may(Scope::ExceptionsConfirm) && !row.effect_key.is_empty() {
        let effect = app.store().effect(&row.effect_key).await?;
        effect.is_some_and(|effect| effect.attempts > 0 || effect.last_sent_at.is_some())
    } else {
        false
    };
    let (sees_bodies, sees_bytes) = (caller.sees_bodies(), caller.0.sees_bytes());
    let text = if sees_bytes {
        word::bytes(&row.raw)
    } else {
        String::new()
    };
    let (raw, is_whole) = word::cut(&text, MOST);
    let here = page_of(&row.exception_id);
    let is_message = matches!(row.stage.as_str(), "intake" | "route");
    let sees_returns = caller.0.may(Scope::ReturnsRead) && !row.return_id.is_empty();
    let now = app.api.clock.now();
    let facts = [
        ("Failure", row.failure_code.clone()),
        ("Stage", row.stage.clone()),
        ("Connector", row.connector.clone()),
        ("Site", row.site.clone()),
        ("Customer", row.customer.clone()),
        ("Return", row.return_id.clone()),
        ("Effect", row.effect_key.clone()),
        ("Place", row.place.clone()),
        ("Money at risk", at_risk(&row)),
        (
            "Seen",
            match row.occurrences {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            },
        ),
        ("First seen", word::time(row.opened_at)),
        ("Waits for", word::age(row.opened_at, now)),
        ("Last change", word::time(row.updated_at)),
    ];
    page(&ExceptionPage {
        frame: Frame::new(
            Some(&session),
            Part::Exceptions,
            format!("Exception {}", row.code),
        ),
        code: row.code.clone(),
        state: row.state.word(),
        is_open,
        reason: caller.0.shown_text(&row.reason),
        resolution: caller.0.shown_text(&row.resolution),
        facts: facts
            .into_iter()
            .filter(|(name, value)| !value.is_empty() && (is_open || *name != "Waits for"))
            .collect(),
        of: sees_returns.then(|| path_of("returns", &row.return_id)),
        sees_bytes,
        raw: raw.to_owned(),
        raw_bytes: row.raw.len(),
        is_whole,
        origin: if sees_bodies {
            let origin = word::pretty(&caller.0.shown_json(&row.origin));
            word::cut(&origin, 3_000).0.to_owned()
        } else {
            String::new()
        },
        replay: (may(Scope::ExceptionsReplay) && !does_nothing)
            .then(act::key)
            .transpose()?,
        discard: may(Scope::ExceptionsDiscard).then(act::key).transpose()?,
        confirm: was_sent.then(act::key).transpose()?,
        edit: (may(Scope::ExceptionsEdit) && is_message).then(|| format!("{here}/edit")),
        preview,
        does_nothing,
        here,
        id: row.exception_id,
    })
}

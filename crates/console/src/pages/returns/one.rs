//! `/returns/{id}`: one return on one page.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use store::{EffectRow, ExceptionFilter, ExceptionRow, ExceptionState, ReturnRow};

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, path_of, word};
use super::facts::{self, ApprovalFacts, Credit, Effect, Fact, Line, Trouble};
use super::money::{self, Money};
use super::story::{self, Native, Story};
use crate::access::Scope;
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::problem::Problem;
use crate::returns::find;

/// Moments of a page.
const MOMENTS: usize = 30;
/// Letters of one text that are shown in the page of the return; the rest is on the moment's own.
const SHOWN: usize = 1_200;
/// Letters of all of them together.
const SHOWN_IN_ALL: usize = 24_000;

/// From which moment on the story is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct Where {
    from: usize,
}

/// A moment as it is written.
pub(super) struct Shown {
    pub(super) at: String,
    pub(super) title: String,
    pub(super) who: String,
    pub(super) note: String,
    pub(super) mark: &'static str,
    pub(super) has_text: bool,
    pub(super) canonical: String,
    pub(super) native: String,
    pub(super) native_note: String,
    pub(super) is_whole: bool,
    pub(super) to: String,
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage {
    frame: Frame,
    /// Where it is told that something changed.
    stream: String,
    rma: String,
    meaning: String,
    lifecycle: String,
    /// Where somebody says whose its goods are, for those who may, as long as nobody has decided on them.
    whose: Option<String>,
    head: Vec<Fact>,
    lines: Vec<Line>,
    credits: Vec<Credit>,
    /// What can be done with its money.
    money: Option<Money>,
    here: String,
    effects: Vec<Effect>,
    approvals: Vec<ApprovalFacts>,
    troubles: Vec<Trouble>,
    sees_exceptions: bool,
    sees_bodies: bool,
    moments: Vec<Shown>,
    count: usize,
    first: usize,
    earlier: Option<String>,
    later: Option<String>,
}

/// A return and what belongs to it.
pub(super) struct Whole {
    pub(super) row: ReturnRow,
    pub(super) effects: Vec<EffectRow>,
    pub(super) exceptions: Vec<ExceptionRow>,
    pub(super) story: Story,
}

/// Everything about a return.
pub(super) async fn whole(app: &App, name: &str, caller: &Caller) -> Result<Whole, Problem> {
    let row = find::find(app, name).await?;
    let effects = app.store().effects_of(&row.return_id).await?;
    let sees_exceptions = caller.0.may(Scope::ExceptionsRead);
    let exceptions = if sees_exceptions {
        let filter = ExceptionFilter {
            return_id: Some(row.return_id.clone()),
            ..ExceptionFilter::default()
        };
        app.store().exceptions(&filter).await?
    } else {
        Vec::new()
    };
    let story = story::gather(
        app.store(),
        &row,
        &effects,
        sees_exceptions.then_some(exceptions.as_slice()),
    )
    .await?;
    Ok(Whole {
        row,
        effects,
        exceptions,
        story,
    })
}

/// Shows it.
pub(in crate::pages) async fn one(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Named(name): Named,
    Asked(place): Asked<Where>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let whole = whole(app, &name, &caller).await?;
    let state = find::state(&whole.row)?;
    let to = path_of("returns", &whole.row.return_id);
    let moments = moments(app, &caller, &whole, (place.from, MOMENTS, SHOWN), &to).await?;
    let count = whole.story.moments.len();
    let at = |from: usize| format!("{to}?from={from}#timeline");
    let approvals = state.approvals().iter();
    let approvals = approvals.map(|approval| caller.0.shown_approval(approval.clone()));
    let page_of = ReturnPage {
        frame: Frame::new(
            Some(&session),
            Part::Returns,
            format!("Return {}", whole.row.rma_number),
        ),
        stream: path_of("live/returns", &whole.row.return_id),
        rma: whole.row.rma_number.clone(),
        meaning: facts::meaning(state.business_code()),
        lifecycle: whole.row.lifecycle.clone(),
        whose: (state.waits_for_identification() && caller.0.may(Scope::ReturnsWrite))
            .then(|| format!("{to}/identification")),
        head: facts::head(&whole.row, &state),
        lines: facts::lines(&state),
        credits: facts::credits(&state, &app.policies()),
        money: money::of(&state, &whole.effects, &caller)?,
        here: to.clone(),
        effects: whole.effects.iter().map(facts::effect).collect(),
        approvals: approvals
            .map(|approval| facts::approval(&approval))
            .collect(),
        troubles: whole
            .exceptions
            .iter()
            .map(|row| facts::trouble(row, &caller.0))
            .collect(),
        sees_exceptions: caller.0.may(Scope::ExceptionsRead),
        sees_bodies: caller.sees_bodies(),
        count,
        first: place.from.saturating_add(1),
        earlier: (place.from > 0).then(|| at(place.from.saturating_sub(MOMENTS))),
        later: (place.from.saturating_add(MOMENTS) < count)
            .then(|| at(place.from.saturating_add(MOMENTS))),
        moments,
    };
    page(&page_of)
}

/// Some moments, with what was said for those who may see it.
pub(super) async fn moments(
    app: &App,
    caller: &Caller,
    whole: &Whole,
    (from, many, most): (usize, usize, usize),
    to: &str,
) -> Result<Vec<Shown>, Problem> {
    let mut left = SHOWN_IN_ALL.max(most.saturating_mul(2));
    let mut shown = Vec::new();
    let some = whole.story.moments.iter().enumerate();
    for (n, moment) in some.skip(from).take(many) {
        let mut one = Shown {
            at: word::time(moment.at),
            title: moment.title(),
            who: moment.who().to_owned(),
            note: caller.0.shown_text(&moment.note()),
            mark: moment.mark(),
            has_text: false,
            canonical: String::new(),
            native: String::new(),
            native_note: String::new(),
            is_whole: true,
            to: format!("{to}/moment/{n}"),
        };
        if caller.sees_bodies() {
            let canonical = word::pretty(&caller.0.shown_json(moment.canonical()));
            let (native, note) = if caller.0.sees_bytes() {
                native(app, whole.story.native(moment)).await?
            } else {
                let note = "native bytes are for those with personal:read";
                (String::new(), note.to_owned())
            };
            one.has_text = !canonical.is_empty() || !native.is_empty();
            one.native_note = note;
            for (text, place) in [(canonical, &mut one.canonical), (native, &mut one.native)] {
                let (part, is_whole) = word::cut(&text, most.min(left));
                left = left.saturating_sub(part.len());
                one.is_whole &= is_whole;
                part.clone_into(place);
            }
        }
        shown.push(one);
    }
    Ok(shown)
}

/// Native bytes as text, and a word about them.
async fn native(app: &App, known: Native) -> Result<(String, String), Problem> {
    let id = match known {
        Native::In(id) => id,
        Native::Named(name) => {
            let note =
                format!("nothing native is kept of what was read at once; it came from {name}");
            return Ok((String::new(), note));
        }
        Native::None => {
            let note = "nothing native is kept of what was read at once";
            return Ok((String::new(), note.to_owned()));
        }
    };
    let row = app.store().exception(&id).await?;
    let Some(row) = row.filter(|row| !row.raw.is_empty()) else {
        return Ok((String::new(), "there were no bytes".to_owned()));
    };
    Ok(match mended(app, &row).await? {
        Some(copy) => {
            let note = format!("the mended copy that took the place of exception {id}");
            (copy, note)
        }
        None => (
            word::bytes(&row.raw),
            format!("as kept with exception {id}"),
        ),
    })
}

/// The copy that took the place of a message, if somebody mended it; as the audit holds it.
async fn mended(app: &App, row: &ExceptionRow) -> Result<Option<String>, Problem> {
    if row.state != ExceptionState::Replayed {
        return Ok(None);
    }
    let subject = if row.return_id.is_empty() {
        &row.exception_id
    } else {
        &row.return_id
    };
    let entries = app.store().audit(subject, 0, 500).await?;
    let edits = entries.iter().rev();
    let edits = edits.filter(|entry| entry.entry.action == "exception.edited");
    let mut copies = edits.filter_map(|entry| {
        let body: Value = serde_json::from_str(&entry.entry.body).ok()?;
        let is_its = body["exception_id"] == row.exception_id.as_str();
        let copy = body["copy"].as_str().filter(|_| is_its)?;
        Some(copy.to_owned())
    });
    Ok(copies.next())
}

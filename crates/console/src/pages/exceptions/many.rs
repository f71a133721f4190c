//! `/exceptions/replay`: many are given back to the flow: what it would do, a few first, then the rest.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use serde_json::{Value, json};
use store::ExceptionState;

use super::super::door::Form;
use super::super::frame::{Frame, Part, page, written};
use super::super::session::Session;
use super::super::{Console, act, path_of, word};
use super::{Alike, at_risk, given, page_of};
use crate::access::Scope;
use crate::ask::{Asked, Named};
use crate::exceptions::{self, ReplayManyRequest, meant, weighed};
use crate::gate::Caller;
use crate::once;
use crate::problem::Problem;

/// Exceptions that are shown by name.
const SHOWN: usize = 20;
/// Decisions that are shown by name.
const DECISIONS: usize = 100;
/// How many go first, if nothing else is said.
const FIRST: usize = 3;

struct Sample {
    to: String,
    id: String,
    reason: String,
    at_risk: String,
    age: String,
}

#[derive(Template)]
#[template(path = "replay_many.html")]
struct PreviewPage {
    frame: Frame,
    alike: Alike,
    title: String,
    back: String,
    count: usize,
    /// What is in the field for how many go first.
    first: String,
    /// What is wrong with it; empty if nothing is.
    wrong: String,
    most: usize,
    actions: Vec<(&'static str, u64)>,
    needs_vouching: u64,
    at_risk: String,
    applied: u64,
    moves: u64,
    samples: Vec<Sample>,
    key: String,
}

fn request(alike: &Alike, vouched: bool, canary: Option<u32>) -> ReplayManyRequest {
    ReplayManyRequest {
        code: given(&alike.code),
        failure_code: given(&alike.failure_code),
        connector: given(&alike.connector),
        site: given(&alike.site),
        return_id: None,
        dry_run: false,
        vouched,
        canary,
    }
}

/// Says what a replay of all of them would do.
pub(in crate::pages) async fn preview(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(alike): Asked<Alike>,
) -> Result<Response, Problem> {
    shown(&console, &session, alike, None).await
}

/// The preview; `wrong`: what was in the field for how many go first, and what is wrong with that.
async fn shown(
    console: &Console,
    session: &Session,
    alike: Alike,
    wrong: Option<(&str, String)>,
) -> Result<Response, Problem> {
    if alike.is_all() {
        let detail = "Say which: a code, a connector or a site. The groups lead here.";
        return Err(Problem::bad_request("api.query", detail));
    }
    let app = &console.app;
    let rows = meant(app, &request(&alike, false, None)).await?;
    let sum = weighed(app, &rows).await?;
    let now = app.api.clock.now();
    // What is wrong with each is for those who may look at exceptions.
    let shown = if session.holder.may(Scope::ExceptionsRead) {
        SHOWN
    } else {
        0
    };
    let samples = rows.iter().take(shown).map(|row| Sample {
        to: page_of(&row.exception_id),
        id: row.exception_id.clone(),
        reason: word::cut(&session.holder.shown_text(&row.reason), 200)
            .0
            .to_owned(),
        at_risk: at_risk(row),
        age: word::age(row.opened_at, now),
    });
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let usual = FIRST.min(rows.len()).to_string();
    let (first, wrong) = wrong.map_or((usual, String::new()), |(typed, wrong)| {
        (typed.to_owned(), wrong)
    });
    let preview = PreviewPage {
        frame: Frame::new(Some(session), Part::Exceptions, "Replay a group"),
        title: alike.title(),
        back: alike.at("/exceptions/all", &[]),
        count: rows.len(),
        first,
        wrong,
        most: rows.len().min(exceptions::MOST),
        actions: sum.actions.iter().map(|(a, n)| (a.words(), *n)).collect(),
        needs_vouching: sum.needs_vouching,
        at_risk: word::sums(&sum.at_risk),
        applied: sum.applied,
        moves: sum.moves,
        samples: samples.collect(),
        key: act::key()?,
        alike,
    };
    written(status, &preview)
}

/// Gives some of them back, and shows what became of those.
pub(in crate::pages) async fn replay_many(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Extension(form): Extension<Form>,
) -> Result<Response, Problem> {
    let side = |name: &str| form.get(name).to_owned();
    let alike = Alike {
        code: side("code"),
        failure_code: side("failure_code"),
        connector: side("connector"),
        site: side("site"),
    };
    // All of them is said, and never what a field says that somebody emptied.
    let canary = if form.get("rest") == "yes" {
        None
    } else {
        let typed = form.get("canary").trim();
        let fits = |n: &u32| (1..=exceptions::MOST).contains(&(*n as usize));
        let number = typed.parse::<u32>().ok().filter(fits);
        if number.is_none() {
            let most = exceptions::MOST;
            let wrong = format!("Nothing was done. How many go first? Write 1 to {most}.");
            return shown(&console, &session, alike, Some((typed, wrong))).await;
        }
        number
    };
    let asked = request(&alike, form.get("vouched") == "yes", canary);
    let asked = json!(asked);
    let name = act::name(&form, &asked.to_string())?;
    let (headers, body) = act::asked(&form, &asked)?;
    let app = State(Arc::clone(&console.app));
    let answer = exceptions::replay_many(app, Extension(caller), headers, body);
    act::said(answer.await?).await?;
    let to = path_of("exceptions/replayed", &name);
    let vouched = form.get("vouched");
    let to = alike.at(&to, &[("vouched", vouched)]);
    Ok(Redirect::to(&to).into_response())
}

struct Decision {
    to: String,
    id: String,
    text: String,
    is_done: bool,
    now: &'static str,
}

#[derive(Template)]
#[template(path = "replayed.html")]
struct ReplayedPage {
    frame: Frame,
    alike: Alike,
    title: String,
    vouched: bool,
    decisions: Vec<Decision>,
    count: usize,
    done: usize,
    refused: usize,
    again: usize,
    left: u64,
    key: String,
}

/// Which group it was of.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(in crate::pages) struct Of {
    code: String,
    failure_code: String,
    connector: String,
    site: String,
    vouched: String,
}

/// What became of some that were given back, and how they are now.
pub(in crate::pages) async fn replayed(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Named(name): Named,
    Asked(of): Asked<Of>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let route = "POST /v1/exceptions/replay";
    let Some(answer) = once::kept(app.store(), &caller, route, &name).await? else {
        return Err(Problem::not_found("nothing was replayed under that name"));
    };
    let answer: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let mut decisions = Vec::new();
    let (mut count, mut done, mut again) = (0, 0, 0);
    for decision in answer["decisions"].as_array().into_iter().flatten() {
        count += 1;
        let is_done = decision["done"] == true;
        done += usize::from(is_done);
        let id = text(decision, "exception_id");
        let found = app.store().exception(&id).await?;
        let is_open = found.is_some_and(|row| row.state == ExceptionState::Open);
        again += usize::from(is_done && is_open);
        if decisions.len() < DECISIONS {
            decisions.push(Decision {
                to: page_of(&id),
                id,
                text: text(decision, "text"),
                is_done,
                now: if is_done && is_open {
                    "open again"
                } else if is_open {
                    "open"
                } else {
                    "gone on"
                },
            });
        }
    }
    let alike = Alike {
        code: of.code,
        failure_code: of.failure_code,
        connector: of.connector,
        site: of.site,
    };
    let left = if alike.is_all() {
        0
    } else {
        meant(app, &request(&alike, false, None)).await?.len()
    };
    page(&ReplayedPage {
        frame: Frame::new(Some(&session), Part::Exceptions, "Replayed"),
        title: alike.title(),
        vouched: of.vouched == "yes",
        decisions,
        refused: count - done,
        count,
        done,
        again,
        left: left as u64,
        key: act::key()?,
        alike,
    })
}

//! `/exceptions/replay`: what giving a group back would do, and the run that does it.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use router::replay::ask::{HIGHEST_RATE, LONGEST_WATCH, MOST_FIRST};
use serde_json::json;

use super::super::frame::{Frame, Part, written};
use super::super::sent::Sent;
use super::super::session::Session;
use super::super::{Console, act, path_of, word};
use super::{Alike, at_risk, given, page_of};
use crate::access::Scope;
use crate::ask::Asked;
use crate::exceptions::{ReplayManyRequest, meant, weighed};
use crate::problem::Problem;
use crate::replays::{self, ReplayRunRequest};

/// Exceptions that are shown by name.
const SHOWN: usize = 20;

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
    typed: Typed,
    /// What is wrong with that; empty if nothing is.
    wrong: String,
    most: u32,
    second: String,
    actions: Vec<(&'static str, u64)>,
    needs_vouching: u64,
    at_risk: String,
    applied: u64,
    moves: u64,
    samples: Vec<Sample>,
    key: String,
}

fn request(alike: &Alike) -> ReplayManyRequest {
    ReplayManyRequest {
        exception_ids: Vec::new(),
        code: given(&alike.code),
        failure_code: given(&alike.failure_code),
        connector: given(&alike.connector),
        site: given(&alike.site),
        return_id: None,
        dry_run: false,
        vouched: false,
        canary: None,
    }
}

/// Says what a replay of all of them would do.
pub(in crate::pages) async fn preview(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(alike): Asked<Alike>,
) -> Result<Response, Problem> {
    shown(&console, &session, alike, Typed::usual(), String::new()).await
}

/// What is in the fields.
struct Typed {
    canary: String,
    canary_seconds: String,
    rate: String,
}

impl Typed {
    fn usual() -> Self {
        Self {
            canary: replays::FIRST.to_string(),
            canary_seconds: replays::WATCHED.to_string(),
            rate: replays::RATE.to_string(),
        }
    }

    /// How many first, how long those are watched, and how many a second; or what is wrong with one of them.
    fn numbers(&self) -> Result<(u32, u32, u32), String> {
        let number = |typed: &str, least: u32, most: u32, question: &str| {
            let number = typed.trim().parse::<u32>().ok();
            number
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| format!("Nothing was done. {question} Write {least} to {most}."))
        };
        Ok((
            number(&self.canary, 0, MOST_FIRST, "How many go first?")?,
            number(
                &self.canary_seconds,
                1,
                LONGEST_WATCH,
                "How many seconds are those watched?",
            )?,
            number(&self.rate, 0, HIGHEST_RATE, "How many a second follow?")?,
        ))
    }
}

/// The preview, with what is in its fields and what is wrong with that.
async fn shown(
    console: &Console,
    session: &Session,
    alike: Alike,
    typed: Typed,
    wrong: String,
) -> Result<Response, Problem> {
    if alike.is_all() {
        let detail = "Say which: a code, a connector or a site. The groups lead here.";
        return Err(Problem::bad_request("api.query", detail));
    }
    let app = &console.app;
    let rows = meant(app, &request(&alike)).await?;
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
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let preview = PreviewPage {
        frame: Frame::new(Some(session), Part::Exceptions, "Replay a group"),
        title: alike.title(),
        back: alike.at("/exceptions/all", &[]),
        count: rows.len(),
        typed,
        wrong,
        most: MOST_FIRST,
        second: app.api.replay_limits.exceeded(&rows).unwrap_or_default(),
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

/// Asks for a run that gives them back, and shows it.
pub(in crate::pages) async fn replay_many(
    Extension(session): Extension<Session>,
    sent: Sent,
) -> Result<Response, Problem> {
    let side = |name: &str| sent.get(name).to_owned();
    let alike = Alike {
        code: side("code"),
        failure_code: side("failure_code"),
        connector: side("connector"),
        site: side("site"),
    };
    let typed = Typed {
        canary: side("canary"),
        canary_seconds: side("canary_seconds"),
        rate: side("rate"),
    };
    let (canary, canary_seconds, rate) = match typed.numbers() {
        Ok(numbers) => numbers,
        Err(wrong) => return shown(&sent.console, &session, alike, typed, wrong).await,
    };
    let asked = ReplayRunRequest {
        code: given(&alike.code),
        failure_code: given(&alike.failure_code),
        connector: given(&alike.connector),
        site: given(&alike.site),
        return_id: None,
        canary: Some(canary),
        canary_seconds: Some(canary_seconds),
        rate: Some(rate),
        vouched: sent.get("vouched") == "yes",
    };
    let run = act::said(replays::start(sent.post(&json!(asked))?).await).await?;
    let id = run["run_id"].as_str().unwrap_or_default();
    Ok(Redirect::to(&path_of("replays", id)).into_response())
}

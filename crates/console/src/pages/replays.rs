//! `/replays`: runs that give many exceptions back: how far they are, and what may be done with them.
//!
//! What is shown is in the store, so that a page that is loaded again, or by another, shows the same.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;
use workflow::approvers::are_one;

use super::frame::{Frame, Part, page};
use super::sent::Sent;
use super::session::Session;
use super::{Console, act, address, path_of, word};
use crate::access::Scope;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::problem::Problem;
use crate::replays::{self, Filter, RunView};

struct Row {
    to: String,
    id: String,
    chosen: String,
    phase: &'static str,
    tone: &'static str,
    done: u64,
    meant: u64,
    at_risk: String,
    who: String,
    started: String,
}

#[derive(Template)]
#[template(path = "replays.html")]
struct RunsPage {
    frame: Frame,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "replay_run.html")]
struct RunPage {
    frame: Frame,
    /// Where it is told that something changed.
    stream: String,
    run: RunView,
    phase: &'static str,
    tone: &'static str,
    chosen: String,
    group: String,
    pace: String,
    at_risk: String,
    started: String,
    /// Neither given back nor refused.
    left: u64,
    open_again: u64,
    may: bool,
    may_agree: bool,
    may_resume: bool,
    key: String,
}

/// A phase in words, and how it is coloured.
fn phase(word: &str) -> (&'static str, &'static str) {
    match word {
        "asking" => ("waits for a second person", "bad"),
        "first" => ("a few first", ""),
        "watching" => ("watching the first ones", ""),
        "rest" => ("going on", ""),
        "done" => ("done", "good"),
        "stopped" => ("stopped", "bad"),
        _ => ("cancelled", "bad"),
    }
}

fn chosen(run: &RunView) -> String {
    let of = &run.chosen;
    let sides = [
        &of.code,
        &of.failure_code,
        &of.connector,
        &of.site,
        &of.return_id,
    ];
    let words: Vec<&str> = sides.into_iter().filter_map(Option::as_deref).collect();
    words.join(" · ")
}

fn pace(run: &RunView) -> String {
    let first = match run.canary {
        0 => "none first".to_owned(),
        n => format!("{n} first, watched for {} s", run.canary_seconds),
    };
    match run.rate {
        0 => format!("{first}; then as fast as it goes"),
        rate => format!("{first}; then {rate} a second"),
    }
}

/// Lists them.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    caller: Extension<Caller>,
    Asked(asked): Asked<Filter>,
) -> Result<Response, Problem> {
    let app = State(Arc::clone(&console.app));
    let (runs, next) = replays::list(app, caller, Asked(asked)).await?.0.parts();
    page(&RunsPage {
        frame: Frame::new(Some(&session), Part::Exceptions, "Replays"),
        rows: runs.iter().map(row).collect(),
        next: next.map(|cursor| address("/replays", &[("cursor", cursor.as_str())])),
    })
}

fn row(run: &RunView) -> Row {
    let (words, tone) = phase(&run.phase);
    Row {
        to: path_of("replays", &run.run_id),
        id: run.run_id.clone(),
        chosen: chosen(run),
        phase: words,
        tone,
        done: run.done,
        meant: run.meant,
        at_risk: word::sums(&run.at_risk),
        who: run.who.clone(),
        started: word::time(run.started_at),
    }
}

/// Shows one: it changes while it is looked at.
pub(super) async fn one(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    caller: Extension<Caller>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let app = State(Arc::clone(&console.app));
    let run = replays::read(app, caller, Named(id)).await?.0;
    let (words, tone) = phase(&run.phase);
    let side = |side: &Option<String>| side.clone().unwrap_or_default();
    let of = &run.chosen;
    let group = [
        ("code", side(&of.code)),
        ("failure_code", side(&of.failure_code)),
        ("connector", side(&of.connector)),
        ("site", side(&of.site)),
    ];
    let policies = console.app.policies();
    let is_theirs = are_one(policies.approvers(), &run.who, &session.holder.actor());
    let group: Vec<(&str, &str)> = group.iter().map(|(n, v)| (*n, v.as_str())).collect();
    page(&RunPage {
        frame: Frame::new(Some(&session), Part::Exceptions, "Replay"),
        stream: path_of("live/replays", &run.run_id),
        phase: words,
        tone,
        chosen: chosen(&run),
        group: address("/exceptions/all", &group),
        pace: pace(&run),
        at_risk: word::sums(&run.at_risk),
        started: word::time(run.started_at),
        left: run.meant.saturating_sub(run.done + run.refused),
        open_again: run.open_again.unwrap_or(0),
        may: session.holder.may(Scope::ExceptionsReplay),
        may_agree: run.phase == "asking" && !is_theirs,
        may_resume: matches!(run.phase.as_str(), "stopped" | "cancelled"),
        key: act::key()?,
        run,
    })
}

/// Agrees, cancels or resumes.
pub(super) async fn act(sent: Sent) -> Result<Response, Problem> {
    let post = sent.post(&json!({}))?;
    let answer = match sent.get("do") {
        "agree" => replays::agree(post).await,
        "cancel" => replays::cancel(post).await,
        "resume" => replays::resume(post).await,
        _ => {
            let detail =
                "A run is agreed to, cancelled or resumed. Go back and press one of those.";
            return Err(Problem::bad_request("console.what", detail));
        }
    };
    act::said(answer).await?;
    Ok(Redirect::to(&path_of("replays", &sent.id)).into_response())
}

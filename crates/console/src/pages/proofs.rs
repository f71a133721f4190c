//! `/proofs`: the daily proof: its runs, what each compared and found, and who signs it.
//!
//! Who signs is the person that the token stands for, as in the API, which takes the signature.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::CONTENT_DISPOSITION;
use jiff::civil::Date;
use router::reconcile::{Input, Item, Match, Matched, Status};
use serde::Deserialize;
use store::ReconRunRow;

use super::frame::{Frame, Part, page};
use super::sent::Sent;
use super::session::Session;
use super::{Console, act, address, path_of, word};
use crate::access::Scope;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::problem::Problem;
use crate::proofs::{self, Filter, Format, ItemFilter, SignRequest};

/// Items of a page; a page stays below 100 kB.
const MOST: u32 = 100;

/// What the form says; what it leaves empty is not asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    entity: String,
    from: String,
    to: String,
    status: String,
    cursor: String,
}

impl Search {
    fn filter(&self) -> Result<Filter, Problem> {
        let wrong = |detail: String| Problem::bad_request("api.query", detail);
        let date = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text
                .parse::<Date>()
                .map(Some)
                .map_err(|_| wrong(format!("{text:?} is no day such as 2026-03-01"))),
        };
        let status = match self.status.as_str() {
            "" => None,
            text => {
                let found = STATUSES.iter().find(|status| status.word() == text);
                let found = found.copied();
                Some(found.ok_or_else(|| wrong(format!("{text:?} is no status of a run")))?)
            }
        };
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Filter {
            entity: said(&self.entity),
            from: date(&self.from)?,
            to: date(&self.to)?,
            status,
            limit: None,
            cursor: said(&self.cursor),
        })
    }
}

const STATUSES: [Status; 3] = [Status::Proven, Status::ProvenWithTiming, Status::NotProven];

/// A status in words, and how it is coloured.
fn outcome(status: &str) -> (&'static str, &'static str) {
    match status {
        "PROVEN" => ("proven", "good"),
        "PROVEN_WITH_TIMING" => ("proven, but for what is too young to be seen", "good"),
        _ => ("not proven", "bad"),
    }
}

struct Row {
    to: String,
    entity: String,
    date: String,
    outcome: &'static str,
    tone: &'static str,
    begun: String,
    ran_by: String,
    signed_by: String,
}

#[derive(Template)]
#[template(path = "proofs.html")]
struct ProofsPage<'a> {
    frame: Frame,
    asked: &'a Search,
    statuses: Vec<(&'static str, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// Shows the runs, the latest first.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<Search>,
) -> Result<Response, Problem> {
    let (runs, next) = proofs::runs(&console.app, asked.filter()?).await?;
    let next = next.map(|next| {
        let query = [
            ("entity", &*asked.entity),
            ("from", &*asked.from),
            ("to", &*asked.to),
            ("status", &*asked.status),
            ("cursor", &*next),
        ];
        address("/proofs", &query)
    });
    let statuses = STATUSES.iter().map(|status| status.word());
    page(&ProofsPage {
        frame: Frame::new(Some(&session), Part::Proofs, "Daily proof"),
        statuses: statuses.map(|word| (word, asked.status == word)).collect(),
        rows: runs.into_iter().map(row).collect(),
        next,
        asked: &asked,
    })
}

fn row(run: ReconRunRow) -> Row {
    let (outcome, tone) = outcome(&run.status);
    Row {
        to: path_of("proofs", &run.run_id),
        entity: run.entity,
        date: run.business_date.to_string(),
        outcome,
        tone,
        begun: word::time(run.started_at),
        ran_by: run.ran_by,
        signed_by: run.sign_off.map_or_else(String::new, |sign| sign.signed_by),
    }
}

struct InputRow {
    source: String,
    what: String,
    documents: usize,
    sha256: String,
    complete: String,
    is_failed: bool,
}

struct MatchRow {
    word: &'static str,
    title: String,
    run: String,
    is_whole: bool,
    keys: usize,
    varied: usize,
    sums: Vec<String>,
    classes: String,
    to: Option<String>,
}

struct ItemRow {
    priority: &'static str,
    matched: &'static str,
    class: &'static str,
    date: String,
    age: String,
    key: String,
    left: String,
    right: String,
    delta: String,
    reason: String,
    of: Option<(String, String)>,
    exception: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage {
    frame: Frame,
    id: String,
    here: String,
    entity: String,
    date: String,
    zone: String,
    lag: i64,
    outcome: &'static str,
    tone: &'static str,
    begun: String,
    ran_by: String,
    signed: Option<(String, String, String)>,
    inputs: Vec<InputRow>,
    matches: Vec<MatchRow>,
    ageing: String,
    cleared: Vec<String>,
    chosen: Option<&'static str>,
    items: Vec<ItemRow>,
    next: Option<String>,
    file: String,
    /// Why this person may not sign; empty if they may.
    refused: String,
    may_sign: bool,
    key: String,
}

/// What is asked of one run.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    #[serde(rename = "match")]
    matched: Option<Match>,
    after: Option<u32>,
    format: Format,
}

/// Shows one with what does not agree, or gives that as a file.
pub(super) async fn one(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
    Asked(look): Asked<Look>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let run = proofs::one(app, &id).await?;
    let asked = ItemFilter {
        matched: look.matched,
        limit: Some(MOST),
        after: look.after,
        format: look.format,
    };
    if look.format == Format::Csv {
        let mut response = proofs::file(app, &caller, &run, &asked).await?;
        let name = format!("recon-{}-{}-items.csv", run.entity, run.business_date);
        let plain = |sign: char| {
            if sign.is_ascii_alphanumeric() || "-._".contains(sign) {
                sign
            } else {
                '_'
            }
        };
        let name: String = name.chars().map(plain).collect();
        if let Ok(name) = format!("attachment; filename=\"{name}\"").parse() {
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
        return Ok(response);
    }
    let report = proofs::report(&run, &caller.0)?;
    let (items, next) = proofs::written(app, &caller, &id, &asked).await?;
    let here = path_of("proofs", &id);
    let matched = look.matched.map_or("", Match::word);
    let (outcome, tone) = outcome(&run.status);
    let ageing = report.ageing.iter();
    let ageing: Vec<String> = ageing.map(|(age, n)| format!("{n} aged {age} d")).collect();
    let next = next.map(|n| address(&here, &[("match", matched), ("after", &n.to_string())]));
    page(&ProofPage {
        frame: Frame::new(
            Some(&session),
            Part::Proofs,
            format!("Proof of {} {}", run.entity, run.business_date),
        ),
        file: address(&here, &[("match", matched), ("format", "csv")]),
        refused: refused(&session, &run),
        may_sign: session.holder.may(Scope::ProofsSign),
        entity: run.entity,
        date: run.business_date.to_string(),
        zone: report.zone,
        lag: report.lag_seconds / 60,
        outcome,
        tone,
        begun: word::time(run.started_at),
        ran_by: run.ran_by,
        signed: run.sign_off.map(|sign| {
            (
                sign.signed_by,
                word::time(sign.signed_at),
                caller.0.shown_text(&sign.note),
            )
        }),
        inputs: report.inputs.into_iter().map(input).collect(),
        matches: report
            .matches
            .into_iter()
            .map(|matched| compared(matched, &here))
            .collect(),
        ageing: ageing.join(", "),
        cleared: report.cleared,
        chosen: look.matched.map(Match::word),
        items: items
            .into_iter()
            .map(|(_, item)| shown(item, &session))
            .collect(),
        next,
        key: act::key()?,
        here,
        id,
    })
}

/// Why whoever is signed in may not sign that run; empty if they may.
fn refused(session: &Session, run: &ReconRunRow) -> String {
    let Some(person) = &session.holder.person else {
        return format!(
            "Your {} stands for no person, and only people sign: have it say which (person = \"…\" of a token, --person of a user).",
            session.holder
        );
    };
    if run.ran_by.trim().eq_ignore_ascii_case(person.trim()) {
        return "You ran it: somebody else has to sign.".to_owned();
    }
    String::new()
}

fn input(input: Input) -> InputRow {
    InputRow {
        is_failed: !input.failed.is_empty(),
        complete: match input.complete_to {
            Some(at) => word::time(at),
            None if input.failed.is_empty() => "–".to_owned(),
            None => format!("could not be read: {}", input.failed),
        },
        source: input.source,
        what: input.what,
        documents: input.documents,
        sha256: input.sha256,
    }
}

fn compared(matched: Matched, here: &str) -> MatchRow {
    let word = matched.matched.word();
    let classes = matched.classes.iter();
    let classes: Vec<String> = classes.map(|(class, n)| format!("{class} {n}")).collect();
    MatchRow {
        word,
        sums: matched.sums_in_words(),
        to: (!classes.is_empty()).then(|| address(here, &[("match", word)])),
        classes: classes.join(", "),
        title: matched.title,
        run: matched.run,
        is_whole: matched.whole,
        keys: matched.keys,
        varied: matched.varied,
    }
}

fn shown(item: Item, session: &Session) -> ItemRow {
    let link = |scope, part, id: String| {
        (!id.is_empty() && session.holder.may(scope)).then(|| (path_of(part, &id), id))
    };
    let delta = item.delta_minor.map(|delta| {
        let currency = item.currency.map(|currency| currency.code().to_owned());
        word::money(delta, currency.as_deref().unwrap_or_default())
    });
    ItemRow {
        priority: item.priority.word(),
        matched: item.matched.word(),
        class: item.class.word(),
        date: item.business_date.to_string(),
        age: format!(
            "{} d{}",
            item.age_days,
            if item.carried { ", known" } else { "" }
        ),
        key: item.key,
        left: item.left,
        right: item.right,
        delta: delta.unwrap_or_default(),
        reason: item.reason,
        of: link(Scope::ReturnsRead, "returns", item.return_id),
        exception: link(Scope::ExceptionsRead, "exceptions", item.exception_id),
    }
}

/// Takes a signature; the same form is one signature, however often it is sent.
pub(super) async fn sign(sent: Sent) -> Result<Response, Problem> {
    let asked = SignRequest {
        note: sent.get("note").trim().to_owned(),
    };
    let asked = serde_json::json!(asked);
    act::said(proofs::sign(sent.post(&asked)?).await).await?;
    Ok(Redirect::to(&path_of("proofs", &sent.id)).into_response())
}

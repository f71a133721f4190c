//! `/audit`: who did what, found and proved, and as a file.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_DISPOSITION;

use super::frame::{Frame, Part, written};
use super::session::Session;
use super::{Console, address, word};
use crate::ask::Asked;
use crate::audit::{self, AuditQuery, Entry, Format, Order, Proof};
use crate::gate::Caller;
use crate::problem::Problem;
use crate::returns::find;

/// Longest body that is shown with its entry, in bytes; the file has it whole.
const SHOWN: usize = 4_000;

struct Row {
    seq: u64,
    at: String,
    actor: String,
    action: String,
    subject: String,
    to: String,
    hash: String,
    body: Option<String>,
    is_whole: bool,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditList<'a> {
    frame: Frame,
    asked: &'a AuditQuery,
    csrf: &'a str,
    rows: Vec<Row>,
    next: Option<String>,
    jsonl: String,
    csv: String,
    proof: Option<Proof>,
}

/// Shows them, latest first, or gives them as a file.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Asked(mut asked): Asked<AuditQuery>,
) -> Result<Response, Problem> {
    let ending = match asked.format {
        Format::Json => return shown(&console, &session, &caller, asked, None).await,
        Format::Jsonl => "jsonl",
        Format::Csv => "csv",
    };
    named(&console, &mut asked).await?;
    let mut response = audit::whole(&console.app, &caller, &asked).await?;
    if let Ok(name) = format!("attachment; filename=\"audit.{ending}\"").parse() {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Proves the chain, and shows the latest entries with what that came to.
pub(super) async fn verify(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let proof = audit::proof(&console.app).await?;
    let all = AuditQuery::default();
    shown(&console, &session, &caller, all, Some(proof)).await
}

async fn shown(
    console: &Console,
    session: &Session,
    caller: &Caller,
    mut asked: AuditQuery,
    proof: Option<Proof>,
) -> Result<Response, Problem> {
    let typed = asked.clone();
    named(console, &mut asked).await?;
    asked.order = Order::Latest;
    let page = audit::page(&console.app, caller, &asked).await?;
    let to = |more: (&str, &str)| {
        let query = [
            ("subject", &*typed.subject),
            ("actor", &*typed.actor),
            ("action", &*typed.action),
            ("since", &*typed.since),
            ("until", &*typed.until),
            more,
        ];
        address("/audit", &query)
    };
    let shown = AuditList {
        frame: Frame::new(Some(session), Part::Audit, "Audit"),
        csrf: &session.csrf,
        rows: page.items.into_iter().map(row).collect(),
        next: page.next.map(|next| to(("before", &next.to_string()))),
        jsonl: to(("format", "jsonl")),
        csv: to(("format", "csv")),
        asked: &typed,
        proof,
    };
    written(StatusCode::OK, &shown)
}

/// A return may be given by any of its names: its entries are under its id.
async fn named(console: &Console, asked: &mut AuditQuery) -> Result<(), Problem> {
    let name = asked.subject.trim().to_owned();
    if name.is_empty() {
        asked.subject.clear();
        return Ok(());
    }
    match find::find(&console.app, &name).await {
        Ok(found) => asked.subject = found.return_id,
        Err(problem) if problem.status == StatusCode::NOT_FOUND => asked.subject = name,
        Err(problem) => return Err(problem),
    }
    Ok(())
}

fn row(entry: Entry) -> Row {
    let text = entry.body.map(|body| word::pretty(&body.to_string()));
    let cut = text.as_deref().map(|text| word::cut(text, SHOWN));
    Row {
        seq: entry.seq,
        at: word::time(entry.at),
        to: address("/audit", &[("subject", &entry.subject)]),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        hash: entry.hash,
        is_whole: cut.is_none_or(|(_, whole)| whole),
        body: cut.map(|(text, _)| text.to_owned()),
    }
}

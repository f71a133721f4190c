//! `/approvals`: what waits for somebody, what follows from an answer, and the answer.
//!
//! Who answers is the token's actor, `api/NAME`: the file of approvers has to know a person by that name, as `user` or under
//! `also`. Everything else is decided by the router's approval desk and the workflow.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::DenialReason;
use canonical::approval::Verdict;
use http::StatusCode;
use jiff::Timestamp;
use router::approve::{self, Answer, Case, Given, Outcome};
use router::case;
use serde_json::json;
use tokio::time::Instant;
use workflow::calculation_of;

use super::door::Form;
use super::frame::{Frame, Part, page};
use super::returns::facts::{self, ApprovalFacts, Component};
use super::session::Session;
use super::{Console, act, path_of, word};
use crate::access::Scope;
use crate::api::App;
use crate::ask::Named;
use crate::gate::Caller;
use crate::once::{self, Request, once};
use crate::problem::Problem;

/// Approvals of a page; a page stays below 100 kB.
const MOST: usize = 150;
/// How long an answer waits for the router's word.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two looks for it.
const EVERY: Duration = Duration::from_millis(60);

struct Row {
    to: String,
    id: String,
    what: &'static str,
    rma: String,
    customer: String,
    money: String,
    missing: String,
    due: String,
    is_late: bool,
    is_mine: bool,
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    rows: Vec<Row>,
    left_out: usize,
    mine: usize,
    unknown: String,
}

/// In whose names this person may approve a case now.
fn ways(app: &App, case: &Case, who: &str, now: Timestamp) -> Vec<Option<String>> {
    let policies = app.policies();
    let approvers = policies.approvers();
    approvers.map_or_else(Vec::new, |approvers| {
        approve::ways(case, approvers, who, now)
    })
}

/// Why this person may approve nothing at all; empty if they may.
fn unknown(app: &App, who: &str) -> String {
    match app.policies().approvers() {
        None => "Nobody is configured who may approve: name a file under [approvers].".to_owned(),
        Some(approvers) if approvers.person(who).is_none() => format!(
            "You are {who:?} here, and no approver is known by that name: have it added to your person in the file of approvers, also = [{who:?}]."
        ),
        Some(_) => String::new(),
    }
}

/// Shows what waits, the one that is due first at the top.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let (who, now) = (session.token.actor(), app.api.clock.now());
    let mut cases = approve::open(app.store()).await?;
    cases.sort_by_key(|case| case.approval.expires_at.unwrap_or(Timestamp::MAX));
    let rows: Vec<Row> = cases
        .iter()
        .map(|case| {
            let header = case.state.header();
            let approval = &case.approval;
            Row {
                to: path_of("approvals", &approval.approval_id),
                id: approval.approval_id.clone(),
                what: case::what(approval.subject),
                rma: header.rma_number.clone(),
                customer: header.customer_account.clone(),
                money: case::money(case).map_or_else(|| "–".to_owned(), |money| money.to_string()),
                missing: case::missing(approval),
                due: approval
                    .expires_at
                    .map_or_else(|| "–".to_owned(), word::time),
                is_late: approval.expires_at.is_some_and(|due| due < now),
                is_mine: !ways(app, case, &who, now).is_empty(),
            }
        })
        .collect();
    page(&ApprovalsPage {
        frame: Frame::new(Some(&session), Part::Approvals, "Approvals"),
        left_out: rows.len().saturating_sub(MOST),
        mine: rows.iter().filter(|row| row.is_mine).count(),
        unknown: unknown(app, &who),
        rows: rows.into_iter().take(MOST).collect(),
    })
}

#[derive(Template)]
#[template(path = "approval.html")]
struct ApprovalPage {
    frame: Frame,
    what: &'static str,
    facts: ApprovalFacts,
    is_open: bool,
    rma: String,
    customer: String,
    rules: String,
    money: String,
    compared: String,
    missing: String,
    of: Option<String>,
    components: Vec<Component>,
    follows: Vec<String>,
    /// In whose names this person may approve: what the form says, and how it is shown.
    ways: Vec<(String, String)>,
    reasons: Vec<&'static str>,
    unknown: String,
    version: u32,
    key: String,
    here: String,
}

/// Shows one.
pub(super) async fn one(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let app = &console.app;
    let case = found(app, &id).await?;
    let who = session.token.actor();
    let policies = app.policies();
    let calculation = case::credit_of(&case)
        .and_then(|credit| calculation_of(&case.state, &policies, credit.version));
    let header = case.state.header();
    let approval = &case.approval;
    let ways = ways(app, &case, &who, app.api.clock.now());
    let compared = approval.amount.map(|amount| {
        let money = |minor| word::money(minor, amount.ccy.code());
        format!(
            "gross {}; with other credits on the same invoice {}",
            money(amount.gross_minor),
            money(amount.compared_minor)
        )
    });
    page(&ApprovalPage {
        frame: Frame::new(Some(&session), Part::Approvals, format!("Approval {id}")),
        what: case::what(approval.subject),
        is_open: workflow::approvals::is_open(approval),
        rma: header.rma_number.clone(),
        customer: header.customer_account.clone(),
        rules: approval.rule_ids.join(", "),
        money: case::money(&case).map_or_else(|| "none".to_owned(), |money| money.to_string()),
        compared: compared.unwrap_or_default(),
        missing: case::missing(approval),
        of: session
            .token
            .may(Scope::ReturnsRead)
            .then(|| path_of("returns", &header.return_id)),
        components: calculation.as_ref().map(facts::amounts).unwrap_or_default(),
        follows: case::follows(&case, calculation.as_ref()),
        ways: ways
            .into_iter()
            .map(|whom| match whom {
                None => (String::new(), "myself".to_owned()),
                Some(user) => (user.clone(), format!("on behalf of {user}")),
            })
            .collect(),
        reasons: DenialReason::ALL.iter().map(|why| why.word()).collect(),
        unknown: unknown(app, &who),
        version: approval.version,
        key: act::key()?,
        here: path_of("approvals", &approval.approval_id),
        facts: facts::approval(approval),
    })
}

async fn found(app: &App, id: &str) -> Result<Case, Problem> {
    let found = approve::find(app.store(), id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no approval {id:?}")))
}

/// Takes an answer; the same form is one answer, however often it is sent.
pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Extension(form): Extension<Form>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let answer = read(&form, caller.0.actor())?;
    let asked = json!({
        "verdict": answer.verdict, "reason": answer.reason, "on_behalf_of": answer.on_behalf_of, "version": answer.version,
    });
    let (headers, _) = act::asked(&form, &asked)?;
    let payload = asked.to_string();
    let app = Arc::clone(&console.app);
    let request = Request {
        app: Arc::clone(&app),
        caller: &caller,
        route: "POST /approvals/{id}",
        of: &id,
        headers: &headers,
        payload: payload.as_bytes(),
        waits: PATIENCE,
    };
    let of = id.clone();
    let done = once(request, |doing| async move {
        let case = found(&app, &of).await?;
        // An earlier try may have been cut off behind its decision.
        let mut said = case.approval.decisions.iter();
        if doing.again && said.any(|decision| decision.user == answer.user) {
            return Ok(once::Answer::json(
                StatusCode::OK,
                &json!({ "counts": true }),
            ));
        }
        given(&app, &case, &answer).await
    });
    act::said(done.await?).await?;
    Ok(Redirect::to(&path_of("approvals", &id)).into_response())
}

async fn given(app: &App, case: &Case, answer: &Answer) -> Result<once::Answer, Problem> {
    let policies = app.policies();
    let Some(approvers) = policies.approvers() else {
        let detail = "nobody is configured who may approve: name a file under [approvers]";
        return Err(refused(detail));
    };
    let now = app.api.clock.now();
    let given = approve::give(app.store(), case, Some(approvers), answer, now).await?;
    let (event_id, after) = match given {
        Given::Refused(why) => return Err(refused(&why)),
        Given::Taken { event_id, after } => (event_id, after),
    };
    let until = Instant::now() + PATIENCE;
    loop {
        let counts = match approve::outcome(app.store(), case, &event_id, after).await? {
            Some(Outcome::Refused(why)) => return Err(refused(&why)),
            Some(Outcome::Counts(_)) => Some(true),
            // It is recorded, and is taken as soon as a router runs.
            None if Instant::now() >= until => None,
            None => {
                tokio::time::sleep(EVERY).await;
                continue;
            }
        };
        return Ok(once::Answer::json(
            StatusCode::OK,
            &json!({ "counts": counts }),
        ));
    }
}

fn refused(why: &str) -> Problem {
    Problem::conflict("api.not-allowed-now", format!("it does not count: {why}"))
}

/// What the form says.
fn read(form: &Form, user: String) -> Result<Answer, Problem> {
    let wrong = |detail: &str| Problem::bad_request("console.form", detail);
    let version = form.get("version").parse();
    let version = version.map_err(|_| wrong("The form does not say which version you saw."))?;
    let comment = form.get("comment").trim();
    if comment.chars().count() > 500 {
        return Err(wrong(
            "A comment has at most 500 characters. Go back and shorten it.",
        ));
    }
    let (verdict, reason) = match form.get("do") {
        "approve" => (Verdict::Approve, comment.to_owned()),
        "reject" => {
            let code = form.get("reason").parse::<DenialReason>();
            let code = code
                .map_err(|_| wrong("A rejection needs a reason code. Go back and choose one."))?;
            let reason = if comment.is_empty() {
                code.word().to_owned()
            } else {
                format!("{code}: {comment}")
            };
            (Verdict::Reject, reason)
        }
        _ => return Err(wrong("The form says neither yes nor no.")),
    };
    let whom = form.get("on_behalf_of");
    Ok(Answer {
        user,
        on_behalf_of: (!whom.is_empty()).then(|| whom.to_owned()),
        role: String::new(),
        verdict,
        reason,
        version: Some(version),
    })
}

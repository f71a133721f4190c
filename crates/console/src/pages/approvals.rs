//! `/approvals`: what waits for somebody, what follows from an answer, and the answer.
//!
//! Who answers is the person that the token stands for, as in the API, which takes the answer.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::{DenialReason, Money};
use jiff::Timestamp;
use router::approve::{self, Case};
use router::stake;
use serde_json::json;
use workflow::PolicySet;

use super::frame::{Frame, Part, page};
use super::returns::facts::{self, ApprovalFacts, Component};
use super::sent::Sent;
use super::session::Session;
use super::{Console, act, path_of, word};
use crate::access::Scope;
use crate::api::App;
use crate::approvals;
use crate::ask::Named;
use crate::problem::Problem;

/// Approvals of a page; a page stays below 100 kB.
const MOST: usize = 150;

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
fn ways(app: &App, case: &Case, person: Option<&str>, now: Timestamp) -> Vec<Option<String>> {
    let policies = app.policies();
    match (policies.approvers(), person) {
        (Some(approvers), Some(person)) => approve::ways(case, approvers, person, now),
        _ => Vec::new(),
    }
}

/// Why this person may approve nothing at all; empty if they may.
fn unknown(app: &App, session: &Session) -> String {
    match (app.policies().approvers(), &session.holder.person) {
        (None, _) => {
            "Nobody is configured who may approve: name a file under [approvers].".to_owned()
        }
        (Some(_), None) => format!(
            "Your {} stands for no person, and only people decide: have it say which (person = \"…\" of a token, --person of a user), by a user of the file of approvers.",
            session.holder
        ),
        (Some(approvers), Some(person)) if approvers.person(person).is_none() => format!(
            "You are {person:?} here, and no approver is known by that name: have yourself added to the file of approvers."
        ),
        (Some(_), Some(_)) => String::new(),
    }
}

/// Shows what waits, the one that is due first at the top.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let (person, now) = (session.holder.person.as_deref(), app.api.clock.now());
    let mut cases = approve::open(app.store()).await?;
    cases.sort_by_key(Case::due);
    let rows: Vec<Row> = cases
        .iter()
        .map(|case| {
            let header = case.state.header();
            let approval = &case.approval;
            Row {
                to: path_of("approvals", &approval.approval_id),
                id: approval.approval_id.clone(),
                what: case.what(),
                rma: header.rma_number.clone(),
                customer: header.customer_account.clone(),
                money: case
                    .money()
                    .map_or_else(|| "–".to_owned(), |money| money.to_string()),
                missing: stake::missing(approval),
                due: approval
                    .expires_at
                    .map_or_else(|| "–".to_owned(), word::time),
                is_late: approval.expires_at.is_some_and(|due| due < now),
                is_mine: !ways(app, case, person, now).is_empty(),
            }
        })
        .collect();
    page(&ApprovalsPage {
        frame: Frame::new(Some(&session), Part::Approvals, "Approvals"),
        left_out: rows.len().saturating_sub(MOST),
        mine: rows.iter().filter(|row| row.is_mine).count(),
        unknown: unknown(app, &session),
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
    /// The amounts, under what they are; of a correction three of them.
    tables: Vec<(String, Vec<Component>)>,
    follows: Vec<String>,
    /// In whose names this person may approve: what the form says, and how it is shown.
    ways: Vec<(String, String)>,
    reasons: Vec<&'static str>,
    unknown: String,
    version: u32,
    calc_hash: String,
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
    let case = approvals::one(app, &id).await?;
    let person = session.holder.person.as_deref();
    let header = case.state.header();
    let approval = &case.approval;
    let ways = ways(app, &case, person, app.api.clock.now());
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
        what: case.what(),
        is_open: workflow::approvals::is_open(approval),
        rma: header.rma_number.clone(),
        customer: header.customer_account.clone(),
        rules: approval.rule_ids.join(", "),
        money: case
            .money()
            .map_or_else(|| "none".to_owned(), |money| money.to_string()),
        compared: compared.unwrap_or_default(),
        missing: stake::missing(approval),
        of: session
            .holder
            .may(Scope::ReturnsRead)
            .then(|| path_of("returns", &header.return_id)),
        tables: tables(&case, &app.policies()),
        follows: case.follows(),
        ways: ways
            .into_iter()
            .map(|whom| match whom {
                None => (String::new(), "myself".to_owned()),
                Some(user) => (user.clone(), format!("on behalf of {user}")),
            })
            .collect(),
        reasons: DenialReason::ALL.iter().map(|why| why.word()).collect(),
        unknown: unknown(app, &session),
        version: approval.version,
        calc_hash: approval.calc_hash.clone(),
        key: act::key()?,
        here: path_of("approvals", &approval.approval_id),
        facts: facts::approval(&session.holder.shown_approval(approval.clone())),
    })
}

/// The amounts of the calculation; of a correction what is new, what is posted and the difference.
fn tables(case: &Case, policies: &PolicySet) -> Vec<(String, Vec<Component>)> {
    let calculation = case.calculation(policies);
    let Some(correction) = case.correction(policies) else {
        let amounts = calculation.as_ref().map(facts::amounts);
        return amounts
            .map(|amounts| ("Amounts".to_owned(), amounts))
            .into_iter()
            .collect();
    };
    let money = |minor| Money::new(minor, correction.difference.ccy);
    let new = match &correction.new {
        Some(new) => (
            format!(
                "New, by what is known of the goods now: gross {}",
                money(new.totals.gross_minor)
            ),
            facts::amounts(new),
        ),
        None => (
            "New: nothing is credited for the goods any more".to_owned(),
            Vec::new(),
        ),
    };
    let posted = &correction.posted;
    let posted = format!(
        "Posted so far in credit memo {}: net {}, tax {}, gross {}",
        correction.document_no,
        money(posted.net_minor),
        money(posted.tax_minor),
        money(posted.gross_minor)
    );
    let difference = format!(
        "Difference, new less posted: gross {}",
        money(correction.difference.totals.gross_minor)
    );
    vec![
        new,
        (posted, Vec::new()),
        (difference, facts::amounts(&correction.difference)),
    ]
}

/// Takes an answer; the same form is one answer, however often it is sent.
pub(super) async fn decide(sent: Sent) -> Result<Response, Problem> {
    let wrong = |detail: &str| Problem::bad_request("console.form", detail);
    let version = sent.get("version").parse::<u32>();
    let version = version.map_err(|_| wrong("The form does not say which version you saw."))?;
    let whom = sent.get("on_behalf_of");
    let mut asked = json!({
        "calc_hash": sent.get("calc_hash"), "version": version, "reason": sent.get("comment").trim(),
        "on_behalf_of": (!whom.is_empty()).then_some(whom),
    });
    let is_yes = match sent.get("do") {
        "approve" => true,
        "reject" => {
            let code = sent.get("reason").parse::<DenialReason>();
            let code = code
                .map_err(|_| wrong("A rejection needs a reason code. Go back and choose one."))?;
            asked["code"] = json!(code);
            false
        }
        _ => return Err(wrong("The form says neither yes nor no.")),
    };
    let post = sent.post_and_wait(&sent.id, &asked)?;
    let answer = if is_yes {
        approvals::approve(post).await
    } else {
        approvals::reject(post).await
    };
    act::said(answer).await?;
    Ok(Redirect::to(&path_of("approvals", &sent.id)).into_response())
}

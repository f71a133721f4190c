//! `/returns/{id}/identification`: somebody says whose goods are that came without a return.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::Reason;
use http::StatusCode;
use serde_json::{Value, json};
use store::ReturnRow;
use workflow::ReturnState;

use super::super::door::Form;
use super::super::frame::{Frame, Part, written};
use super::super::sent::Sent;
use super::super::session::Session;
use super::super::{Console, act, path_of};
use super::sale::{self, SaleFields, SaleLine};
use crate::ask::Named;
use crate::problem::{FieldError, Problem};
use crate::returns::{find, identify};

#[derive(Template)]
#[template(path = "identify.html")]
struct IdentifyPage {
    frame: Frame,
    rma: String,
    of: String,
    here: String,
    entity: String,
    site: String,
    /// What came: item, quantity.
    goods: Vec<(String, String)>,
    /// Open returns that expect such goods: RMA number, address.
    candidates: Vec<(String, String)>,
    /// The return that was named in this form.
    named: String,
    sale: SaleFields,
    lines: Vec<SaleLine>,
    reasons: Vec<&'static str>,
    channel: String,
    why: String,
    key: String,
    wrong: String,
    errors: Vec<FieldError>,
}

/// Shows what is known of the goods, and asks whose they are.
pub(in crate::pages) async fn ask(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let row = find::find(&console.app, &name).await?;
    let state = find::state(&row)?;
    if !state.waits_for_identification() {
        let detail = "This return holds no goods that wait for somebody to say whose they are.";
        return Err(Problem::conflict("console.not-unannounced", detail));
    }
    let (sale, lines) = sale::known(&state);
    shown(
        &session,
        (&row, &state),
        (sale, lines),
        &Form::default(),
        None,
    )
}

fn shown(
    session: &Session,
    (row, state): (&ReturnRow, &ReturnState),
    (sale, lines): (SaleFields, Vec<SaleLine>),
    form: &Form,
    wrong: Option<Problem>,
) -> Result<Response, Problem> {
    let of = path_of("returns", &row.return_id);
    let status = wrong
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let (wrong, errors) = wrong.map_or_else(Default::default, |p| (p.detail, p.errors));
    let goods = state.lines().iter().map(|line| {
        let held = line.buckets.get(workflow::Bucket::UnmatchedHold);
        (line.line.sku.clone(), format!("{held} on hold"))
    });
    let candidates = state.could_belong_to().iter();
    let candidates = candidates.map(|number| (number.clone(), path_of("returns", number)));
    let page = IdentifyPage {
        frame: Frame::new(
            Some(session),
            Part::Returns,
            format!("Whose goods are these? {}", row.rma_number),
        ),
        rma: row.rma_number.clone(),
        here: format!("{of}/identification"),
        of,
        entity: row.entity.clone(),
        site: row.site.clone(),
        goods: goods.collect(),
        candidates: candidates.collect(),
        named: form.get("return").to_owned(),
        sale,
        lines,
        reasons: Reason::ALL.iter().map(|reason| reason.word()).collect(),
        channel: form.get("sender_channel").to_owned(),
        why: form.get("reason").to_owned(),
        key: act::key()?,
        wrong,
        errors,
    };
    written(status, &page)
}

/// Takes what was found out; the same form is one answer, however often it is sent.
pub(in crate::pages) async fn say(
    Extension(session): Extension<Session>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (app, form) = (&sent.console.app, &sent.form);
    let row = find::find(app, &sent.id).await?;
    let asked = json!({ "found": found(&row, form)?, "reason": form.get("reason").trim() });
    let post = sent.post_and_wait(&row.return_id, &asked)?;
    match act::said(identify(post).await).await {
        Ok(_) => Ok(Redirect::to(&path_of("returns", &row.return_id)).into_response()),
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => {
            let state = find::state(&row)?;
            let filled = (SaleFields::filled(form), sale::lines(form));
            shown(&session, (&row, &state), filled, form, Some(problem))
        }
    }
}

/// What the form says, as the API takes it.
fn found(row: &ReturnRow, form: &Form) -> Result<Value, Problem> {
    match form.get("outcome") {
        "sale" => Ok(sale::told(&row.return_id, form)),
        "return" => Ok(json!({ "outcome": "RETURN", "return_id": form.get("return").trim() })),
        "unidentifiable" => {
            let channel = form.get("sender_channel").trim();
            let channel = (!channel.is_empty()).then_some(channel);
            Ok(json!({ "outcome": "UNIDENTIFIABLE", "channel": channel }))
        }
        _ => {
            let detail = "The form does not say whose the goods are.";
            Err(Problem::bad_request("console.form", detail))
        }
    }
}

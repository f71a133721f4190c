//! A return as it is shown.

use std::collections::BTreeMap;

use canonical::approval::Approval;
use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{DenialReason, Lifecycle, Qty};
use jiff::Timestamp;
use serde::Serialize;
use store::ReturnRow;
use utoipa::ToSchema;
use workflow::{CreditRecord, ReturnState};

use crate::mask;
use crate::openapi::named;

/// How a return stands, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// Our id.
    pub(crate) return_id: String,
    /// RMA number.
    pub(crate) rma_number: String,
    /// Version: grows by one with each change; the ETag is made of it.
    pub(crate) version: u64,
    /// Legal entity.
    pub(crate) legal_entity: String,
    /// Site that the goods go to.
    pub(crate) site: String,
    /// Customer account.
    pub(crate) customer: String,
    /// Lifecycle (REQUESTED, AUTHORIZED, …).
    pub(crate) status: String,
    /// Business status code (R100 … R900).
    pub(crate) business_code: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

/// How that return stands.
pub(crate) fn standing(row: &ReturnRow) -> Standing {
    Standing {
        return_id: row.return_id.clone(),
        rma_number: row.rma_number.clone(),
        version: row.version,
        legal_entity: row.entity.clone(),
        site: row.site.clone(),
        customer: row.customer.clone(),
        status: row.lifecycle.clone(),
        business_code: row.business_code.clone(),
        updated_at: row.updated_at,
    }
}

/// What was decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReturnDecision)]
pub(crate) enum Decision {
    /// Goods may come.
    Authorised,
    /// It is refused; `denial` says why.
    Declined,
    /// A person decides, or something is missing.
    Pending,
    /// It was withdrawn.
    Withdrawn,
}

pub(super) fn decision(state: &ReturnState) -> Decision {
    match state.lifecycle() {
        Lifecycle::Requested | Lifecycle::PendingAuthorization => Decision::Pending,
        Lifecycle::Declined => Decision::Declined,
        Lifecycle::Cancelled => Decision::Withdrawn,
        Lifecycle::Authorized
        | Lifecycle::Expired
        | Lifecycle::InProgress
        | Lifecycle::Settled
        | Lifecycle::Closed => Decision::Authorised,
    }
}

/// A return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReturnView {
    #[serde(flatten)]
    pub(super) standing: Standing,
    /// What was decided.
    pub(super) decision: Decision,
    /// Why it was declined: a code of the list of X12 element 1294, by our word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(super) denial: Option<DenialReason>,
    /// The business status in words.
    pub(super) meaning: String,
    /// Where the goods are (AWAITING, RECEIVED, …).
    pub(super) logistics_status: String,
    /// How far the inspection is.
    pub(super) inspection_status: String,
    /// How far the money is.
    pub(super) compensation_status: String,
    /// Its head.
    #[schema(schema_with = header)]
    pub(super) header: ReturnHeader,
    /// Its lines.
    pub(super) lines: Vec<LineView>,
    /// Approvals that wait for somebody.
    #[schema(schema_with = approvals)]
    pub(super) open_approvals: Vec<Approval>,
    /// Credits, calculated or posted.
    pub(super) credits: Vec<CreditView>,
}

impl ReturnView {
    /// The same without what is personal in it.
    pub(super) fn covered(mut self) -> Self {
        for line in &mut self.lines {
            if let Some(note) = &mut line.line.customer_note {
                mask::COVER.clone_into(note);
            }
        }
        self.open_approvals
            .iter_mut()
            .for_each(mask::cover_in_approval);
        self
    }
}

/// A line of a return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LineView {
    /// As requested and authorised.
    #[schema(schema_with = line)]
    pub(super) line: ReturnLine,
    /// Where its quantity is: bucket to base units (decimal texts).
    #[schema(value_type = BTreeMap<String, String>)]
    pub(super) quantities: BTreeMap<String, Qty>,
}

/// A credit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CreditView {
    /// Version of its calculation.
    pub(super) version: u32,
    /// State (pending_approval, posting, credited, …).
    #[schema(value_type = String)]
    pub(super) state: workflow::CreditState,
    /// Gross, minor units of the invoice's currency.
    pub(super) gross_minor: i64,
    /// What the customer gets, minor units of the invoice's currency.
    pub(super) payable_minor: i64,
    /// Currency (ISO 4217).
    pub(super) currency: String,
    /// Effect that posts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) effect_key: Option<String>,
}

fn header() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    named("ReturnHeader")
}

fn line() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    named("ReturnLine")
}

fn approvals() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::Array::new(named("Approval"))
}

/// That return in full.
pub(super) fn view(row: &ReturnRow, state: &ReturnState) -> ReturnView {
    let status = state.standing(row.updated_at);
    let header = state.header();
    let quantities = |line: &workflow::LineState| {
        let held = line.buckets.held();
        held.map(|(bucket, qty)| (bucket.word().to_owned(), qty))
            .collect()
    };
    let credit = |credit: &CreditRecord| CreditView {
        version: credit.version,
        state: credit.state,
        gross_minor: credit.gross_minor,
        payable_minor: credit.payable_minor,
        currency: header.currency.code().to_owned(),
        effect_key: credit.effect_key.as_ref().map(|key| key.0.clone()),
    };
    ReturnView {
        standing: standing(row),
        decision: decision(state),
        denial: state.denial(),
        meaning: state.business_code().sentence().to_owned(),
        logistics_status: status.logistics_status.word().to_owned(),
        inspection_status: status.inspection_status.word().to_owned(),
        compensation_status: status.compensation_status.word().to_owned(),
        header: header.clone(),
        lines: state
            .lines()
            .iter()
            .map(|line| LineView {
                line: line.line.clone(),
                quantities: quantities(line),
            })
            .collect(),
        open_approvals: state.open_approvals().cloned().collect(),
        credits: state.credits().iter().map(credit).collect(),
    }
}

/// The ETag of a version.
pub(super) fn etag(version: u64) -> String {
    format!("\"v{version}\"")
}

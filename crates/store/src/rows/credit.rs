//! Credits as other returns see them, and approvals by their id.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a credit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CreditState {
    /// Calculated, waiting or being posted: counts.
    Open,
    /// In the ERP: counts.
    Credited,
    /// Refused or replaced: does not count.
    Gone,
}

/// What of a credit goes back to one invoice. Known by (return, version, invoice); writing it again changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditRow {
    /// The return.
    pub return_id: String,
    /// Version of its calculation.
    pub calc_version: u32,
    /// Invoice: "entity|invoice"; "entity|" without one.
    pub invoice: String,
    /// Legal entity.
    pub entity: String,
    /// Customer account.
    pub customer: String,
    /// Ground (RECEIVED_INSPECTED, CREDIT_ONLY, …).
    pub basis: String,
    /// Gross in minor units of base currency: 0 to 10^15.
    pub gross_minor: i64,
    /// When it was calculated.
    pub at: Timestamp,
    /// Where it stands.
    pub state: CreditState,
}

/// A question about what a customer was credited, by other returns than the one that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The return that asks.
    pub return_id: String,
    /// Customer account.
    pub customer: String,
    /// Invoices to add up by.
    pub invoices: Vec<String>,
    /// Credits since then are added up.
    pub since: Timestamp,
    /// Legal entity, and since when credits without receipt (CREDIT_ONLY) are counted; none: not asked.
    pub no_receipt: Option<(String, Timestamp)>,
}

/// The answer to a [`HistoryQuery`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFound {
    /// Gross of the credits that count, by invoice in the order asked, minor units.
    pub rolling: Vec<(String, i64)>,
    /// Returns that were credited without receipt; none if not asked.
    pub no_receipt: Option<u32>,
}

/// What a unit was decided on: still the answer when the unit is written, or the unit is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRead {
    /// The question.
    pub query: HistoryQuery,
    /// The answer that was given.
    pub found: HistoryFound,
}

/// An approval and the return that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalRow {
    /// Its id. Unique for ever.
    pub approval_id: String,
    /// The return; its state has everything else.
    pub return_id: String,
    /// True while it takes decisions.
    pub is_open: bool,
}

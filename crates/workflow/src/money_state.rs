//! What is kept of disposed pieces, credits and effects.

use canonical::command::CreditMemo;
use canonical::{
    Condition, DispositionAction, EffectKey, EffectKind, EffectResult, Liability, Qty, StockStatus,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::credit::{Amounts, Carried};
use crate::facts::Piece;
use crate::history::CreditShare;
use crate::state::is_false;
use crate::tax::TaxStand;

/// What is credited for a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceCredit {
    /// A later inspection decides (quarantine).
    Provisional,
    /// No rule of the policy answers yet.
    Unruled,
    /// Due, in no credit yet.
    Due,
    /// In a credit that is under way.
    Reserved,
    /// Credited.
    Credited,
    /// Credited before it came; that credit is not one of its own.
    Advanced,
    /// Replaced before it came: nothing is credited for it.
    Replaced,
    /// Nothing.
    None,
    /// It was credited, and the credit was taken back.
    Reversed,
}

/// Pieces of a line that an allocation disposed, on consecutive units of the invoice line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Return line.
    pub line_no: u32,
    /// Disposition.
    pub disposition: String,
    /// Allocation within it.
    pub allocation: String,
    /// Number of the portion, from 1; higher ones when an allocation had to be applied in parts.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub portion: u32,
    /// What was done.
    pub action: DispositionAction,
    /// Status in which the goods ended; none if stock did not move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<StockStatus>,
    /// Site where they ended.
    pub site: String,
    /// Units, in base units.
    pub qty: Qty,
    /// Units of the invoice line; none for what came beyond the authorised quantity and is never credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<(Qty, Qty)>,
    /// Who bears it.
    pub liability: Liability,
    /// What is credited.
    pub credit: SliceCredit,
    /// Version of the credit it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calc_version: Option<u32>,
    /// Liability that the disposition itself named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) named_liability: Option<Liability>,
    /// The inspected pieces it consists of.
    pub(crate) pieces: Vec<Piece>,
}

impl Slice {
    /// The worst condition among its pieces.
    pub fn condition(&self) -> Option<Condition> {
        self.pieces.iter().map(|piece| piece.condition).max()
    }

    /// Disposition and allocation: "D1/1"; empty for what is credited without goods.
    pub fn of(&self) -> String {
        if self.disposition.is_empty() {
            return String::new();
        }
        format!("{}/{}", self.disposition, self.allocation)
    }

    /// Names the stock movement of its portion: what [`EffectRecord::of`] says of that effect.
    pub fn movement(&self) -> String {
        movement_of(&self.disposition, &self.allocation, self.portion)
    }
}

const fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
const fn is_one(portion: &u32) -> bool {
    *portion == 1
}

/// Names a stock movement within the return.
pub(crate) fn movement_of(disposition: &str, allocation: &str, portion: u32) -> String {
    format!("{disposition}/{allocation}/{portion}")
}

/// Where a credit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditState {
    /// Calculated; stopped by a hold of the return.
    Held,
    /// Waits for approval.
    PendingApproval,
    /// Refused by a person.
    Refused,
    /// Released to the ERP.
    Posting,
    /// Confirmed by the ERP.
    Credited,
    /// Replaced by a later calculation.
    Superseded,
    /// Posted, and taken back as a whole.
    Reversed,
}

/// A credit. The calculation itself is a pure function of its slices and is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditRecord {
    /// Version of the calculation.
    pub version: u32,
    /// Its hash.
    pub calc_hash: String,
    /// As of.
    pub as_of: Timestamp,
    /// Gross, minor units of the invoice's currency.
    pub gross_minor: i64,
    /// What the customer gets, minor units of the invoice's currency.
    pub payable_minor: i64,
    /// State.
    pub state: CreditState,
    /// Approval it waits or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The credit memo's effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect_key: Option<EffectKey>,
    /// The memo being posted, while a partner is still to be told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<Box<CreditMemo>>,
    /// What of it goes back to which invoice, for the sums of other returns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<CreditShare>,
    /// How it stands with the tax engine, if that is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxStand>,
    /// What it was told of the return's other credits, and what of it they are told.
    #[serde(default, skip_serializing_if = "Carried::is_nothing")]
    pub carried: Carried,
    /// Version of the memo that it corrects. Its amounts are differences then, below zero when the customer gives back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<u32>,
    /// Of a correction: what is posted of the memo in all once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Box<Amounts>>,
    /// Of a correction: the difference that it posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Box<Amounts>>,
    /// Of a memo whose goods were looked at again, or that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) book: Option<Box<Book>>,
}

/// What must be known of a memo to correct it or to take it back: written down before its slices change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    /// Units that it covers: return line, first unit, one past the last.
    pub(crate) units: Vec<(u32, Qty, Qty)>,
    /// What is posted of it in all, with its corrections.
    pub(crate) posted: Amounts,
    /// Its goods were looked at again, and it is not corrected yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) stale: bool,
    /// It is being taken back, or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reversal: Option<Reversal>,
}

impl Book {
    /// True if the slice covers units of the memo.
    pub(crate) fn covers(&self, slice: &Slice) -> bool {
        slice.at.is_some_and(|(from, to)| {
            let mut units = self.units.iter();
            units.any(|(line, a, b)| *line == slice.line_no && from < *b && *a < to)
        })
    }
}

/// A memo that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reversal {
    /// The request.
    pub(crate) request_id: String,
    /// Effects that take it and its corrections back.
    pub(crate) effects: Vec<EffectKey>,
    /// Its units are credited anew.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) again: bool,
}

/// What the return knows of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Waits for other effects.
    Planned,
    /// May be sent, or was.
    Ready,
    /// Applied.
    Confirmed,
    /// Refused, ambiguous or given up; a replay may still confirm it.
    Blocked(EffectResult),
    /// Withdrawn before it was ready.
    Cancelled,
}

/// An effect of the return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// Key.
    pub key: EffectKey,
    /// Kind.
    pub kind: EffectKind,
    /// State.
    pub state: EffectState,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<EffectKey>,
    /// Disposition, allocation and portion of a stock movement, item of one into hold; milestone of a message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// Number of the document in the target, once confirmed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document_no: String,
}

//! What is kept of receipts, inspections and snapshots.

use canonical::{Condition, InspectionResult, Liability, Qty};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buckets::Bucket;
use crate::state::is_false;

/// A receipt, known by (site, id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceiptRecord {
    pub(crate) site: String,
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<ReceivedLine>,
    /// Taken back. A reversal that came before its receipt leaves a record without lines.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) reversed: bool,
}

/// A line of a receipt, as told, and where its goods went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceivedLine {
    pub(crate) id: String,
    pub(crate) sku: String,
    pub(crate) qty: Qty,
    pub(crate) uom: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) serials: Vec<String>,
    /// Serial numbers that were accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accepted_serials: Vec<String>,
    /// Empty for goods that belong to no line: they are held apart, `qty` in `uom`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<Part>,
}

/// Base units of a received line that went to a bucket of a return line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) line_no: u32,
    /// Where they came from: what was expected, or the contra account.
    pub(crate) from: Bucket,
    pub(crate) to: Bucket,
    pub(crate) qty: Qty,
}

/// An inspection, known by id; the highest version counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InspectionRecord {
    pub(crate) id: String,
    pub(crate) version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inspector: Option<String>,
}

/// Pieces with one finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) inspection: String,
    pub(crate) qty: Qty,
    pub(crate) result: InspectionResult,
    pub(crate) condition: Condition,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) liability: Option<Liability>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) serials: Vec<String>,
}

impl Piece {
    /// Takes up to `wanted` off this piece, with the serial numbers that go with it.
    pub(crate) fn split(&mut self, wanted: Qty) -> Self {
        let taken = wanted.min(self.qty);
        let whole = usize::try_from(taken.millionths() / Qty::UNIT).unwrap_or(0);
        let serials = self
            .serials
            .drain(..whole.min(self.serials.len()))
            .collect();
        self.qty = self.qty.minus_floor(taken);
        Self {
            qty: taken,
            serials,
            inspection: self.inspection.clone(),
            result: self.result,
            condition: self.condition,
            liability: self.liability,
        }
    }
}

/// The highest a snapshot feed of a site has told of an item, in base units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SnapshotMark {
    pub(crate) site: String,
    pub(crate) sku: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_no: Option<u32>,
    pub(crate) updated_at: Timestamp,
    pub(crate) received: Qty,
    pub(crate) restocked: Qty,
    pub(crate) scrapped: Qty,
}

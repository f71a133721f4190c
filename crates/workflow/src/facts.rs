//! What is kept of receipts, inspections and snapshots.

use canonical::receipt::ReceiptReversal;
use canonical::{Condition, InspectionResult, Liability, Qty};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buckets::Bucket;
use crate::state::is_false;

/// A receipt, known by (site, id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceiptRecord {
    /// Connector instance that told of it first; empty if an older version wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) connector: String,
    pub(crate) site: String,
    pub(crate) id: String,
    /// When the goods came; none if only its reversal was heard of, or an older version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) received_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<ReceivedLine>,
    /// Taken back as a whole. A reversal that came before its receipt leaves a record without lines.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) reversed: bool,
    /// Reversals that took a part of it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) taken_back: Vec<String>,
    /// Reversals of a part of it that came before it. Kept whole: they are rare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) waiting: Vec<ReceiptReversal>,
}

impl ReceiptRecord {
    /// True if that reversal took a part of it back, or waits to do so.
    pub(crate) fn knows(&self, reversal_id: &str) -> bool {
        let waits = |waiting: &ReceiptReversal| waiting.reversal_id == reversal_id;
        self.taken_back.iter().any(|id| id == reversal_id) || self.waiting.iter().any(waits)
    }
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lots: Vec<String>,
    /// Serial numbers that were accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accepted_serials: Vec<String>,
    /// Empty for goods that belong to no line: they are held apart, `qty` less `gone`, in `uom`. What is taken back
    /// leaves its part behind, with less or nothing in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<Part>,
    /// Taken back, of goods that belong to no line.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(crate) gone: Qty,
    /// Came late, as the return stood then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) late: bool,
}

impl ReceivedLine {
    /// Base units that are in buckets of the return's lines.
    pub(crate) fn placed(&self) -> Qty {
        Qty::from_millionths(self.parts.iter().map(|part| part.qty.millionths()).sum())
    }

    /// Goods that belong to no line, in `uom`.
    pub(crate) fn stray(&self) -> Qty {
        if self.parts.is_empty() {
            self.qty.minus_floor(self.gone)
        } else {
            Qty::ZERO
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_nothing(qty: &Qty) -> bool {
    qty.is_zero()
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
    /// When it was finished; none if an older version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finalized_at: Option<Timestamp>,
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
    /// The site's record that counts, if it is another one than that of the return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
    pub(crate) sku: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_no: Option<u32>,
    pub(crate) updated_at: Timestamp,
    pub(crate) received: Qty,
    pub(crate) restocked: Qty,
    pub(crate) scrapped: Qty,
}

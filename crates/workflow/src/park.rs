//! What came before its turn, kept compactly until it can be applied.

use canonical::disposition::Disposition;
use canonical::event::GoodsInTransit;
use canonical::inspection::Inspection;
use canonical::receipt::{Receipt, ReceiptReversal, Snapshot};
use canonical::{Condition, DispositionAction, InspectionResult, Liability, Qty, StockStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A fact that came before the return was authorised. Kept whole: it is rare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Early {
    InTransit(GoodsInTransit),
    Receipt(Receipt),
    Reversal(ReceiptReversal),
    Inspection(Inspection),
    Disposition(Disposition),
    Snapshot(Snapshot),
}

/// Pieces that were inspected but have not come yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParkedFinding {
    pub(crate) inspection: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_no: Option<u32>,
    pub(crate) sku: String,
    /// Base units.
    pub(crate) qty: Qty,
    pub(crate) result: InspectionResult,
    pub(crate) condition: Condition,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) liability: Option<Liability>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) serials: Vec<String>,
}

/// A disposition whose pieces are not all inspected yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParkedDisposition {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inspection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reverses: Option<String>,
    pub(crate) site: String,
    pub(crate) at: Timestamp,
    pub(crate) allocations: Vec<ParkedAllocation>,
}

/// An allocation that waits, wholly or for the rest of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParkedAllocation {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_no: Option<u32>,
    pub(crate) sku: String,
    /// Base units that are left to be applied.
    pub(crate) qty: Qty,
    /// Number of the next portion, from 1.
    pub(crate) portion: u32,
    pub(crate) action: DispositionAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target_status: Option<StockStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target_site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) liability: Option<Liability>,
}

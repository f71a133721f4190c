//! A disposition: what is done with inspected goods.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{DispositionAction, Liability, StockStatus};
use crate::quantity::Qty;
use crate::receipt::FactSource;

/// It was decided what to do with some pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disposition {
    /// The sender's id.
    pub disposition_id: String,
    /// Inspection it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection_id: Option<String>,
    /// Disposition that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses_disposition_id: Option<String>,
    /// Which message told it.
    pub source: FactSource,
    /// Site.
    pub site: String,
    /// When.
    pub decided_at: Timestamp,
    /// Allocations by quantity, at least one.
    pub allocations: Vec<Allocation>,
}

/// What is done with a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Allocation {
    /// Id within the disposition.
    pub allocation_id: String,
    /// Return line, if the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Item.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// The warehouse's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it means.
    pub action: DispositionAction,
    /// Status in which the goods end, if other than the action's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_stock_status: Option<StockStatus>,
    /// Site where they end, if other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_site: Option<String>,
    /// Bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_bin: Option<String>,
    /// Who bears it; by the inspection, else by the reason of the return, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liability: Option<Liability>,
}

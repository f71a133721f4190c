//! An inspection: what the goods turned out to be.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{Condition, InspectionResult, Liability};
use crate::quantity::Qty;
use crate::receipt::FactSource;

/// Goods were inspected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// The sender's id.
    pub inspection_id: String,
    /// Version; a re-inspection is a higher one. From 1.
    #[serde(default = "first")]
    pub version: u32,
    /// Version that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<u32>,
    /// Which message told it.
    pub source: FactSource,
    /// Site.
    pub site: String,
    /// Who inspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspector: Option<String>,
    /// Begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Finished.
    pub finalized_at: Timestamp,
    /// What was found, at least one.
    pub findings: Vec<Finding>,
}

/// What was found of some pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Receipt that they came with, if the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<String>,
    /// Line of that receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_line_id: Option<String>,
    /// Return line, if the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Item.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
    /// Result.
    pub result: InspectionResult,
    /// Condition.
    pub condition: Condition,
    /// The inspector's grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Defect codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defect_codes: Vec<String>,
    /// Links to photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// Who bears it; by the reason of the return if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liability: Option<Liability>,
}

const fn first() -> u32 {
    1
}

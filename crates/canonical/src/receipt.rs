//! A receipt: the immutable fact that goods arrived.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{Condition, MatchMethod, Semantics};
use crate::quantity::Qty;

/// Which message told a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactSource {
    /// Connector instance.
    pub adapter: String,
    /// The sender's message id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The sender's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Line of that document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_line: Option<String>,
    /// The sender's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What a message of this feed means.
    pub semantics: Semantics,
}

/// Goods arrived at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The sender's id of the receipt; with `site` it names the receipt for ever.
    pub receipt_id: String,
    /// Which message told it.
    pub source: FactSource,
    /// When the goods physically arrived. Cycle times count from here.
    pub received_at: Timestamp,
    /// When the sender reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// Where.
    pub site: String,
    /// Dock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dock: Option<String>,
    /// License plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lpn: Option<String>,
    /// Tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_no: Option<String>,
    /// Carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// What arrived, at least one line.
    pub lines: Vec<ReceiptLine>,
}

/// A line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptLine {
    /// Id within the receipt.
    pub receipt_line_id: String,
    /// Item as scanned.
    pub sku_scanned: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Return line it belongs to, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// How it was matched.
    #[serde(default = "by_rma")]
    pub match_method: MatchMethod,
    /// Serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
    /// Lots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<String>,
    /// Expiry of the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<jiff::civil::Date>,
    /// Condition seen at the dock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_at_dock: Option<Condition>,
}

/// A receipt taken back by the warehouse, wholly or in part. A new fact; the old one stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptReversal {
    /// Id of the reversal.
    pub reversal_id: String,
    /// The receipt taken back.
    pub reverses_receipt_id: String,
    /// Site of the receipt.
    pub site: String,
    /// Which message told it.
    pub source: FactSource,
    /// When.
    pub reversed_at: Timestamp,
    /// How much of it is taken back; none for the whole receipt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ReversalLine>,
}

/// Goods of a receipt that are taken back, while the rest of it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReversalLine {
    /// Item, as the receipt named it.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Return line it belongs to, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
}

/// What a warehouse's system says it has so far, for one item of a return (snapshot feeds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotItem {
    /// Item.
    pub sku: String,
    /// Return line, if the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Unit of measure.
    pub uom: String,
    /// Received so far.
    pub received: Qty,
    /// Of that, put back to available stock (inspected and found good).
    #[serde(default)]
    pub restocked: Qty,
    /// Of that, scrapped (inspected and found bad).
    #[serde(default)]
    pub scrapped: Qty,
}

/// The whole state of a return in a warehouse's system. The workflow derives what is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// Where.
    pub site: String,
    /// Which message told it.
    pub source: FactSource,
    /// As of. Older ones are ignored.
    pub updated_at: Timestamp,
    /// Name of the warehouse's record that counts, where it is not that of the return: of goods that were handed over to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Items.
    pub items: Vec<SnapshotItem>,
}

fn by_rma() -> MatchMethod {
    MatchMethod::Rma
}

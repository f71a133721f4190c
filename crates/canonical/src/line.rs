//! A line of a return.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{Reason, TrackingMode};
use crate::invoice::{InvoiceRef, InvoicedSnapshot};
use crate::money::Money;
use crate::quantity::{Qty, Ratio};

/// Which order line the goods were sold on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderRef {
    /// Order number.
    pub order: String,
    /// Line of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// Line of the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_line: Option<String>,
}

/// Return to the supplier that goes with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupplierReturn {
    /// Supplier.
    pub supplier: String,
    /// The supplier's RMA number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier_rma: Option<String>,
    /// True if nothing may be shipped without it.
    #[serde(default)]
    pub rma_required: bool,
}

/// When a replacement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReplacementMode {
    /// Before the goods come back.
    UpFront,
    /// When the disposition says so.
    ByDisposition,
}

/// Replacement that goes with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// Item to send.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// From which site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When.
    pub mode: ReplacementMode,
}

/// Something that shows why goods are claimed for: a photo, a carrier's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Kind, as the policy names it: "photo".
    pub kind: String,
    /// Where it is kept: an address or a number in the asking system.
    pub reference: String,
}

/// A line as requested and authorised. Quantities that change over its life are kept by the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnLine {
    /// Number within the return, from 1. Stable.
    pub line_no: u32,
    /// Id, unique over all returns.
    pub line_id: String,
    /// The line this one was split from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_line_id: Option<String>,
    /// Order line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<OrderRef>,
    /// Invoice line; without it a credit is on account and needs approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_ref: Option<InvoiceRef>,
    /// Item.
    pub sku: String,
    /// GTIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// The customer's item number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_sku: Option<String>,
    /// Quantity asked for, in `uom`.
    pub qty_requested: Qty,
    /// Quantity allowed, in `uom`; zero until authorised.
    #[serde(default)]
    pub qty_authorized: Qty,
    /// Unit of measure (UN/ECE Recommendation 20 code, packaging of Recommendation 21 with X in front).
    pub uom: String,
    /// Base units in one `uom`.
    #[serde(default)]
    pub base_per_uom: Ratio,
    /// Why it comes back.
    pub reason: Reason,
    /// The customer's words (at most 300 characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_note: Option<String>,
    /// How pieces are followed.
    #[serde(default = "no_tracking")]
    pub tracking_mode: TrackingMode,
    /// Serial numbers that were shipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_serials: Vec<String>,
    /// Lots that were shipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_lots: Vec<String>,
    /// The invoice line, frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoiced: Option<InvoicedSnapshot>,
    /// What the customer says one `uom` cost, in the measure of the invoiced amount (net, or gross if prices include tax).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_unit_price: Option<Money>,
    /// Return to the supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier_return: Option<SupplierReturn>,
    /// Replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// What shows that the claim is true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

fn no_tracking() -> TrackingMode {
    TrackingMode::None
}

//! Commands before, without and after goods: recoveries of advances, replacements, returns to suppliers.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CreditMemoLine;
use crate::codes::Reason;
use crate::key::EffectKey;
use crate::line::ReplacementMode;
use crate::money::Money;
use crate::quantity::Qty;

/// An invoice for what was credited or replaced in advance and did not come back, or came back worse than assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryInvoice {
    /// Key of the advance: its credit memo, or its first replacement order.
    pub recovers: EffectKey,
    /// Number of that document in its target; empty if it is not known.
    #[serde(default)]
    pub document_no: String,
    /// Account to invoice.
    pub bill_to: String,
    /// Currency of the amounts.
    pub ccy: crate::currency::Currency,
    /// Date of the document.
    pub document_date: Date,
    /// Date of posting when it is another than that of the document: the first day after a closed period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<Date>,
    /// Lines; amounts are what the customer owes, never negative.
    pub lines: Vec<CreditMemoLine>,
    /// Net of the whole, minor units.
    pub net_minor: i64,
    /// Tax on the whole, minor units.
    pub tax_minor: i64,
    /// Why.
    pub reason: String,
}

impl RecoveryInvoice {
    /// What the customer owes.
    pub const fn amount(&self) -> Money {
        Money::new(self.net_minor.saturating_add(self.tax_minor), self.ccy)
    }
}

/// Goods to be sent to the customer instead of those that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementOrder {
    /// Return line.
    pub line_no: u32,
    /// Item to send.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Site that sends it; empty if the target chooses.
    #[serde(default)]
    pub from_site: String,
    /// Before the goods are back, or because of a disposition.
    pub mode: ReplacementMode,
    /// Order that the returned goods were sold on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// Goods to be sent to their supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupplierReturnOrder {
    /// Supplier.
    pub supplier: String,
    /// The supplier's RMA number; empty if it wants none.
    #[serde(default)]
    pub supplier_rma: String,
    /// Return line.
    pub line_no: u32,
    /// Item.
    pub sku: String,
    /// How many, in base units.
    pub base_qty: Qty,
    /// Base unit of measure.
    pub uom: String,
    /// Site where they stand.
    pub site: String,
    /// Disposition that sends them.
    pub disposition_id: String,
    /// Why the customer sent them back.
    pub reason: Reason,
    /// Serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
}

/// A claim on the supplier for goods that are sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupplierClaim {
    /// The goods.
    pub goods: SupplierReturnOrder,
    /// What they cost us, if the invoice line says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

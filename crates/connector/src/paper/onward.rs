//! Papers of goods that go on: other goods to the customer, returned goods to their supplier.

use canonical::command::{ReplacementOrder, SupplierClaim, SupplierReturnOrder};
use canonical::line::ReplacementMode;
use serde::Serialize;

/// Goods to be sent to the customer instead of those that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplacementPaper {
    /// Number of the return line.
    pub number: u32,
    /// The article to send.
    pub item: String,
    /// How many.
    pub quantity: String,
    /// In which unit.
    pub unit: String,
    /// Site that sends it; empty if the ERP chooses.
    pub from_site: String,
    /// True if it goes out before the goods are back.
    pub up_front: bool,
    /// The sales order of the returned goods, if known.
    pub order: Option<String>,
}

impl ReplacementPaper {
    pub(super) fn of(order: &ReplacementOrder) -> Self {
        Self {
            number: order.line_no,
            item: order.sku.clone(),
            quantity: order.qty.to_string(),
            unit: order.uom.clone(),
            from_site: order.from_site.clone(),
            up_front: order.mode == ReplacementMode::UpFront,
            order: order.order.clone(),
        }
    }
}

/// Goods to be sent to their supplier, or the claim for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupplierPaper {
    /// The supplier.
    pub supplier: String,
    /// Its RMA number; empty if it wants none.
    pub supplier_rma: String,
    /// Number of the return line.
    pub number: u32,
    /// The article.
    pub item: String,
    /// How many, in the base unit.
    pub quantity: String,
    /// The unit.
    pub unit: String,
    /// Disposition that sends them.
    pub disposition: String,
    /// Why the customer sent them back.
    pub reason: String,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// Currency of the claim, if it names an amount.
    pub currency: Option<String>,
    /// What the goods cost, if it is known.
    pub amount: Option<String>,
}

impl SupplierPaper {
    pub(super) fn of_return(goods: &SupplierReturnOrder) -> Self {
        Self {
            supplier: goods.supplier.clone(),
            supplier_rma: goods.supplier_rma.clone(),
            number: goods.line_no,
            item: goods.sku.clone(),
            quantity: goods.base_qty.to_string(),
            unit: goods.uom.clone(),
            disposition: goods.disposition_id.clone(),
            reason: goods.reason.to_string(),
            serials: goods.serials.clone(),
            currency: None,
            amount: None,
        }
    }

    pub(super) fn of_claim(claim: &SupplierClaim) -> Self {
        Self {
            currency: claim.amount.map(|amount| amount.ccy.to_string()),
            amount: claim.amount.map(canonical::Money::decimal),
            ..Self::of_return(&claim.goods)
        }
    }
}

//! The paper of a return order.

use canonical::command::{OrderLine, ReturnOrder, ReturnOrderChange};
use serde::Serialize;

/// A return order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnOrderPaper {
    /// Currency of the order.
    pub currency: String,
    /// What is to come back.
    pub lines: Vec<ReturnOrderLine>,
}

/// What a return order is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnOrderChangePaper {
    /// Key of the order.
    pub changes: String,
    /// The order as it is to be.
    #[serde(flatten)]
    pub order: ReturnOrderPaper,
}

/// A line of a return order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnOrderLine {
    /// Number of the line.
    pub number: u32,
    /// The article.
    pub item: String,
    /// How many are to come back.
    pub quantity: String,
    /// In which unit.
    pub unit: String,
    /// Why.
    pub reason: String,
    /// The sales order, if known.
    pub order: Option<String>,
    /// The invoice, if known.
    pub invoice: Option<String>,
    /// The invoice's line, if known.
    pub invoice_line: Option<String>,
    /// Serial numbers, if the article has them.
    pub serials: Vec<String>,
}

impl ReturnOrderPaper {
    pub(super) fn of(order: &ReturnOrder) -> Self {
        Self {
            currency: order.ccy.to_string(),
            lines: order.lines.iter().map(ReturnOrderLine::of).collect(),
        }
    }
}

impl ReturnOrderChangePaper {
    pub(super) fn of(change: &ReturnOrderChange) -> Self {
        Self {
            changes: change.ordered_as.to_string(),
            order: ReturnOrderPaper {
                currency: change.ccy.to_string(),
                lines: change.lines.iter().map(ReturnOrderLine::of).collect(),
            },
        }
    }
}

impl ReturnOrderLine {
    fn of(line: &OrderLine) -> Self {
        let invoice = line.invoice_ref.as_ref();
        Self {
            number: line.line_no,
            item: line.sku.clone(),
            quantity: line.qty.to_string(),
            unit: line.uom.clone(),
            reason: line.reason.to_string(),
            order: line.order.clone(),
            invoice: invoice.map(|invoice| invoice.document.clone()),
            invoice_line: invoice.map(|invoice| invoice.line.clone()),
            serials: line.serials.clone(),
        }
    }
}

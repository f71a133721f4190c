//! The papers for a tax engine: a refund it is asked about or told of, and its withdrawal.

use canonical::Money;
use canonical::command::{TaxRefund, TaxRefundLine, TaxVoid};
use serde::Serialize;

/// A refund, as the tax engine is asked about it before and told of it after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxPaper {
    /// Who gets the credit.
    pub bill_to: String,
    /// Its currency.
    pub currency: String,
    /// Day of the refund.
    pub document_date: String,
    /// The invoice, when all lines go back to the same one.
    pub invoice: Option<String>,
    /// The lines; amounts to our favour (fees) are negative.
    pub lines: Vec<TaxPaperLine>,
    /// Tax that the invoice gives back for them.
    pub tax: String,
}

/// A line of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxPaperLine {
    /// Number, from 1.
    pub number: usize,
    /// The article.
    pub item: String,
    /// How many, in the base unit.
    pub quantity: String,
    /// Net amount.
    pub net: String,
    /// Tax that the invoice gives back.
    pub tax: String,
    /// The invoice.
    pub invoice: String,
    /// Its line.
    pub invoice_line: String,
    /// Its date, which decides the rates.
    pub invoice_date: String,
}

/// A refund that the engine was told of is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxVoidPaper {
    /// Key under which it was told.
    pub voids: String,
    /// Its currency.
    pub currency: String,
    /// Why.
    pub reason: String,
}

impl TaxPaper {
    pub(super) fn of(refund: &TaxRefund) -> Self {
        let amount = |minor| Money::new(minor, refund.ccy).decimal();
        let line = |(index, line): (usize, &TaxRefundLine)| TaxPaperLine {
            number: index + 1,
            item: line.sku.clone(),
            quantity: line.base_qty.to_string(),
            net: amount(line.net_minor),
            tax: amount(line.tax_minor),
            invoice: line.invoice_ref.document.clone(),
            invoice_line: line.invoice_ref.line.clone(),
            invoice_date: line.invoice_ref.date.to_string(),
        };
        let mut invoices: Vec<&str> = refund
            .lines
            .iter()
            .map(|line| line.invoice_ref.document.as_str())
            .collect();
        invoices.dedup();
        Self {
            bill_to: refund.bill_to.clone(),
            currency: refund.ccy.to_string(),
            document_date: refund.refund_date.to_string(),
            invoice: match invoices.as_slice() {
                [only] => Some((*only).to_owned()),
                _ => None,
            },
            lines: refund.lines.iter().enumerate().map(line).collect(),
            tax: amount(refund.tax_minor),
        }
    }
}

impl TaxVoidPaper {
    pub(super) fn of(void: &TaxVoid) -> Self {
        Self {
            voids: void.voids.to_string(),
            currency: void.ccy.to_string(),
            reason: void.reason.clone(),
        }
    }
}

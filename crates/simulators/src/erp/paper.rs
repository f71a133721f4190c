//! The documents as callers send them, checked for form (types) but not yet for sense.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::answer::Refusal;
use crate::decimal::Decimal;

/// A customer of the ERP.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Customer {
    /// Account number.
    pub number: String,
    /// Whether postings are refused.
    #[serde(default)]
    pub blocked: bool,
}

/// An invoice that may be credited.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Invoice number.
    pub number: String,
    /// Whom it was sent to.
    pub customer_number: String,
    /// ISO 4217.
    pub currency_code: String,
    /// Its gross amount: credits never exceed it.
    pub gross_amount: Decimal,
    /// Its lines, for those who ask.
    #[serde(default)]
    pub lines: Vec<InvoiceLine>,
}

/// A line of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceLine {
    /// Number.
    pub line_number: u32,
    /// Item.
    pub item_number: String,
    /// How many.
    pub quantity: Decimal,
    /// Amount of the whole line without taxes.
    pub net_amount: Decimal,
    /// Its taxes.
    #[serde(default)]
    pub taxes: Vec<InvoiceTax>,
}

/// A tax of a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceTax {
    /// Who levies it.
    pub jurisdiction: String,
    /// Kind.
    #[serde(rename = "type")]
    pub tax_type: String,
    /// Rate in percent.
    pub rate: Decimal,
    /// Amount of the whole line.
    pub amount: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReturnOrder {
    pub(super) external_document_number: String,
    pub(super) customer_number: String,
    #[serde(rename = "documentDate")]
    pub(super) _document_date: Date,
    pub(super) lines: Vec<OrderLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderLine {
    #[serde(rename = "lineNumber")]
    _line_number: u32,
    #[serde(rename = "itemNumber")]
    _item_number: String,
    #[serde(rename = "quantity")]
    _quantity: Decimal,
    #[serde(rename = "unitOfMeasureCode")]
    _unit: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StockMovement {
    pub(super) external_document_number: String,
    pub(super) movement_type: MovementType,
    pub(super) site_code: String,
    pub(super) posting_date: Date,
    pub(super) lines: Vec<MovementLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum MovementType {
    Receipt,
    Transfer,
    Scrap,
    Issue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MovementLine {
    #[serde(rename = "lineNumber")]
    _line_number: u32,
    pub(super) item_number: String,
    pub(super) quantity: Decimal,
    pub(super) unit_of_measure_code: String,
    pub(super) from_status: Option<String>,
    pub(super) to_status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreditMemo {
    pub(super) external_document_number: String,
    pub(super) customer_number: String,
    pub(super) currency_code: String,
    #[serde(rename = "documentDate")]
    pub(super) _document_date: Date,
    pub(super) posting_date: Date,
    pub(super) invoice_number: Option<String>,
    pub(super) lines: Vec<CreditLine>,
    #[serde(default)]
    pub(super) charges: Vec<Charge>,
    pub(super) net_amount: Decimal,
    pub(super) tax_amount: Decimal,
    pub(super) gross_amount: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreditLine {
    #[serde(rename = "lineNumber")]
    _line_number: u32,
    #[serde(rename = "itemNumber")]
    _item_number: String,
    #[serde(rename = "quantity")]
    _quantity: Decimal,
    #[serde(rename = "unitOfMeasureCode")]
    _unit: String,
    pub(super) net_amount: Decimal,
    pub(super) invoice_number: Option<String>,
    #[serde(default)]
    pub(super) taxes: Vec<Tax>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tax {
    #[serde(rename = "taxCode")]
    _tax_code: String,
    pub(super) amount: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Charge {
    #[serde(rename = "code")]
    _code: String,
    pub(super) net_amount: Decimal,
    pub(super) tax_amount: Decimal,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Posting {
    pub(super) posting_date: Option<Date>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cancellation {
    pub(super) external_document_number: String,
    pub(super) posting_date: Option<Date>,
    pub(super) net_amount: Option<Decimal>,
    pub(super) tax_amount: Option<Decimal>,
    pub(super) gross_amount: Option<Decimal>,
}

impl Cancellation {
    /// The gross amount of the part that is taken back; none for the whole memo.
    pub(super) fn part(&self) -> Result<Option<Decimal>, Refusal> {
        let Some(gross) = self.gross_amount else {
            return Ok(None);
        };
        let sum = self.net_amount.unwrap_or_default() + self.tax_amount.unwrap_or_default();
        if gross == sum && !gross.is_negative() && gross != Decimal::ZERO {
            return Ok(Some(gross));
        }
        let message = format!("{gross} is not the sum {sum} of net and tax, or not above nought");
        Err(Refusal::rule("WRONG_TOTALS", "grossAmount", message))
    }
}

impl CreditLine {
    pub(super) fn tax(&self) -> Decimal {
        Decimal::sum(self.taxes.iter().map(|tax| tax.amount))
    }
}

impl CreditMemo {
    /// What is credited per invoice: everything to the document's, or each line to its own. Charges lower the first.
    pub(super) fn by_invoice(&self) -> Vec<(String, Decimal)> {
        if let Some(invoice) = &self.invoice_number {
            return vec![(invoice.clone(), self.gross_amount)];
        }
        let mut shares: Vec<(String, Decimal)> = Vec::new();
        for line in &self.lines {
            let Some(invoice) = &line.invoice_number else {
                continue;
            };
            let gross = line.net_amount + line.tax();
            match shares.iter_mut().find(|(number, _)| number == invoice) {
                Some((_, share)) => *share = *share + gross,
                None => shares.push((invoice.clone(), gross)),
            }
        }
        let fees = self
            .charges
            .iter()
            .map(|charge| charge.net_amount + charge.tax_amount);
        if let Some((_, share)) = shares.first_mut() {
            *share = *share - Decimal::sum(fees);
        }
        shares
    }
}

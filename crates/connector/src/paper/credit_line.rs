//! A line of a credit memo, and its taxes.

use canonical::calculation::CreditTax;
use canonical::command::{CreditMemo, CreditMemoLine};
use canonical::{Currency, Money};
use serde::Serialize;

use super::credit::invoice_of;

/// A line to the customer's favour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditPaperLine {
    /// Number of the line.
    pub number: u32,
    /// The article.
    pub item: String,
    /// How many, in the base unit.
    pub quantity: String,
    /// The unit.
    pub unit: String,
    /// Net amount.
    pub net: String,
    /// Tax on it.
    pub tax: String,
    /// What the line says.
    pub text: String,
    /// The invoice, if the line names one.
    pub invoice: Option<String>,
    /// The invoice's line, if the line names one.
    pub invoice_line: Option<String>,
    /// The tax in parts; they add up to it.
    pub taxes: Vec<TaxPart>,
}

/// A tax of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxPart {
    /// Jurisdiction and kind, `DE/VAT`.
    pub code: String,
    /// The invoice's rate.
    pub rate: String,
    /// What is taxed.
    pub taxable: String,
    /// The tax.
    pub amount: String,
}

impl CreditPaperLine {
    pub(super) fn of(memo: &CreditMemo, line: &CreditMemoLine) -> Self {
        let amount = |minor: i64| Money::new(minor, memo.calculation.ccy).decimal();
        Self {
            number: line.line_no,
            item: line.sku.clone(),
            quantity: line.base_qty.to_string(),
            unit: line.uom.clone(),
            net: amount(line.net_minor),
            tax: amount(line.tax_minor),
            text: line.text.clone(),
            invoice: invoice_of(line).map(str::to_owned),
            invoice_line: line
                .invoice_ref
                .as_ref()
                .map(|invoice| invoice.line.clone()),
            taxes: taxes(memo, line),
        }
    }
}

impl CreditPaperLine {
    /// A line of freight: what tax was invoiced on it is in the goods' tax.
    pub(super) fn freight(memo: &CreditMemo, line: &CreditMemoLine) -> Self {
        Self {
            taxes: Vec::new(),
            ..Self::of(memo, line)
        }
    }
}

/// The line's own taxes. Where an older version told none, or they are not the line's tax exactly: the calculation's taxes of
/// this line when they are; otherwise the line's tax in one part, as what the document says must add up.
fn taxes(memo: &CreditMemo, line: &CreditMemoLine) -> Vec<TaxPart> {
    let amount = |minor: i64| Money::new(minor, memo.calculation.ccy).decimal();
    let of_line: Vec<&CreditTax> = memo
        .calculation
        .tax_lines
        .iter()
        .filter(|tax| tax.line_no == line.line_no)
        .collect();
    let own: Vec<&CreditTax> = line.taxes.iter().collect();
    for told in [&own, &of_line] {
        if let Some(parts) = parts(told, (line.tax_minor, 1), memo.calculation.ccy) {
            return parts;
        }
    }
    let first = of_line.first();
    vec![TaxPart {
        code: first.map_or_else(String::new, |tax| code(tax)),
        rate: first.map_or_else(String::new, |tax| tax.rate_at_invoice.to_string()),
        taxable: amount(line.net_minor),
        amount: amount(line.tax_minor),
    }]
}

/// The parts of a tax of so many minor units, as magnitudes; `sign` is that of the line. None if they are not that tax exactly, or go
/// different ways.
pub(super) fn parts(
    taxes: &[&CreditTax],
    (tax_minor, sign): (i64, i64),
    ccy: Currency,
) -> Option<Vec<TaxPart>> {
    let sum: i128 = taxes.iter().map(|tax| i128::from(tax.tax_minor)).sum();
    let is_told = !taxes.is_empty() || tax_minor == 0;
    let is_one_way = taxes.iter().all(|tax| tax.tax_minor.signum() * sign >= 0);
    if !is_told || sum != i128::from(tax_minor) || !is_one_way {
        return None;
    }
    let amount = |minor: i64| Money::new(minor.saturating_mul(sign), ccy).decimal();
    let part = |tax: &&CreditTax| TaxPart {
        code: code(tax),
        rate: tax.rate_at_invoice.to_string(),
        taxable: amount(tax.taxable_minor),
        amount: amount(tax.tax_minor),
    };
    Some(taxes.iter().map(part).collect())
}

fn code(tax: &CreditTax) -> String {
    format!("{}/{}", tax.jurisdiction, tax.tax_type)
}

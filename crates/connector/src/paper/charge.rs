//! A line to our favour on a credit memo: a restocking fee, the return label.

use canonical::calculation::CreditTax;
use canonical::command::CreditMemoLine;
use canonical::{Currency, Money};
use serde::Serialize;

use super::TaxPart;
use super::credit_line::parts;

/// A charge, as a magnitude.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// What for.
    pub text: String,
    /// Net amount.
    pub net: String,
    /// Tax on it.
    pub tax: String,
    /// The tax in parts; they add up to it. None where nobody told them, or there is none.
    pub taxes: Vec<TaxPart>,
}

impl Charge {
    pub(super) fn of(line: &CreditMemoLine, ccy: Currency) -> Self {
        let magnitude =
            |minor: i64| Money::new(minor.checked_neg().unwrap_or(i64::MAX), ccy).decimal();
        let taxes: Vec<&CreditTax> = line.taxes.iter().collect();
        Self {
            text: line.text.clone(),
            net: magnitude(line.net_minor),
            tax: magnitude(line.tax_minor),
            taxes: parts(&taxes, (line.tax_minor, -1), ccy).unwrap_or_default(),
        }
    }
}

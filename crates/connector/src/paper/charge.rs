//! A line to our favour on a credit memo: a restocking fee, the return label.

use canonical::command::CreditMemoLine;
use canonical::{Currency, Money};
use serde::Serialize;

/// A charge, as a magnitude.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// What for.
    pub text: String,
    /// Net amount.
    pub net: String,
    /// Tax on it.
    pub tax: String,
}

impl Charge {
    pub(super) fn of(line: &CreditMemoLine, ccy: Currency) -> Self {
        let magnitude =
            |minor: i64| Money::new(minor.checked_neg().unwrap_or(i64::MAX), ccy).decimal();
        Self {
            text: line.text.clone(),
            net: magnitude(line.net_minor),
            tax: magnitude(line.tax_minor),
        }
    }
}

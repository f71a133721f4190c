//! How an ERP is asked what it invoiced.

use serde::Deserialize;

use super::Place;

/// The question and how its answer is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invoices {
    /// Where an invoice is found: `{invoice}` is its number. Asked one after the other, until one shows it.
    pub(crate) places: Vec<Place>,
    /// jq from one invoice to objects, one for each line of it:
    /// `{line, item, quantity, currency, amount, discount, includes_tax, taxes: [{jurisdiction, type, category, rate, amount}],
    /// freight, cost, fx_rate}`. `quantity` in base units; `amount` of the whole line, after discounts; what is absent is null.
    pub(crate) shape: String,
}

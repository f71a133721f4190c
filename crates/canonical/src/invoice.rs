//! The frozen facts of the original invoice line: all money of a return comes from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::quantity::{Qty, Ratio};

/// Which invoice line a return line goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoiceRef {
    /// Invoice number.
    pub document: String,
    /// Line of the invoice.
    pub line: String,
    /// Invoice date, in the zone of the seller.
    pub date: jiff::civil::Date,
    /// IANA zone in which the date was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// One tax of an invoice line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoicedTax {
    /// Who levies it.
    pub jurisdiction: String,
    /// Kind of tax (VAT, SALES, GST …).
    pub tax_type: String,
    /// Category code (UN/CEFACT 5305: S, Z, E, AE …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Rate in percent, as a decimal ("8.25").
    pub rate: Qty,
    /// Tax of the whole line, minor units.
    pub amount_minor: i64,
}

/// A frozen copy of the invoice line. Amounts are of the WHOLE line, in minor units of `ccy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoicedSnapshot {
    /// Quantity invoiced, in base units of the item.
    pub base_qty: Qty,
    /// Currency.
    pub ccy: Currency,
    /// Line amount after line discounts and its share of header discounts: net if taxes are exclusive, gross if inclusive.
    pub amount_minor: i64,
    /// Of that, discounts that were given (for information; already subtracted).
    #[serde(default)]
    pub discount_minor: i64,
    /// True if `amount_minor` contains the taxes.
    #[serde(default)]
    pub price_includes_tax: bool,
    /// Taxes of the line.
    #[serde(default)]
    pub taxes: Vec<InvoicedTax>,
    /// The line's share of outbound freight.
    #[serde(default)]
    pub freight_minor: i64,
    /// Cost of the whole line in base currency, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_minor: Option<i64>,
    /// Exchange rate of the invoice: units of the base currency per unit of `ccy`. 1/1 between two currencies is not told.
    #[serde(default)]
    pub fx_rate: Ratio,
    /// First unit of the line's axis on a document-level tax, in minor units of cumulative net; none when tax is per line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_axis: Option<DocumentTaxAxis>,
}

/// What an ERP says of an invoice, when it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoiceFacts {
    /// Number of the invoice.
    pub document: String,
    /// Its lines; of those that were not asked for some may be absent.
    pub lines: Vec<InvoicedLine>,
}

/// A line of an invoice, as an ERP tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoicedLine {
    /// Line of the invoice.
    pub line: String,
    /// Item; empty if the ERP does not tell it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    /// Its money and quantity.
    pub invoiced: InvoicedSnapshot,
}

impl InvoiceFacts {
    /// SHA-256 over what is told, in base32: the same facts have the same.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        crate::key::short_hash(&[&text], 52)
    }
}

/// Where the money and quantity of a return line come from when the request did not tell them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactsSource {
    /// Invoice that the ERP was asked for.
    pub document: String,
    /// Hash of what it said ([`InvoiceFacts::hash`]).
    pub hash: String,
    /// When that became known.
    pub known_at: jiff::Timestamp,
}

/// For invoices whose tax is known per document and rate group only: where this line lies on the group's cumulative
/// net, in invoice line order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentTaxAxis {
    /// Net of all lines of the group before this one.
    pub net_before_minor: i64,
    /// Net of the whole group.
    pub net_total_minor: i64,
    /// Tax of the whole group.
    pub tax_total_minor: i64,
}

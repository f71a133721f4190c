//! A credit calculation: immutable, versioned, identified by its hash.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{ComponentType, CreditBasis, SettlementMethod, TaxTreatment};
use crate::currency::Currency;
use crate::quantity::Qty;

/// Units of an invoice line that a credit covers: the half-open interval `[position_from, position_to)` on the line's
/// unit axis, in base units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditSlice {
    /// Return line.
    pub line_id: String,
    /// Number of the return line.
    pub line_no: u32,
    /// Disposition and allocation ("D1/1"); empty for credits without goods.
    pub disposition_id: String,
    /// Invoice line: "ENTITY|INVOICE|LINE"; empty without invoice.
    pub invoice_line: String,
    /// First unit.
    pub position_from: Qty,
    /// One past the last unit.
    pub position_to: Qty,
    /// Units.
    pub base_qty: Qty,
}

/// Whether a component adds to the credit or takes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Sign {
    /// To the customer's favour.
    Credit,
    /// To our favour.
    Charge,
}

/// A component of the calculation. `amount_minor` is a magnitude, never negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditComponent {
    /// Kind.
    #[serde(rename = "type")]
    pub kind: ComponentType,
    /// Direction.
    pub sign: Sign,
    /// Minor units.
    pub amount_minor: i64,
    /// For fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_treatment: Option<TaxTreatment>,
    /// Line it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Of a tax: which of the calculation's tax lines it is a part of, from 0; none where an older version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_line: Option<u32>,
    /// How it came about, for people ("66.00 × 15 %").
    pub formula: String,
    /// Rule of the policy that asked for it.
    pub policy_rule_id: String,
}

/// Tax of the calculation, per jurisdiction and rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditTax {
    /// Return line it belongs to.
    pub line_no: u32,
    /// Who levies it.
    pub jurisdiction: String,
    /// Kind of tax.
    pub tax_type: String,
    /// Category code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Rate at the invoice, percent.
    pub rate_at_invoice: Qty,
    /// Taxable amount, minor units.
    pub taxable_minor: i64,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// True if prices contain it.
    pub inclusive: bool,
    /// Date that decides the rate: that of the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_point_date: Option<jiff::civil::Date>,
}

/// Totals in minor units. `gross = net + tax`, `payable = gross` floored at zero; fees are inside net already and shown
/// for information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditTotals {
    /// Net after fees.
    pub net_minor: i64,
    /// Tax after fees.
    pub tax_minor: i64,
    /// Net and tax.
    pub gross_minor: i64,
    /// Fees that were taken (with their tax, if taxed).
    pub fees_minor: i64,
    /// What the customer gets.
    pub payable_minor: i64,
}

/// A difference that was found and decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variance {
    /// TAX, PRICE, QTY or FX.
    pub kind: String,
    /// Expected, minor units.
    pub expected_minor: i64,
    /// Found, minor units.
    pub actual_minor: i64,
    /// Allowed, minor units.
    pub tolerance_minor: i64,
    /// What was decided.
    pub decision: String,
}

/// A credit calculation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calculation {
    /// Id: return id and version.
    pub calc_id: String,
    /// Version, from 1.
    pub calc_version: u32,
    /// SHA-256 (hex) of the canonical JSON of all inputs. An approval is valid for this hash only.
    pub calc_hash: String,
    /// Policy version.
    pub policy_version: String,
    /// As of.
    pub as_of: Timestamp,
    /// Ground.
    pub basis: CreditBasis,
    /// Currency of all amounts.
    pub ccy: Currency,
    /// Units covered.
    pub slices: Vec<CreditSlice>,
    /// Components.
    pub components: Vec<CreditComponent>,
    /// Taxes.
    pub tax_lines: Vec<CreditTax>,
    /// Totals.
    pub totals: CreditTotals,
    /// How it is settled.
    pub settlement_method: SettlementMethod,
    /// Variances.
    #[serde(default)]
    pub variances: Vec<Variance>,
}

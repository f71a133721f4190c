//! A return request in the portal's own shape.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// A return request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The portal's id of it.
    pub id: String,
    /// RMA number.
    pub rma: String,
    /// `return.requested`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who is credited by whom.
    pub legal_entity: String,
    /// `b2b-portal` or `b2c-portal`.
    pub channel: String,
    /// Warehouse the goods go to.
    pub return_to: String,
    /// `physical`.
    pub return_type: String,
    /// Who returns.
    pub customer: Customer,
    /// ISO 4217.
    pub currency: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// IANA zone of the customer.
    pub time_zone: String,
    /// What comes back.
    pub items: Vec<Item>,
}

/// Who returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Account number.
    pub account: String,
    /// Name.
    pub name: String,
    /// `wholesale` or `retail`.
    pub segment: String,
}

/// One article coming back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Line number.
    pub line: u32,
    /// Article.
    pub sku: String,
    /// How many come back.
    pub qty: Decimal,
    /// Unit of `qty` and of the invoice.
    pub uom: String,
    /// Why, in the portal's words.
    pub reason: String,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Serial numbers, when tracked.
    pub serials: Vec<String>,
    /// Ordered as.
    pub order: OrderRef,
    /// Invoiced as.
    pub invoice: InvoiceSnapshot,
}

/// An order line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRef {
    /// Order number.
    pub number: String,
    /// Line.
    pub line: u32,
}

/// The invoice line as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSnapshot {
    /// Invoice number.
    pub number: String,
    /// Line.
    pub line: u32,
    /// Date.
    pub date: Date,
    /// Invoiced quantity.
    pub quantity: Decimal,
    /// Unit.
    pub uom: String,
    /// Price of one.
    pub unit_price: Decimal,
    /// Price of all.
    pub list_amount: Decimal,
    /// Taken off.
    pub discounts: Vec<Discount>,
    /// Without tax.
    pub net_amount: Decimal,
    /// Taxes.
    pub taxes: Vec<TaxLine>,
    /// With tax.
    pub gross_amount: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Whether prices and discounts contain the tax.
    pub prices_include_tax: bool,
}

/// Something taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// `line` or `header-share`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How much.
    pub amount: Decimal,
}

/// A tax on an invoice line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// Whose tax.
    pub jurisdiction: String,
    /// What sort.
    #[serde(rename = "type")]
    pub kind: String,
    /// Per cent.
    pub rate: Decimal,
    /// How much.
    pub amount: Decimal,
}

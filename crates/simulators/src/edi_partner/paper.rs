//! What the papers say that pass between a partner and the other side.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::decimal::Decimal;

/// A return asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Number of the request (BGN02, BGM 1004).
    pub id: String,
    /// RMA number proposed, if any.
    pub rma: Option<String>,
    /// Account of the customer, as the seller numbers it.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Who is asked.
    pub legal_entity: String,
    /// Where the goods go.
    pub site: String,
    /// ISO 4217.
    pub currency: String,
    /// When.
    pub asked_at: Timestamp,
    /// What comes back.
    pub lines: Vec<AskedLine>,
}

/// One line of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedLine {
    /// Line.
    pub line: u32,
    /// The seller's article number.
    pub sku: String,
    /// `EA` or `CS` (case).
    pub uom: String,
    /// How many come back.
    pub qty: i64,
    /// How many were invoiced.
    pub invoiced: i64,
    /// Net price of one: `invoiced × unit_price = net_amount`.
    pub unit_price: Decimal,
    /// Net amount of the invoice line.
    pub net_amount: Decimal,
    /// Invoice.
    pub invoice: String,
    /// Its line.
    pub invoice_line: u32,
    /// Its date.
    pub invoice_date: Date,
    /// Order.
    pub order: String,
    /// Its line.
    pub order_line: u32,
    /// The portal's word for the reason.
    pub reason: String,
    /// The customer's words.
    pub note: Option<String>,
    /// Serial numbers.
    pub serials: Vec<String>,
}

/// A return announced to a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// RMA number.
    pub rma: String,
    /// The sender's reference.
    pub reference: String,
    /// Where it is expected.
    pub site: String,
    /// Control number of its interchange.
    pub control: u64,
    /// What is expected.
    pub lines: Vec<NoticeLine>,
    /// Its cancellation, if one came.
    pub cancelled: Option<Cancelled>,
}

/// How a cancellation went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cancelled {
    /// Nothing had come.
    InTime,
    /// Goods had come; nothing was changed.
    TooLate,
}

/// One article announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// Line.
    pub line: u32,
    /// Article.
    pub sku: String,
    /// How many.
    pub qty: Decimal,
    /// Unit, as it stood in the notice.
    pub uom: String,
    /// Serial numbers.
    pub serials: Vec<String>,
}

/// What a warehouse received of one article of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Line of the notice; none for an article that was not announced.
    pub line: Option<u32>,
    /// Article.
    pub sku: String,
    /// Unit.
    pub uom: String,
    /// Announced.
    pub announced: Decimal,
    /// Received in all.
    pub received: Decimal,
    /// Of these in good condition.
    pub good: Decimal,
}

/// The decision on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// All of it may come.
    Authorized,
    /// A part may come.
    PartlyAuthorized,
    /// Nothing may come.
    Denied,
    /// Not yet decided.
    Pending,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// RMA number.
    pub rma: String,
    /// Decision.
    pub decision: Decision,
    /// Why not (1294), if it said.
    pub denial: Option<String>,
    /// Quantities that may come.
    pub lines: Vec<AnswerLine>,
    /// Control number of its interchange.
    pub control: u64,
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerLine {
    /// Article.
    pub sku: String,
    /// How many may come.
    pub qty: Decimal,
    /// Unit, as it stood there.
    pub uom: String,
}

/// A credit advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// Number of the memo.
    pub memo: String,
    /// RMA number, if it said.
    pub rma: Option<String>,
    /// The request, as far as it can be told.
    pub request: Option<String>,
    /// Invoice, if it said.
    pub invoice: Option<String>,
    /// Amount; below nought when it takes money back.
    pub amount: Decimal,
    /// Currency.
    pub currency: String,
    /// Control number of its interchange.
    pub control: u64,
}

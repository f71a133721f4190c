//! What a partner's system holds, for the daily proof: documents of business days, page by page.

use std::time::Duration;

use canonical::{Currency, Qty, ReturnName, StockStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// Failure code: the connector, or its target, has no list of such documents.
pub const NO_EXTRACT: &str = "connector.no-extract";

/// What can be extracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extractable {
    /// Credit memos.
    CreditMemos,
    /// Movements of stock.
    StockMovements,
    /// Goods that came in.
    Receipts,
}

impl Extractable {
    /// Name for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreditMemos => "credit memos",
            Self::StockMovements => "stock movements",
            Self::Receipts => "receipts",
        }
    }
}

/// A question for documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractAsk {
    /// Of which kind.
    pub what: Extractable,
    /// First business day.
    pub from: Date,
    /// Last business day.
    pub to: Date,
    /// Where the page before ended; none for the first.
    pub page: Option<String>,
}

/// A page of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extract {
    /// The documents, drafts left out.
    pub documents: Vec<Extracted>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
    /// The answer is complete up to so long before it was asked for: what was booked later may be missing.
    pub behind: Duration,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Extracted {
    /// A credit memo.
    Credit(CreditHeld),
    /// A line of a movement of stock.
    Movement(MovementHeld),
    /// A receipt, or its reversal.
    Receipt(ReceiptHeld),
}

/// A credit memo as its system holds it. Amounts in minor units, positive for a credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditHeld {
    /// Number there.
    pub number: String,
    /// What stands in the field for our key, or nothing.
    pub key: String,
    /// Customer; none if not told.
    pub customer: Option<String>,
    /// Currency.
    pub currency: Currency,
    /// Net; none if not told.
    pub net_minor: Option<i64>,
    /// Tax; none if not told.
    pub tax_minor: Option<i64>,
    /// Gross; none if not told.
    pub gross_minor: Option<i64>,
    /// Day of its posting.
    pub posted_on: Option<Date>,
    /// Invoice it is applied to; none if not told.
    pub applied_to: Option<String>,
    /// Amount that is not applied yet; none if not told.
    pub open_minor: Option<i64>,
    /// It was taken back.
    pub reversed: bool,
}

/// A movement of stock as its system holds it: one per item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovementHeld {
    /// Number there.
    pub number: String,
    /// What stands in the field for our key, or nothing.
    pub key: String,
    /// Item.
    pub sku: String,
    /// How many.
    pub qty: Qty,
    /// Unit; none if not told.
    pub uom: Option<String>,
    /// Site; none if not told.
    pub site: Option<String>,
    /// Status that the goods left; none if not told or not known here.
    pub from_status: Option<StockStatus>,
    /// Status that the goods reached; none if not told or not known here.
    pub to_status: Option<StockStatus>,
    /// Day of its posting.
    pub posted_on: Option<Date>,
    /// It was taken back.
    pub reversed: bool,
}

/// A receipt as the warehouse holds it, or the taking back of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptHeld {
    /// The warehouse's id of the receipt.
    pub receipt_id: String,
    /// Id of the reversal, if this takes the receipt back or a part of it.
    pub reversal_id: Option<String>,
    /// What it names the return.
    pub named: ReturnName,
    /// Our site.
    pub site: String,
    /// When the goods came, or were taken back.
    pub at: Timestamp,
    /// What came; of a reversal nothing is told here.
    pub lines: Vec<ReceiptLineHeld>,
}

/// A line of a receipt as the warehouse holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptLineHeld {
    /// Line of the receipt.
    pub line: String,
    /// Item as scanned.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit.
    pub uom: String,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// Lots.
    pub lots: Vec<String>,
}

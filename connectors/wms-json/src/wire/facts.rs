//! What a warehouse tells, in its own words: codes and quantities are texts, not yet understood.

use connector::Failure;
use jiff::Timestamp;
use jiff::civil::Date;

use super::event::occurred_at;
use super::field::Field;

/// `return.cancelled`
#[derive(Debug, Clone)]
pub(crate) struct Cancellation {
    pub(crate) occurred_at: Timestamp,
    pub(crate) request_id: Option<String>,
    pub(crate) requested_by: String,
    pub(crate) reason: String,
}

/// `supplier.answered`
#[derive(Debug, Clone)]
pub(crate) struct SupplierAnswer {
    pub(crate) occurred_at: Timestamp,
    pub(crate) line: Option<u32>,
    pub(crate) supplier: String,
    pub(crate) rma: Option<String>,
    pub(crate) credit: Option<String>,
    /// What the credit amounts to, and its currency.
    pub(crate) amount: Option<(String, String)>,
    pub(crate) qty: Option<String>,
    pub(crate) at: String,
}

impl SupplierAnswer {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let answer = Self {
            occurred_at: occurred_at(field)?,
            line: field.optional("line").map(|f| f.line_no()).transpose()?,
            supplier: field.member("supplier")?.text()?,
            rma: field.maybe_text("supplierRma")?,
            credit: field.maybe_text("credit")?,
            amount: amount(field)?,
            qty: field.optional("qty").map(|f| f.decimal()).transpose()?,
            at: field.at().to_owned(),
        };
        if answer.rma.is_none() && answer.credit.is_none() {
            return Err(field.bad("the answer names neither supplierRma nor credit: expected one"));
        }
        Ok(answer)
    }
}

/// An amount, which says nothing without its currency.
fn amount(field: &Field<'_>) -> Result<Option<(String, String)>, Failure> {
    let Some(amount) = field.optional("amount") else {
        return Ok(None);
    };
    let currency = field.member("currency")?.text()?;
    Ok(Some((amount.decimal()?, currency)))
}

/// `goods.in_transit`
#[derive(Debug, Clone)]
pub(crate) struct Transit {
    pub(crate) occurred_at: Timestamp,
    pub(crate) carrier: Option<String>,
}

/// `receipt.created`
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) occurred_at: Timestamp,
    pub(crate) reported_at: Option<Timestamp>,
    pub(crate) id: Option<String>,
    pub(crate) dock: Option<String>,
    pub(crate) lpn: Option<String>,
    pub(crate) carrier: Option<String>,
    pub(crate) lines: Vec<ReceiptLine>,
}

/// A line of a receipt.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptLine {
    pub(crate) goods: Goods,
    pub(crate) line_id: Option<String>,
    pub(crate) lots: Vec<String>,
    pub(crate) expiry: Option<Date>,
    pub(crate) condition: Option<String>,
}

/// Which goods, how many: what every line has.
#[derive(Debug, Clone)]
pub(crate) struct Goods {
    pub(crate) at: String,
    pub(crate) line: Option<u32>,
    pub(crate) sku: String,
    pub(crate) qty: String,
    pub(crate) uom: String,
    pub(crate) serials: Vec<String>,
}

/// `receipt.reversed`
#[derive(Debug, Clone)]
pub(crate) struct Reversal {
    pub(crate) occurred_at: Timestamp,
    pub(crate) receipt_id: String,
    pub(crate) id: Option<String>,
    /// What is taken back; none for the whole receipt.
    pub(crate) lines: Vec<Goods>,
}

/// `inspection.finalized`
#[derive(Debug, Clone)]
pub(crate) struct Inspection {
    pub(crate) occurred_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) id: Option<String>,
    pub(crate) revision: Option<u32>,
    pub(crate) receipt_id: Option<String>,
    pub(crate) inspector: Option<String>,
    pub(crate) lines: Vec<Finding>,
}

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) goods: Goods,
    pub(crate) receipt_line_id: Option<String>,
    pub(crate) result: String,
    pub(crate) condition: String,
    pub(crate) grade: Option<String>,
    pub(crate) defects: Vec<String>,
    pub(crate) photos: Vec<String>,
    pub(crate) liability: Option<String>,
}

/// `disposition.decided`
#[derive(Debug, Clone)]
pub(crate) struct Disposition {
    pub(crate) occurred_at: Timestamp,
    pub(crate) id: Option<String>,
    pub(crate) inspection_id: Option<String>,
    pub(crate) reverses: Option<String>,
    pub(crate) lines: Vec<Allocation>,
}

/// What is done with some goods.
#[derive(Debug, Clone)]
pub(crate) struct Allocation {
    pub(crate) goods: Goods,
    pub(crate) line_id: Option<String>,
    pub(crate) action: String,
    pub(crate) liability: Option<String>,
    pub(crate) target_site: Option<String>,
    pub(crate) target_bin: Option<String>,
}

/// `snapshot`
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) updated_at: Timestamp,
    pub(crate) items: Vec<SnapshotItem>,
}

/// What there is of an item so far.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotItem {
    pub(crate) at: String,
    pub(crate) line: Option<u32>,
    pub(crate) sku: String,
    pub(crate) uom: String,
    pub(crate) received: String,
    pub(crate) restocked: Option<String>,
    pub(crate) scrapped: Option<String>,
}

impl Cancellation {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            occurred_at: occurred_at(field)?,
            request_id: field.maybe_text("requestId")?,
            requested_by: field.member("requestedBy")?.text()?,
            reason: field.maybe_text("reason")?.unwrap_or_default(),
        })
    }
}

impl Transit {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        field.member("trackingNo")?;
        Ok(Self {
            occurred_at: occurred_at(field)?,
            carrier: field.maybe_text("carrier")?,
        })
    }
}

impl Receipt {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            occurred_at: occurred_at(field)?,
            reported_at: field
                .optional("reportedAt")
                .map(|f| f.instant())
                .transpose()?,
            id: field.maybe_text("receiptId")?,
            dock: field.maybe_text("dock")?,
            lpn: field.maybe_text("lpn")?,
            carrier: field.maybe_text("carrier")?,
            lines: lines(field, ReceiptLine::read)?,
        })
    }
}

impl ReceiptLine {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            goods: Goods::read(field)?,
            line_id: field.maybe_text("lineId")?,
            lots: field.texts("lots")?,
            expiry: field.optional("expiry").map(|f| f.date()).transpose()?,
            condition: field.maybe_text("condition")?,
        })
    }
}

impl Goods {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            at: field.at().to_owned(),
            line: field.optional("line").map(|f| f.line_no()).transpose()?,
            sku: field.member("sku")?.text()?,
            qty: field.member("qty")?.decimal()?,
            uom: field.member("uom")?.text()?,
            serials: field.texts("serials")?,
        })
    }
}

impl Reversal {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            occurred_at: occurred_at(field)?,
            receipt_id: field.member("receiptId")?.text()?,
            id: field.maybe_text("reversalId")?,
            lines: field
                .list("lines")?
                .iter()
                .map(Goods::read)
                .collect::<Result<Vec<_>, Failure>>()?,
        })
    }
}

impl Inspection {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            occurred_at: occurred_at(field)?,
            started_at: field
                .optional("startedAt")
                .map(|f| f.instant())
                .transpose()?,
            id: field.maybe_text("inspectionId")?,
            revision: field
                .optional("revision")
                .map(|f| f.line_no())
                .transpose()?,
            receipt_id: field.maybe_text("receiptId")?,
            inspector: field.maybe_text("inspector")?,
            lines: lines(field, Finding::read)?,
        })
    }
}

impl Finding {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            goods: Goods::read(field)?,
            receipt_line_id: field.maybe_text("receiptLineId")?,
            result: field.member("result")?.text()?,
            condition: field.member("condition")?.text()?,
            grade: field.maybe_text("grade")?,
            defects: field.texts("defects")?,
            photos: field.texts("photos")?,
            liability: field.maybe_text("liability")?,
        })
    }
}

impl Disposition {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            occurred_at: occurred_at(field)?,
            id: field.maybe_text("dispositionId")?,
            inspection_id: field.maybe_text("inspectionId")?,
            reverses: field.maybe_text("reverses")?,
            lines: lines(field, Allocation::read)?,
        })
    }
}

impl Allocation {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            goods: Goods::read(field)?,
            line_id: field.maybe_text("lineId")?,
            action: field.member("action")?.text()?,
            liability: field.maybe_text("liability")?,
            target_site: field.maybe_text("targetSite")?,
            target_bin: field.maybe_text("targetBin")?,
        })
    }
}

impl Snapshot {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        Ok(Self {
            updated_at: field.member("updatedAt")?.instant()?,
            items: lines(field, SnapshotItem::read)?,
        })
    }
}

impl SnapshotItem {
    fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let maybe = |name| field.optional(name).map(|f| f.decimal()).transpose();
        Ok(Self {
            at: field.at().to_owned(),
            line: field.optional("line").map(|f| f.line_no()).transpose()?,
            sku: field.member("sku")?.text()?,
            uom: field.member("uom")?.text()?,
            received: field.member("received")?.decimal()?,
            restocked: maybe("restocked")?,
            scrapped: maybe("scrapped")?,
        })
    }
}

fn lines<T>(
    field: &Field<'_>,
    read: fn(&Field<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    field.some_items("lines")?.iter().map(read).collect()
}

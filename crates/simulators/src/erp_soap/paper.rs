//! The documents as callers send them, read from their elements: right in form, not yet in sense.

use jiff::civil::Date;

use super::fields::Fields;
use super::memo::Memo;
use super::trouble::{Code, Trouble};
use crate::decimal::Decimal;

const LONGEST_KEY: usize = 80;

/// A paper of which the form is right. Two are equal when they mean the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Paper {
    Order(ReturnOrder),
    Movement(Movement),
    Memo(Memo),
    Reversal(Reversal),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReturnOrder {
    pub(super) key: String,
    pub(super) customer: String,
    pub(super) rma: Option<String>,
    pub(super) site: Option<String>,
    pub(super) invoice: Option<String>,
    pub(super) document_date: Date,
    pub(super) lines: Vec<OrderLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderLine {
    pub(super) number: u32,
    pub(super) item: String,
    pub(super) quantity: Decimal,
    pub(super) unit: String,
    pub(super) invoice: Option<String>,
    pub(super) invoice_line: Option<u32>,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Movement {
    pub(super) key: String,
    pub(super) kind: MovementKind,
    pub(super) site: String,
    pub(super) posting_date: Date,
    pub(super) rma: Option<String>,
    pub(super) return_order: Option<String>,
    pub(super) lines: Vec<MovementLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MovementKind {
    Receipt,
    Transfer,
    Scrap,
    Issue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MovementLine {
    pub(super) number: u32,
    pub(super) item: String,
    pub(super) quantity: Decimal,
    pub(super) unit: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) serials: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reversal {
    pub(super) key: String,
    pub(super) number: Option<String>,
    pub(super) reverses_key: Option<String>,
    pub(super) posting_date: Option<Date>,
    pub(super) reason: Option<String>,
    /// Net, tax and gross of the part that is taken back; none for the whole memo.
    pub(super) part: Option<[Decimal; 3]>,
}

impl Paper {
    /// The caller's key.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Order(order) => &order.key,
            Self::Movement(movement) => &movement.key,
            Self::Memo(memo) => &memo.key,
            Self::Reversal(reversal) => &reversal.key,
        }
    }
}

impl ReturnOrder {
    pub(super) fn read(operation: &mut Fields<'_>) -> Result<Self, Trouble> {
        let mut fields = operation.group("Order")?;
        let order = Self {
            key: key(&mut fields)?,
            customer: fields.text("Customer")?,
            rma: fields.maybe("RmaNumber")?,
            site: fields.maybe("Site")?,
            invoice: fields.maybe("Invoice")?,
            document_date: fields.date("DocumentDate")?,
            lines: lines(&mut fields, OrderLine::read)?,
        };
        fields.end()?;
        Ok(order)
    }
}

impl OrderLine {
    fn read(fields: &mut Fields<'_>) -> Result<Self, Trouble> {
        Ok(Self {
            number: fields.whole("LineNo")?,
            item: fields.text("Item")?,
            quantity: fields.decimal("Quantity")?,
            unit: fields.text("Unit")?,
            invoice: fields.maybe("Invoice")?,
            invoice_line: fields.maybe_whole("InvoiceLine")?,
            reason: fields.maybe("Reason")?,
        })
    }
}

impl Movement {
    pub(super) fn read(operation: &mut Fields<'_>) -> Result<Self, Trouble> {
        let mut fields = operation.group("Movement")?;
        let movement = Self {
            key: key(&mut fields)?,
            kind: MovementKind::read(&fields.text("Type")?)?,
            site: fields.text("Site")?,
            posting_date: fields.date("PostingDate")?,
            rma: fields.maybe("RmaNumber")?,
            return_order: fields.maybe("ReturnOrder")?,
            lines: lines(&mut fields, MovementLine::read)?,
        };
        fields.end()?;
        Ok(movement)
    }
}

impl MovementKind {
    fn read(word: &str) -> Result<Self, Trouble> {
        match word {
            "receipt" => Ok(Self::Receipt),
            "transfer" => Ok(Self::Transfer),
            "scrap" => Ok(Self::Scrap),
            "issue" => Ok(Self::Issue),
            other => {
                let message = format!("there is no movement type {other:?}");
                Err(Trouble::new(Code::Schema, message).at("Movement/Type"))
            }
        }
    }
}

impl MovementLine {
    fn read(fields: &mut Fields<'_>) -> Result<Self, Trouble> {
        Ok(Self {
            number: fields.whole("LineNo")?,
            item: fields.text("Item")?,
            quantity: fields.decimal("Quantity")?,
            unit: fields.text("Unit")?,
            from: fields.maybe("FromStatus")?,
            to: fields.maybe("ToStatus")?,
            serials: serials(fields)?,
        })
    }
}

impl Reversal {
    pub(super) fn read(operation: &mut Fields<'_>) -> Result<Self, Trouble> {
        let mut fields = operation.group("Reversal")?;
        let reversal = Self {
            key: key(&mut fields)?,
            number: fields.maybe("ReversesNumber")?,
            reverses_key: fields.maybe("ReversesKey")?,
            posting_date: fields.maybe_date("PostingDate")?,
            reason: fields.maybe("Reason")?,
            part: part(&mut fields)?,
        };
        fields.end()?;
        if reversal.number.is_none() && reversal.reverses_key.is_none() {
            let message = "one of ReversesNumber and ReversesKey must be there";
            return Err(Trouble::new(Code::Schema, message).at("Reversal/ReversesNumber"));
        }
        Ok(reversal)
    }
}

/// The amounts of a part: none of them, or all three with gross as their sum.
fn part(fields: &mut Fields<'_>) -> Result<Option<[Decimal; 3]>, Trouble> {
    let net = fields.maybe_decimal("Net")?;
    let tax = fields.maybe_decimal("Tax")?;
    let gross = fields.maybe_decimal("Gross")?;
    match (net, tax, gross) {
        (None, None, None) => Ok(None),
        (Some(net), Some(tax), Some(gross)) if gross == net + tax && gross.is_positive() => {
            Ok(Some([net, tax, gross]))
        }
        _ => {
            let message = "Net, Tax and Gross of a part are all there, and Gross is their sum";
            Err(Trouble::new(Code::WrongTotals, message).at("Reversal/Gross"))
        }
    }
}

pub(super) fn key(fields: &mut Fields<'_>) -> Result<String, Trouble> {
    let key = fields.text("ExternalKey")?;
    if key.chars().count() > LONGEST_KEY {
        let message = format!("ExternalKey is longer than {LONGEST_KEY}");
        return Err(Trouble::new(Code::Schema, message).at("ExternalKey"));
    }
    Ok(key)
}

pub(super) fn lines<'a, T>(
    fields: &mut Fields<'a>,
    read: impl Fn(&mut Fields<'a>) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut group = fields.group("Lines")?;
    let lines = group.each("Line", read)?;
    group.end()?;
    Ok(lines)
}

fn serials(fields: &mut Fields<'_>) -> Result<Vec<String>, Trouble> {
    let Some(mut group) = fields.maybe_group("Serials") else {
        return Ok(Vec::new());
    };
    let mut serials = Vec::new();
    while let Some(serial) = group.maybe("Serial")? {
        serials.push(serial);
    }
    group.end()?;
    Ok(serials)
}

//! An event of the shape: who speaks of what.

use connector::Failure;
use jiff::Timestamp;

use super::facts::{
    Cancellation, Disposition, Inspection, Receipt, Reversal, Snapshot, SupplierAnswer, Transit,
};
use super::field::Field;
use super::request::Request;
use crate::failures;

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// JSON pointer of the event.
    pub(crate) at: String,
    /// The event as compact JSON, for what has no other identity.
    pub(crate) content: String,
    pub(crate) id: Option<String>,
    pub(crate) sequence: Option<u64>,
    pub(crate) warehouse: Option<String>,
    pub(crate) legal_entity: Option<String>,
    pub(crate) rma: Option<String>,
    pub(crate) tracking_no: Option<String>,
    pub(crate) fact: Fact,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum Fact {
    Requested(Box<Request>),
    Cancelled(Cancellation),
    InTransit(Transit),
    Received(Receipt),
    Reversed(Reversal),
    Inspected(Inspection),
    Disposed(Disposition),
    Snapshot(Snapshot),
    Supplier(SupplierAnswer),
}

impl Event {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let kind = field.member("type")?;
        let fact = match kind.text()?.as_str() {
            "return.requested" => Fact::Requested(Box::new(Request::read(field)?)),
            "return.cancelled" => Fact::Cancelled(Cancellation::read(field)?),
            "goods.in_transit" => Fact::InTransit(Transit::read(field)?),
            "receipt.created" => Fact::Received(Receipt::read(field)?),
            "receipt.reversed" => Fact::Reversed(Reversal::read(field)?),
            "inspection.finalized" => Fact::Inspected(Inspection::read(field)?),
            "disposition.decided" => Fact::Disposed(Disposition::read(field)?),
            "supplier.answered" => Fact::Supplier(SupplierAnswer::read(field)?),
            "snapshot" => Fact::Snapshot(Snapshot::read(field)?),
            other => {
                let what = format!("{other:?} is no type of event that is known");
                return Err(Failure::malformed(failures::UNKNOWN_EVENT, what).at(kind.at()));
            }
        };
        Ok(Self {
            at: field.at().to_owned(),
            content: field.json().to_string(),
            id: field.maybe_text("eventId")?,
            sequence: field.optional("sequence").map(|f| f.whole()).transpose()?,
            warehouse: field.maybe_text("warehouse")?,
            legal_entity: field.maybe_text("legalEntity")?,
            rma: field.maybe_text("rma")?,
            tracking_no: field.maybe_text("trackingNo")?,
            fact,
        })
    }
}

/// When it happened.
pub(super) fn occurred_at(field: &Field<'_>) -> Result<Timestamp, Failure> {
    field.member("occurredAt")?.instant()
}

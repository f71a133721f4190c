//! Facts beyond those that selectors pick: conditions may name them.

use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{Currency, Qty, ReturnType};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What else is known of a line when a question is put to the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Further<'a> {
    /// Type of the return.
    pub return_type: Option<ReturnType>,
    /// Site the goods go to.
    pub site: Option<&'a str>,
    /// Where they come from.
    pub ship_from: Option<&'a str>,
    /// Currency of the invoice.
    pub currency: Option<Currency>,
    /// When the customer asked.
    pub requested: Option<Requested<'a>>,
    /// True if the line goes back to an invoice.
    pub has_invoice: Option<bool>,
    /// Day of the invoice.
    pub invoice_date: Option<Date>,
    /// Invoiced amount of the whole line, minor units.
    pub invoiced_minor: Option<i64>,
    /// Claimed price of one unit of measure, minor units.
    pub claimed_minor: Option<i64>,
    /// Base units asked for, rounded up.
    pub quantity: Option<i64>,
    /// True if the line names evidence.
    pub has_evidence: Option<bool>,
    /// Supplier that the goods go back to.
    pub supplier: Option<&'a str>,
}

/// When the customer asked: the day is looked up only if a condition asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested<'a> {
    /// An instant, and the zone of the customer's site.
    At(Timestamp, &'a str),
    /// The day itself.
    On(Date),
}

impl<'a> Further<'a> {
    /// What header and line say.
    pub(super) fn of(header: &'a ReturnHeader, line: &'a ReturnLine) -> Self {
        Self {
            return_type: Some(header.return_type),
            site: Some(&header.return_to_site),
            ship_from: header.ship_from.as_deref(),
            currency: Some(header.currency),
            requested: Some(Requested::At(header.requested_at, &header.tz)),
            has_invoice: Some(line.invoice_ref.is_some()),
            invoice_date: line.invoice_ref.as_ref().map(|invoice| invoice.date),
            invoiced_minor: line.invoiced.as_ref().map(|invoiced| invoiced.amount_minor),
            claimed_minor: line.claimed_unit_price.map(|price| price.minor),
            quantity: base_units(line),
            has_evidence: Some(!line.evidence.is_empty()),
            supplier: (line.supplier_return.as_ref()).map(|supplier| supplier.supplier.as_str()),
        }
    }

    /// Day of the request, in the zone of the customer's site.
    pub fn requested_on(&self) -> Option<Date> {
        match self.requested? {
            Requested::On(day) => Some(day),
            Requested::At(at, "UTC") => Some(at.to_zoned(TimeZone::UTC).date()),
            Requested::At(at, tz) => Some(at.to_zoned(TimeZone::get(tz).ok()?).date()),
        }
    }

    /// Days from the invoice to the request.
    pub fn days_since_invoice(&self) -> Option<i64> {
        let span = self.invoice_date?.until(self.requested_on()?).ok()?;
        Some(i64::from(span.get_days()))
    }
}

/// Base units asked for on a line, rounded up to whole ones.
fn base_units(line: &ReturnLine) -> Option<i64> {
    let per = line.base_per_uom;
    let num = i128::from(line.qty_requested.millionths()) * i128::from(per.num);
    let den = i128::from(Qty::UNIT) * i128::from(per.den);
    (den > 0 && num >= 0).then_some(())?;
    i64::try_from((num + den - 1) / den).ok()
}

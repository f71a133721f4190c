//! What is wrong with a request before anything is done about it, field by field.

use std::collections::BTreeSet;

use canonical::header::ReturnRequest;
use canonical::invoice::InvoicedSnapshot;
use canonical::line::ReturnLine;
use canonical::{Currency, Qty};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::problem::FieldError;

/// Longest name or number: what ERPs and EDI partners take is shorter.
const LONGEST: usize = 200;
/// Lines of a request at the most.
const LINES: usize = 1_000;
/// Longest customer note, in characters (Shopify's limit, as the model's).
const NOTE: usize = 300;
/// How far a request's time may be ahead of our clock.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Everything that is wrong with it.
pub(super) fn request(request: &ReturnRequest, now: Timestamp) -> Vec<FieldError> {
    let mut found = Found(Vec::new());
    for (field, value) in [
        ("/system", &request.system),
        ("/request_id", &request.request_id),
        ("/legal_entity", &request.legal_entity),
        ("/channel", &request.channel),
        ("/customer_account", &request.customer_account),
        ("/return_to_site", &request.return_to_site),
    ] {
        found.name(field, value);
    }
    for (field, value) in [
        ("/rma_number", &request.rma_number),
        ("/bill_to", &request.bill_to),
        ("/customer_segment", &request.customer_segment),
        ("/ship_from", &request.ship_from),
        ("/requested_by", &request.requested_by),
    ] {
        if let Some(value) = value {
            found.name(field, value);
        }
    }
    if request.system.contains('/') {
        found.add(
            "/system",
            "it has a / in it, which ends the system in a name such as ext:SYSTEM/VALUE",
        );
    }
    for (n, reference) in request.external_refs.iter().enumerate() {
        let at = format!("/external_refs/{n}");
        found.name(&format!("{at}/system"), &reference.system);
        found.name(&format!("{at}/value"), &reference.value);
    }
    if request.fx_rate.num <= 0 || request.fx_rate.den <= 0 {
        found.add("/fx_rate", "a rate is above zero");
    }
    found.zone("/tz", &request.tz);
    if request.requested_at > now.saturating_add(AHEAD).unwrap_or(now) {
        found.add("/requested_at", "it is in the future");
    }
    if request.requested_at < Timestamp::UNIX_EPOCH {
        found.add("/requested_at", "it is before 1970");
    }
    if request.lines.is_empty() || request.lines.len() > LINES {
        found.add("/lines", format!("a request has 1 to {LINES} lines"));
    }
    let (mut numbers, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (n, line) in request.lines.iter().enumerate() {
        let at = format!("/lines/{n}");
        if !numbers.insert(line.line_no) {
            found.add(
                format!("{at}/line_no"),
                format!("line number {} is there twice", line.line_no),
            );
        }
        if !ids.insert(&line.line_id) {
            found.add(
                format!("{at}/line_id"),
                format!("line id {:?} is there twice", line.line_id),
            );
        }
        self::line(&at, line, request.currency, &mut found);
    }
    found.0
}

/// Everything that is wrong with lines that a return of that currency is to get.
pub(super) fn added(lines: &[ReturnLine], currency: Currency) -> Vec<FieldError> {
    let mut found = Found(Vec::new());
    let (mut numbers, mut ids) = (BTreeSet::new(), BTreeSet::new());
    if lines.len() > LINES {
        found.add("/add", format!("no more than {LINES} lines are added"));
    }
    for (n, line) in lines.iter().enumerate() {
        let at = format!("/add/{n}");
        if !numbers.insert(line.line_no) || !ids.insert(&line.line_id) {
            found.add(format!("{at}/line_no"), "this line is there twice");
        }
        self::line(&at, line, currency, &mut found);
    }
    found.0
}

fn line(at: &str, line: &ReturnLine, currency: Currency, found: &mut Found) {
    if line.line_no == 0 {
        found.add(format!("{at}/line_no"), "lines are numbered from 1");
    }
    found.name(&format!("{at}/line_id"), &line.line_id);
    found.name(&format!("{at}/sku"), &line.sku);
    found.name(&format!("{at}/uom"), &line.uom);
    if !line.qty_requested.is_positive() {
        found.add(format!("{at}/qty_requested"), "a quantity is above zero");
    }
    if line.qty_authorized != Qty::ZERO {
        found.add(
            format!("{at}/qty_authorized"),
            "what is allowed is decided here: leave it out",
        );
    }
    if line.base_per_uom.num <= 0 || line.base_per_uom.den <= 0 {
        found.add(format!("{at}/base_per_uom"), "a ratio is above zero");
    } else if line.qty_requested.times(line.base_per_uom).is_none() {
        found.add(
            format!("{at}/base_per_uom"),
            "the quantity is not an exact quantity of base units at this ratio",
        );
    }
    if line
        .customer_note
        .as_ref()
        .is_some_and(|note| note.chars().count() > NOTE)
    {
        found.add(
            format!("{at}/customer_note"),
            format!("it is longer than {NOTE} characters"),
        );
    }
    if let Some(invoice) = &line.invoice_ref {
        found.name(&format!("{at}/invoice_ref/document"), &invoice.document);
        found.name(&format!("{at}/invoice_ref/line"), &invoice.line);
        if let Some(tz) = &invoice.tz {
            found.zone(&format!("{at}/invoice_ref/tz"), tz);
        }
    }
    let Some(invoiced) = &line.invoiced else {
        return;
    };
    let at = format!("{at}/invoiced");
    if !invoiced.base_qty.is_positive() {
        found.add(format!("{at}/base_qty"), "a quantity is above zero");
    }
    if invoiced.ccy != currency {
        found.add(
            format!("{at}/ccy"),
            format!("it is not that of the request, {}", currency.code()),
        );
    }
    if invoiced.amount_minor < 0 {
        found.add(
            format!("{at}/amount_minor"),
            "an invoice line is not below zero",
        );
    }
    taxes(&at, invoiced, found);
}

/// Taxes are not below zero, and no more than the amount that contains them.
fn taxes(at: &str, invoiced: &InvoicedSnapshot, found: &mut Found) {
    for (n, tax) in invoiced.taxes.iter().enumerate() {
        let at = format!("{at}/taxes/{n}");
        if tax.rate < Qty::ZERO {
            found.add(format!("{at}/rate"), "a rate is not below zero");
        }
        if tax.amount_minor < 0 {
            found.add(format!("{at}/amount_minor"), "a tax is not below zero");
        }
    }
    let taxes = invoiced
        .taxes
        .iter()
        .map(|tax| i128::from(tax.amount_minor));
    if invoiced.price_includes_tax && taxes.sum::<i128>() > i128::from(invoiced.amount_minor) {
        found.add(
            format!("{at}/amount_minor"),
            "it is less than the taxes that it contains",
        );
    }
}

struct Found(Vec<FieldError>);

impl Found {
    fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }

    /// A zone is known.
    fn zone(&mut self, pointer: &str, tz: &str) {
        if tz != "UTC" && TimeZone::get(tz).is_err() {
            let detail = format!("{tz:?} is not a time zone of the IANA database");
            self.add(pointer, detail);
        }
    }

    /// A name is not empty, not too long, and can be printed.
    fn name(&mut self, pointer: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(pointer, "it is empty");
        } else if value.len() > LONGEST {
            self.add(pointer, format!("it is longer than {LONGEST} bytes"));
        } else if value.chars().any(char::is_control) {
            self.add(pointer, "it has characters in it that cannot be printed");
        }
    }
}

//! A return to calculate with: the facts that a test does not care about.

use canonical::header::ReturnHeader;
use canonical::invoice::{InvoiceRef, InvoicedSnapshot, InvoicedTax};
use canonical::line::ReturnLine;
use canonical::{
    Currency, DispositionAction, Liability, Lifecycle, Qty, Ratio, Reason, ReturnType, TrackingMode,
};
use jiff::Timestamp;
use workflow::credit::SliceInput;
use workflow::policy::PolicySet;

/// The policy that is shipped as an example.
pub(crate) const US01: &str = include_str!("../../../../../deploy/policy/us01.toml");

/// When everything happens.
pub(crate) fn now() -> Timestamp {
    "2026-05-04T10:00:00Z".parse().unwrap()
}

/// Policies of one document.
pub(crate) fn policies(toml: &str) -> PolicySet {
    let documents = [("test.toml".to_owned(), toml.to_owned())];
    PolicySet::load(&documents).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Head of a return in that currency.
pub(crate) fn header(currency: Currency) -> ReturnHeader {
    ReturnHeader {
        return_id: "01JRETURN".to_owned(),
        rma_number: "RMA-1".to_owned(),
        external_refs: Vec::new(),
        return_type: ReturnType::Physical,
        legal_entity: "US01".to_owned(),
        channel: "portal".to_owned(),
        customer_segment: None,
        customer_account: "C-100".to_owned(),
        bill_to: "C-100".to_owned(),
        ship_from: None,
        currency,
        base_currency: currency,
        fx_rate: Ratio::ONE,
        requested_at: now(),
        authorized_at: None,
        expires_at: None,
        tz: "UTC".to_owned(),
        return_to_site: "WH1".to_owned(),
        lifecycle: Lifecycle::InProgress,
        policy_version: "us01-2026-01-01.r1".to_owned(),
        crosswalk_version: String::new(),
        correlation_id: "corr".to_owned(),
        hold_flags: Vec::new(),
    }
}

/// An invoice line: its quantity, its amount, and its taxes as (rate, amount).
pub(crate) fn invoiced(
    ccy: Currency,
    base_qty: Qty,
    amount_minor: i64,
    taxes: &[(&str, i64)],
) -> InvoicedSnapshot {
    InvoicedSnapshot {
        base_qty,
        ccy,
        amount_minor,
        discount_minor: 0,
        price_includes_tax: false,
        taxes: taxes
            .iter()
            .map(|&(rate, amount_minor)| InvoicedTax {
                jurisdiction: "US-IL".to_owned(),
                tax_type: "SALES".to_owned(),
                category: None,
                rate: rate.parse().unwrap(),
                amount_minor,
            })
            .collect(),
        freight_minor: 0,
        cost_minor: None,
        fx_rate: Ratio::ONE,
        document_axis: None,
    }
}

/// A line of a return that goes back to line `line_no` of invoice INV-1.
pub(crate) fn line(line_no: u32, reason: Reason, snapshot: InvoicedSnapshot) -> ReturnLine {
    ReturnLine {
        line_no,
        line_id: format!("L{line_no}"),
        parent_line_id: None,
        order_ref: None,
        invoice_ref: Some(InvoiceRef {
            document: "INV-1".to_owned(),
            line: line_no.to_string(),
            date: jiff::civil::date(2026, 4, 20),
            tz: None,
        }),
        sku: format!("SKU-{line_no}"),
        gtin: None,
        customer_sku: None,
        qty_requested: snapshot.base_qty,
        qty_authorized: snapshot.base_qty,
        uom: "EA".to_owned(),
        base_per_uom: Ratio::ONE,
        reason,
        customer_note: None,
        tracking_mode: TrackingMode::None,
        expected_serials: Vec::new(),
        expected_lots: Vec::new(),
        invoiced: Some(snapshot),
        claimed_unit_price: None,
        supplier_return: None,
        replacement: None,
        evidence: Vec::new(),
    }
}

/// Units of a line that are restocked.
pub(crate) fn restock(line: &ReturnLine, from: Qty, to: Qty) -> SliceInput<'_> {
    SliceInput {
        line,
        disposition_id: "D1/1".to_owned(),
        position_from: from,
        position_to: to,
        action: DispositionAction::Restock,
        condition: None,
        liability: Liability::Seller,
    }
}

//! Papers of what is recovered, replaced or sent to a vendor, and the reversal of a recovery.

use std::sync::Arc;

use http::header::ETAG;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::books::{Body, Books, Pages, body_of, check_etag, done_before};
use super::document::Status;
use super::paper::Cancellation;
use super::{Collection, Config, refusals};
use crate::answer::{Done, Refusal, read, read_value};
use crate::decimal::Decimal;

/// An invoice for what was advanced and did not come back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecoveryInvoice {
    pub(super) external_document_number: String,
    pub(super) customer_number: String,
    pub(super) currency_code: String,
    pub(super) posting_date: Date,
    pub(super) lines: Vec<RecoveryLine>,
    net_amount: Decimal,
    tax_amount: Decimal,
    pub(super) gross_amount: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecoveryLine {
    net_amount: Decimal,
    tax_amount: Decimal,
}

/// An order for other goods, a return to a vendor or a claim on one: goods without a booking.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoodsOrder {
    pub(super) external_document_number: String,
    pub(super) customer_number: Option<String>,
    vendor_number: Option<String>,
    pub(super) lines: Vec<GoodsLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoodsLine {
    #[serde(rename = "itemNumber")]
    _item_number: String,
    quantity: Decimal,
}

impl RecoveryInvoice {
    /// Σ lines is the total, net + tax = gross, and something is owed.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let net = Decimal::sum(self.lines.iter().map(|line| line.net_amount));
        let tax = Decimal::sum(self.lines.iter().map(|line| line.tax_amount));
        refusals::equal("netAmount", self.net_amount, net)?;
        refusals::equal("taxAmount", self.tax_amount, tax)?;
        let gross = self.net_amount + self.tax_amount;
        refusals::equal("grossAmount", self.gross_amount, gross)?;
        if !self.gross_amount.is_positive() {
            let message = "an invoice is above zero";
            return Err(Refusal::rule("WRONG_TOTALS", "grossAmount", message));
        }
        Ok(())
    }
}

impl GoodsOrder {
    /// It names whom it is for, and positive quantities.
    pub(super) fn check(&self, collection: Collection) -> Result<(), Refusal> {
        let (named, target) = match collection {
            Collection::ReplacementOrders => (self.customer_number.is_some(), "customerNumber"),
            _ => (self.vendor_number.is_some(), "vendorNumber"),
        };
        if !named {
            return Err(Refusal::malformed(format!("{target} is missing")));
        }
        if self.lines.iter().any(|line| !line.quantity.is_positive()) {
            return Err(Refusal::malformed("the quantity of a line is positive"));
        }
        Ok(())
    }
}

impl Books {
    /// Takes a recovery back: the invoice is cancelled, a cancellation document records it.
    pub(super) fn cancel_recovery(
        &self,
        config: &Config,
        id: &str,
        if_match: Option<&str>,
        body: &[u8],
    ) -> Result<Done, Refusal> {
        let body: Body = read(body)?;
        let asked: Cancellation = read_value(&Value::Object(body.clone()))?;
        refusals::key(&asked.external_document_number)?;
        let mut pages = self.pages();
        let document = pages.find(Collection::RecoveryInvoices, id)?;
        if !document.is_live() {
            return Err(done_before("ALREADY_CANCELLED", document));
        }
        check_etag(config, document, if_match)?;
        let number_of_invoice = document.number.clone();
        let invoice_body = body_of(document);
        let invoice: RecoveryInvoice = read_value(&Value::Object(invoice_body.as_ref().clone()))?;
        let date = asked.posting_date.unwrap_or(invoice.posting_date);
        let target = Collection::RecoveryInvoiceCancellations;
        let key = asked.external_document_number;
        let number = pages.check_guard(config, target, &key, &body)?;
        pages.accounts.check_period(date)?;
        pages.accounts.invoice(&invoice, true);
        turn_cancelled(&mut pages, id, invoice_body)?;
        let mut record = body;
        for (name, value) in [
            ("recoveryInvoiceId", id.to_owned()),
            ("recoveryInvoiceNumber", number_of_invoice),
            ("customerNumber", invoice.customer_number),
            ("currencyCode", invoice.currency_code),
            ("grossAmount", invoice.gross_amount.to_string()),
            ("postingDate", date.to_string()),
        ] {
            record.insert(name.to_owned(), value.into());
        }
        let document = pages.enter(target, number, key, Status::Posted, record);
        Ok(Done::ok(document.render()).with(ETAG, document.etag()))
    }
}

fn turn_cancelled(pages: &mut Pages, id: &str, body: Arc<Body>) -> Result<Done, Refusal> {
    let face = (Status::Cancelled, body);
    pages.turn(Collection::RecoveryInvoices, id, face, "cancelled")
}

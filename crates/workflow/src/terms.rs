//! By what a return is looked for: the numbers and items that people type in.

use std::collections::BTreeSet;

use crate::blind;
use crate::state::ReturnState;

/// What a return may be looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// RMA number.
    Rma,
    /// Customer account.
    Customer,
    /// Sales channel.
    Channel,
    /// Order number of a line.
    Order,
    /// Invoice number of a line.
    Invoice,
    /// Item of a line: its number, its GTIN or the customer's item number.
    Item,
    /// Serial number, expected or received.
    Serial,
    /// Number of a document in a target.
    Document,
    /// Tracking number of a parcel.
    Tracking,
}

impl TermKind {
    /// The word for it, as it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rma => "rma",
            Self::Customer => "customer",
            Self::Channel => "channel",
            Self::Order => "order",
            Self::Invoice => "invoice",
            Self::Item => "item",
            Self::Serial => "serial",
            Self::Document => "document",
            Self::Tracking => "tracking",
        }
    }
}

/// Kind of an external reference that is the tracking number of a parcel.
const TRACKING: &str = "tracking";

/// Nothing longer is looked for by, in bytes.
pub const LONGEST_TERM: usize = 256;

/// Everything that a return is found by.
pub fn terms(state: &ReturnState) -> BTreeSet<(TermKind, &str)> {
    let header = state.header();
    let mut terms = BTreeSet::from([
        (TermKind::Rma, header.rma_number.as_str()),
        (TermKind::Customer, header.customer_account.as_str()),
        (TermKind::Channel, header.channel.as_str()),
    ]);
    for line in state.lines().iter().map(|line| &line.line) {
        let order = line.order_ref.as_ref().map(|order| order.order.as_str());
        let invoice = line.invoice_ref.as_ref().map(|i| i.document.as_str());
        let items = [Some(line.sku.as_str()), line.gtin.as_deref()];
        let items = items.into_iter().chain([line.customer_sku.as_deref()]);
        terms.extend(order.map(|order| (TermKind::Order, order)));
        terms.extend(invoice.map(|invoice| (TermKind::Invoice, invoice)));
        terms.extend(items.flatten().map(|item| (TermKind::Item, item)));
        let serials = line.expected_serials.iter();
        terms.extend(serials.map(|serial| (TermKind::Serial, serial.as_str())));
    }
    for line in state.receipts.iter().flat_map(|receipt| &receipt.lines) {
        let serials = line.serials.iter();
        terms.extend(serials.map(|serial| (TermKind::Serial, serial.as_str())));
    }
    let tracking = state.tracking.iter().map(String::as_str);
    let parcels = header
        .external_refs
        .iter()
        .filter(|other| other.kind == TRACKING);
    let (waiting, serials) = blind::numbers(state);
    terms.extend(serials.into_iter().map(|serial| (TermKind::Serial, serial)));
    let tracking = tracking.chain(waiting);
    let tracking = tracking.chain(parcels.map(|parcel| parcel.value.as_str()));
    terms.extend(tracking.map(|number| (TermKind::Tracking, number)));
    let documents = state.effects().iter();
    terms.extend(documents.map(|effect| (TermKind::Document, effect.document_no.as_str())));
    // A zero byte is kept by no PostgreSQL.
    terms.retain(|(_, value)| {
        !value.is_empty() && value.len() <= LONGEST_TERM && !value.contains('\0')
    });
    terms
}

/// What it is found by that it was not found by before. What it was found by once it stays found by: an order number that was
/// amended is still one that somebody may have on a paper.
pub fn new_terms<'a>(
    before: Option<&ReturnState>,
    after: &'a ReturnState,
) -> Vec<(TermKind, &'a str)> {
    let known = before.map(terms).unwrap_or_default();
    let terms = terms(after).into_iter();
    terms.filter(|term| !known.contains(term)).collect()
}

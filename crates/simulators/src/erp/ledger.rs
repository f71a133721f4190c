//! The books as shown to whoever checks them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Collection;
use super::books::Books;
use super::document::{Document, Status};
use crate::decimal::Decimal;

/// Everything committed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Documents per collection, cancelled ones included.
    pub counts: BTreeMap<Collection, usize>,
    /// Live documents per collection and key.
    pub keys: Vec<KeyCount>,
    /// Keys with more than one live document: must be empty.
    pub duplicates: Vec<Duplicate>,
    /// Stock on hand.
    pub stock: Vec<StockRow>,
    /// Stock below nought: something was taken that never came.
    pub negative_stock: Vec<StockRow>,
    /// What customers owe; credits lower it.
    pub receivables: Vec<Receivable>,
    /// What happened, in order.
    pub journal: Vec<JournalEntry>,
    /// The documents as they are now.
    pub documents: BTreeMap<Collection, Vec<Value>>,
}

/// How many documents a key has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyCount {
    /// Where.
    pub collection: Collection,
    /// The caller's key.
    pub external_document_number: String,
    /// Not cancelled.
    pub live: usize,
    /// Posted.
    pub posted: usize,
}

/// A key with more than one live document.
pub type Duplicate = KeyCount;

/// A stock quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StockRow {
    /// Item.
    pub item_number: String,
    /// Site.
    pub site_code: String,
    /// Stock status.
    pub status: String,
    /// Unit.
    pub unit_of_measure_code: String,
    /// On hand.
    pub quantity: Decimal,
}

/// A customer's balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receivable {
    /// Customer.
    pub customer_number: String,
    /// ISO 4217.
    pub currency_code: String,
    /// Owed by the customer; negative: owed to the customer.
    pub balance: Decimal,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// 1, 2, 3 …
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Which kind of document.
    pub collection: Collection,
    /// Which document.
    pub id: String,
    /// The caller's key.
    pub external_document_number: String,
    /// `created`, `posted`, `amended` or `cancelled`.
    pub what: &'static str,
}

impl JournalEntry {
    pub(super) fn new(
        sequence: u64,
        collection: Collection,
        id: &str,
        key: &str,
        what: &'static str,
    ) -> Self {
        let (id, external_document_number) = (id.to_owned(), key.to_owned());
        Self {
            sequence,
            at: Timestamp::now(),
            collection,
            id,
            external_document_number,
            what,
        }
    }
}

impl Ledger {
    /// Live documents of a collection under a key.
    pub fn live(&self, collection: Collection, key: &str) -> usize {
        self.counted(collection, key).map_or(0, |count| count.live)
    }

    /// Posted documents of a collection under a key.
    pub fn posted(&self, collection: Collection, key: &str) -> usize {
        self.counted(collection, key)
            .map_or(0, |count| count.posted)
    }

    /// A customer's balance in a currency; nought when nothing was booked.
    pub fn receivable(&self, customer: &str, currency: &str) -> Decimal {
        let found = self.receivables.iter().find(|receivable| {
            receivable.customer_number == customer && receivable.currency_code == currency
        });
        found.map_or(Decimal::ZERO, |receivable| receivable.balance)
    }

    /// Stock on hand of an item at a site in a status, over all units.
    pub fn on_hand(&self, item: &str, site: &str, status: &str) -> Decimal {
        let rows = self
            .stock
            .iter()
            .filter(|row| row.item_number == item && row.site_code == site && row.status == status);
        Decimal::sum(rows.map(|row| row.quantity))
    }

    fn counted(&self, collection: Collection, key: &str) -> Option<&KeyCount> {
        let found = self.keys.binary_search_by(|count| {
            (count.collection, count.external_document_number.as_str()).cmp(&(collection, key))
        });
        found.ok().and_then(|position| self.keys.get(position))
    }
}

impl Books {
    /// The books as they stand.
    pub(super) fn ledger(&self) -> Ledger {
        let pages = self.pages();
        let all = |collection| pages.documents.get(&collection).map(Vec::as_slice);
        let each = |collection| all(collection).unwrap_or_default();
        let keys = count(Collection::ALL.into_iter().flat_map(each));
        let duplicates = keys
            .iter()
            .filter(|count| count.live > 1 && !count.external_document_number.is_empty())
            .cloned()
            .collect();
        let stock: Vec<StockRow> = pages
            .accounts
            .stock
            .iter()
            .map(|((item, site, status, unit), quantity)| StockRow {
                item_number: item.clone(),
                site_code: site.clone(),
                status: status.clone(),
                unit_of_measure_code: unit.clone(),
                quantity: *quantity,
            })
            .collect();
        let negative_stock = stock
            .iter()
            .filter(|row| row.quantity.is_negative())
            .cloned()
            .collect();
        let receivables = pages
            .accounts
            .receivables
            .iter()
            .map(|((customer, currency), balance)| Receivable {
                customer_number: customer.clone(),
                currency_code: currency.clone(),
                balance: *balance,
            })
            .collect();
        let render = |collection| each(collection).iter().map(Document::render).collect();
        Ledger {
            counts: Collection::ALL.map(|one| (one, each(one).len())).into(),
            keys,
            duplicates,
            stock,
            negative_stock,
            receivables,
            journal: pages.journal.clone(),
            documents: Collection::ALL.map(|one| (one, render(one))).into(),
        }
    }
}

/// Sorted by collection and key.
fn count<'a>(documents: impl Iterator<Item = &'a Document>) -> Vec<KeyCount> {
    let mut counts: BTreeMap<(Collection, &str), (usize, usize)> = BTreeMap::new();
    for document in documents {
        let (live, posted) = counts
            .entry((document.collection, &document.key))
            .or_default();
        *live += usize::from(document.is_live());
        *posted += usize::from(document.status() == Some(Status::Posted));
    }
    let row = |((collection, key), (live, posted)): ((Collection, &str), (usize, usize))| {
        let external_document_number = key.to_owned();
        KeyCount {
            collection,
            external_document_number,
            live,
            posted,
        }
    };
    counts.into_iter().map(row).collect()
}

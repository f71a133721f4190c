//! The books as shown to whoever checks them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Kind;
use super::books::Books;
use super::document::Document;
use crate::decimal::Decimal;

/// Everything committed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Documents per kind, reversed ones included.
    pub counts: BTreeMap<Kind, usize>,
    /// The documents, in the order in which they were committed.
    pub documents: Vec<Entry>,
    /// Keys with more than one document that counts: must be empty.
    pub duplicates: Vec<Duplicate>,
    /// Stock on hand.
    pub stock: Vec<StockRow>,
    /// Stock below nought: something was taken that never came.
    pub negative_stock: Vec<StockRow>,
    /// What customers owe; credits lower it.
    pub receivables: Vec<Receivable>,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Which kind.
    pub kind: Kind,
    /// The ERP's number.
    pub number: String,
    /// The caller's key.
    pub external_key: String,
    /// `Open`, `Posted` or `Reversed`.
    pub status: &'static str,
    /// Customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Net amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Decimal>,
    /// Tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<Decimal>,
    /// Gross amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gross: Option<Decimal>,
    /// Invoice credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rma_number: Option<String>,
    /// Of a reversal: the number of what it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverses: Option<String>,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Its lines.
    pub lines: Vec<EntryLine>,
}

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryLine {
    /// Line number.
    pub line_no: u32,
    /// Article.
    pub item: String,
    /// How many.
    pub quantity: Decimal,
    /// Unit.
    pub unit: String,
    /// Net amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Decimal>,
    /// Tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<Decimal>,
}

/// A key with more than one document that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// Which kind.
    pub kind: Kind,
    /// The caller's key.
    pub external_key: String,
    /// How many.
    pub count: usize,
}

/// A stock quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockRow {
    /// Article.
    pub item: String,
    /// Site.
    pub site: String,
    /// Stock status.
    pub status: String,
    /// Unit.
    pub unit: String,
    /// On hand.
    pub quantity: Decimal,
}

/// A customer's balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receivable {
    /// Customer.
    pub customer: String,
    /// ISO 4217.
    pub currency: String,
    /// Owed by the customer; negative: owed to the customer.
    pub balance: Decimal,
}

impl Ledger {
    /// Documents of a kind under a key, reversed ones included.
    pub fn with_key(&self, kind: Kind, key: &str) -> Vec<&Entry> {
        let same = |entry: &&Entry| entry.kind == kind && entry.external_key == key;
        self.documents.iter().filter(same).collect()
    }

    /// Documents of a kind under a key that count.
    pub fn live(&self, kind: Kind, key: &str) -> usize {
        let found = self.with_key(kind, key);
        found.iter().filter(|entry| !entry.reversed).count()
    }

    /// A customer's balance in a currency; nought when nothing was booked.
    pub fn receivable(&self, customer: &str, currency: &str) -> Decimal {
        let same = |row: &&Receivable| row.customer == customer && row.currency == currency;
        let found = self.receivables.iter().find(same);
        found.map_or(Decimal::ZERO, |row| row.balance)
    }

    /// Stock on hand of an article at a site in a status, over all units.
    pub fn on_hand(&self, item: &str, site: &str, status: &str) -> Decimal {
        let same = |row: &&StockRow| row.item == item && row.site == site && row.status == status;
        Decimal::sum(self.stock.iter().filter(same).map(|row| row.quantity))
    }
}

impl Books {
    /// The books as they stand.
    pub(super) fn ledger(&self) -> Ledger {
        let pages = self.pages();
        let documents: Vec<Entry> = pages.documents.iter().map(entry).collect();
        let accounts = &pages.accounts;
        let stock: Vec<StockRow> = accounts
            .stock
            .iter()
            .map(|((item, site, status, unit), quantity)| StockRow {
                item: item.clone(),
                site: site.clone(),
                status: status.clone(),
                unit: unit.clone(),
                quantity: *quantity,
            })
            .collect();
        let negative = stock.iter().filter(|row| row.quantity.is_negative());
        let receivables = accounts
            .receivables
            .iter()
            .map(|((customer, currency), balance)| Receivable {
                customer: customer.clone(),
                currency: currency.clone(),
                balance: *balance,
            });
        let count = |kind| documents.iter().filter(|entry| entry.kind == kind).count();
        Ledger {
            counts: Kind::ALL.map(|kind| (kind, count(kind))).into(),
            duplicates: duplicates(&documents),
            negative_stock: negative.cloned().collect(),
            receivables: receivables.collect(),
            stock,
            documents,
        }
    }
}

fn duplicates(documents: &[Entry]) -> Vec<Duplicate> {
    let mut counts: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for entry in documents.iter().filter(|entry| !entry.reversed) {
        *counts.entry((entry.kind, &entry.external_key)).or_default() += 1;
    }
    let doubled = counts.into_iter().filter(|(_, count)| *count > 1);
    doubled
        .map(|((kind, key), count)| Duplicate {
            kind,
            external_key: key.to_owned(),
            count,
        })
        .collect()
}

fn entry(document: &Document) -> Entry {
    let shown = document.shown();
    let own = |text: Option<&str>| text.map(str::to_owned);
    let [net, tax, gross] = match shown.amounts {
        Some(amounts) => amounts.map(Some),
        None => [None; 3],
    };
    let lines = shown.lines.iter().map(|line| EntryLine {
        line_no: line.number,
        item: line.item.to_owned(),
        quantity: line.quantity,
        unit: line.unit.to_owned(),
        net: line.amounts.map(|[net, _]| net),
        tax: line.amounts.map(|[_, tax]| tax),
    });
    Entry {
        kind: document.kind,
        number: document.number.clone(),
        external_key: document.key().to_owned(),
        status: document.status(),
        customer: own(shown.customer),
        currency: own(shown.currency),
        net,
        tax,
        gross,
        invoice: own(shown.invoice),
        rma_number: own(shown.rma),
        reverses: document.reverses.as_ref().map(|(number, _)| number.clone()),
        reversed: document.reversed_by.is_some(),
        lines: lines.collect(),
    }
}

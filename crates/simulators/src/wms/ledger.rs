//! What happened in the warehouse, as shown to whoever checks it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Asn, Story, Warehouse};
use crate::decimal::Decimal;
use crate::emit::{Delivery, Outcome};

/// Everything that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Announced returns.
    pub asns: Vec<Asn>,
    /// `externalReference`s announced more than once: must be empty.
    pub duplicates: Vec<String>,
    /// What was received, inspected and decided.
    pub stock: Vec<StockRow>,
    /// The story of each return played.
    pub stories: BTreeMap<String, Story>,
    /// Messages sent, and how that ended.
    pub events: Vec<SentEvent>,
    /// Notifications taken.
    pub notifications: Vec<Value>,
    /// Notifications that came again under a known key.
    pub notification_duplicates: usize,
    /// Whether nothing is being played or sent.
    pub idle: bool,
}

/// One article of one return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockRow {
    /// Return.
    pub rma: String,
    /// Line announced; none for an unannounced article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Article.
    pub sku: String,
    /// Where.
    pub site: String,
    /// Unit.
    pub uom: String,
    /// Announced.
    pub announced: Decimal,
    /// Received, less what was reversed.
    pub received: Decimal,
    /// Inspected.
    pub inspected: Decimal,
    /// Decided, by action.
    pub disposed: BTreeMap<&'static str, Decimal>,
}

/// One message sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentEvent {
    /// Delivery id.
    pub webhook_id: String,
    /// Return.
    pub rma: String,
    /// Event type, whatever the dialect.
    pub what: &'static str,
    /// Attempts made.
    pub attempts: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Last HTTP status, if there was an answer.
    pub last_status: Option<u16>,
    /// Whether it was rubbish sent on purpose.
    pub garbage: bool,
}

impl SentEvent {
    pub(super) fn pending(webhook_id: &str, rma: &str, what: &'static str) -> Self {
        Self {
            webhook_id: webhook_id.to_owned(),
            rma: rma.to_owned(),
            what,
            attempts: 0,
            outcome: Outcome::Pending,
            last_status: None,
            garbage: false,
        }
    }

    pub(super) fn settled(rma: &str, what: &'static str, delivery: Delivery) -> Self {
        Self {
            webhook_id: delivery.webhook_id,
            rma: rma.to_owned(),
            what,
            attempts: delivery.attempts,
            outcome: delivery.outcome,
            last_status: delivery.last_status,
            garbage: delivery.garbage,
        }
    }
}

impl Ledger {
    /// Announced returns with this key.
    pub fn announced(&self, external_reference: &str) -> usize {
        let same = |asn: &&Asn| asn.external_reference == external_reference;
        self.asns.iter().filter(same).count()
    }

    /// Real messages (no rubbish) that ended so.
    pub fn events_that(&self, outcome: Outcome) -> usize {
        let ended = |event: &&SentEvent| event.outcome == outcome && !event.garbage;
        self.events.iter().filter(ended).count()
    }
}

pub(super) fn of(warehouse: &Warehouse) -> Ledger {
    let (notifications, notification_duplicates) = warehouse.notifications.all();
    let state = warehouse.floor.state();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for asn in &state.asns {
        *counts.entry(&asn.external_reference).or_default() += 1;
    }
    let doubled = counts.into_iter().filter(|(_, count)| *count > 1);
    let duplicates = doubled.map(|(key, _)| key.to_owned()).collect();
    let sites: BTreeMap<&str, &str> = state
        .asns
        .iter()
        .map(|asn| (asn.rma_number.as_str(), asn.site.as_str()))
        .collect();
    let mut stock = Vec::new();
    let mut stories = BTreeMap::new();
    for (rma, one) in &state.returns {
        if let Some(story) = one.story {
            stories.insert(rma.clone(), story);
        }
        stock.extend(one.rows.iter().map(|row| {
            StockRow {
                rma: rma.clone(),
                line: row.line,
                sku: row.sku.clone(),
                site: sites
                    .get(rma.as_str())
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                uom: row.uom.clone(),
                announced: row.announced,
                received: row.received,
                inspected: row.inspected,
                disposed: row.disposed.clone(),
            }
        }));
    }
    Ledger {
        asns: state.asns.clone(),
        duplicates,
        stock,
        stories,
        events: state.sent.clone(),
        notifications,
        notification_duplicates,
        idle: state.is_idle(),
    }
}

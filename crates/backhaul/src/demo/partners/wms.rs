//! Warehouses that speak JSON over HTTP, in three dialects.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use canonical::Qty;
use simulators::faults::Faults;
use simulators::wms::{self, Dialect, WmsSim};
use url::Url;

use super::{SECRET, Weather, quantity};
use crate::demo::proof::{Held, at};

/// Key that the warehouses ask for.
pub(crate) const API_KEY: &str = "demo-key";

/// A warehouse: instance name, site, dialect.
pub(crate) const WAREHOUSES: [(&str, &str, Dialect); 3] = [
    ("wms-east", "DC-EAST", Dialect::Delta),
    ("wms-west", "DC-WEST", Dialect::Notify),
    ("tpl-south", "3PL-SOUTH", Dialect::Snapshot),
];

/// The running warehouses, by instance name.
pub(crate) struct Warehouses(BTreeMap<&'static str, WmsSim>);

impl Warehouses {
    pub(super) async fn start(weather: Weather) -> Result<Self> {
        let mut warehouses = BTreeMap::new();
        for (name, _, dialect) in WAREHOUSES {
            let config = wms::Config {
                api_key: Some(API_KEY.to_owned()),
                dialect,
                secret: SECRET.to_owned(),
                seed: weather.seed,
                max_attempts: 200,
                faults: weather.faults.rules(weather.seed),
                ..wms::Config::default()
            };
            warehouses.insert(name, WmsSim::start(config).await.context("warehouse")?);
        }
        Ok(Self(warehouses))
    }

    /// Where that one listens.
    pub(crate) fn url(&self, name: &str) -> String {
        self.0.get(name).map(WmsSim::url).unwrap_or_default()
    }

    pub(super) fn aim(&self, ingress: &Url) -> Result<()> {
        for (name, warehouse) in &self.0 {
            warehouse.aim(ingress.join(&format!("/in/{name}"))?);
        }
        Ok(())
    }

    pub(super) fn idle(&self) -> bool {
        self.0.values().all(WmsSim::is_idle)
    }

    pub(super) fn received(&self) -> Vec<(String, Qty)> {
        let rows = self.0.values().flat_map(|w| w.ledger().stock);
        rows.map(|row| (row.rma, quantity(row.received))).collect()
    }

    pub(super) fn announcements(&self) -> Vec<Held> {
        let all = self.0.iter();
        all.flat_map(|(name, warehouse)| {
            let asns = warehouse.ledger().asns.into_iter();
            asns.map(|asn| Held::complete(at(name, &asn.external_reference), None))
        })
        .collect()
    }

    /// Notifications that were taken.
    pub(crate) fn notifications(&self) -> Vec<Held> {
        let all = self.0.iter();
        all.flat_map(|(name, warehouse)| {
            let notes = warehouse.ledger().notifications.into_iter();
            notes.map(|note| {
                let key = note.get("key").and_then(|key| key.as_str());
                Held::complete(at(name, key.unwrap_or_default()), None)
            })
        })
        .collect()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        let all = self.0.iter();
        all.flat_map(|(name, warehouse)| {
            let doubled = warehouse.ledger().duplicates.into_iter();
            doubled.map(move |key| format!("{name}: announced twice: {key}"))
        })
        .collect()
    }

    pub(super) fn faults(&self) -> Vec<&Faults> {
        self.0.values().map(WmsSim::faults).collect()
    }
}

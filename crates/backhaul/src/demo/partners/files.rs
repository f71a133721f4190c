//! Warehouses that exchange files in folders, in three formats.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use canonical::Qty;
use simulators::faults::Faults;
use simulators::warehouse_file::{self, Dialect, FileSim};

use super::{Weather, quantity};
use crate::demo::proof::{Held, at};

/// A warehouse: instance name, site, format.
pub(crate) const FILE_WAREHOUSES: [(&str, &str, Dialect); 3] = [
    ("dc-north", "DC-NORTH", Dialect::Caret),
    ("lager-sued", "LAGER-SUED", Dialect::Csv),
    ("dc-host", "DC-HOST", Dialect::Fixed),
];

/// The running warehouses, by instance name.
pub(crate) struct FileWarehouses(BTreeMap<&'static str, FileSim>);

impl FileWarehouses {
    pub(super) async fn start(weather: Weather, folder: &Path) -> Result<Self> {
        let mut warehouses = BTreeMap::new();
        for (name, _, dialect) in FILE_WAREHOUSES {
            let config = warehouse_file::Config {
                root: folder.join(name),
                dialect,
                seed: weather.seed,
                faults: weather.faults.rules(weather.seed),
                ..warehouse_file::Config::default()
            };
            let warehouse = FileSim::start(config).await.context("file warehouse")?;
            warehouses.insert(name, warehouse);
        }
        Ok(Self(warehouses))
    }

    pub(super) fn idle(&self) -> bool {
        self.0.values().all(FileSim::is_idle)
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

    pub(super) fn faults(&self) -> Vec<&Faults> {
        self.0.values().map(FileSim::faults).collect()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (name, warehouse) in &self.0 {
            let ledger = warehouse.ledger();
            let doubled = ledger.duplicates.iter();
            all.extend(doubled.map(|key| format!("{name}: announced twice: {key}")));
            let unknown = ledger.unknown_replies.iter();
            all.extend(unknown.map(|file| format!("{name}: answer for an unknown file: {file}")));
        }
        all
    }
}

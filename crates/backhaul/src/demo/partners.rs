//! The partners of a demo: three warehouses with three dialects, two ERPs, a portal; all real servers with ledgers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use simulators::erp::{self, Collection, ErpSim};
use simulators::faults::{Faults, Preset};
use simulators::portal::{self, Request};
use simulators::wms::{self, Dialect, WmsSim};
use url::Url;

use super::proof::Held;

/// Secret that the warehouses and the portal sign with.
pub(crate) const SECRET: &str = "demo-secret";
/// Key that the warehouses ask for.
pub(crate) const API_KEY: &str = "demo-key";

/// A warehouse: instance name, site, dialect.
pub(crate) const WAREHOUSES: [(&str, &str, Dialect); 3] = [
    ("wms-east", "DC-EAST", Dialect::Delta),
    ("wms-west", "DC-WEST", Dialect::Notify),
    ("tpl-south", "3PL-SOUTH", Dialect::Snapshot),
];

/// The running partners.
pub(crate) struct Partners {
    /// Warehouses by instance name.
    pub(crate) warehouses: BTreeMap<&'static str, WmsSim>,
    /// ERP of the American company: drafts and posting, no guard but the look-up.
    pub(crate) erp_us: ErpSim,
    /// ERP of the other companies: refuses a second document with the same external id.
    pub(crate) erp_world: ErpSim,
    /// What customers ask for.
    pub(crate) requests: Vec<Request>,
    faults: Preset,
    seed: u64,
}

impl Partners {
    /// Starts them.
    pub(crate) async fn start(returns: usize, faults: Preset, seed: u64) -> Result<Self> {
        let mut warehouses = BTreeMap::new();
        for (name, _, dialect) in WAREHOUSES {
            let config = wms::Config {
                api_key: Some(API_KEY.to_owned()),
                dialect,
                secret: SECRET.to_owned(),
                seed,
                max_attempts: 200,
                faults: faults.rules(seed),
                ..wms::Config::default()
            };
            warehouses.insert(name, WmsSim::start(config).await.context("warehouse")?);
        }
        let erp = |profile: erp::Profile| erp::Config {
            faults: faults.rules(seed),
            ..profile.config()
        };
        let sites = WAREHOUSES.map(|(_, site, _)| site);
        // Recent enough that most requests are within the return window.
        let start = Timestamp::now() - SignedDuration::from_hours(24 * 15);
        Ok(Self {
            warehouses,
            erp_us: ErpSim::start(erp(erp::Profile::DraftAndPost))
                .await
                .context("ERP")?,
            erp_world: ErpSim::start(erp(erp::Profile::RecordService))
                .await
                .context("ERP")?,
            requests: portal::requests_since(start, seed, returns, &sites),
            faults,
            seed,
        })
    }

    /// Sends the customers' requests and lets the warehouses tell what they do.
    pub(crate) async fn open_business(&self, ingress: &Url) -> Result<portal::Report> {
        for (name, warehouse) in &self.warehouses {
            warehouse.aim(ingress.join(&format!("/in/{name}"))?);
        }
        let faults = Faults::new(self.faults.rules(self.seed));
        let target = ingress.join("/in/portal")?;
        Ok(portal::send_all(&target, SECRET, &self.requests, &faults).await?)
    }

    /// True when no warehouse plays or sends any more.
    pub(crate) fn idle(&self) -> bool {
        self.warehouses.values().all(WmsSim::is_idle)
    }

    /// RMA numbers that were asked for.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.requests.iter().map(|r| r.rma.clone()).collect()
    }

    /// What a warehouse received by RMA, as decimal text.
    pub(crate) fn received(&self) -> BTreeMap<String, String> {
        let mut sums = BTreeMap::new();
        for row in self.warehouses.values().flat_map(|w| w.ledger().stock) {
            let received: canonical::Qty = row.received.to_string().parse().unwrap_or_default();
            let sum: &mut canonical::Qty = sums.entry(row.rma).or_default();
            *sum = sum.checked_add(received).unwrap_or(*sum);
        }
        sums.into_iter()
            .map(|(rma, sum)| (rma, sum.to_string()))
            .collect()
    }

    /// Documents that the ERPs hold, drafts included, cancelled ones not.
    pub(crate) fn documents(&self, collection: Collection) -> Vec<Held> {
        [&self.erp_us, &self.erp_world]
            .into_iter()
            .flat_map(|erp| {
                erp.ledger()
                    .documents
                    .remove(&collection)
                    .unwrap_or_default()
            })
            .filter(|document| text(document, "status") != "Cancelled")
            .map(|document| Held {
                key: text(&document, "externalDocumentNumber"),
                complete: text(&document, "status") != "Draft",
                amount: match text(&document, "grossAmount") {
                    gross if gross.is_empty() => None,
                    gross => Some(format!("{gross} {}", text(&document, "currencyCode"))),
                },
            })
            .collect()
    }

    /// Announcements that the warehouses hold.
    pub(crate) fn announcements(&self) -> Vec<Held> {
        self.warehouses
            .values()
            .flat_map(|warehouse| warehouse.ledger().asns)
            .map(|asn| Held {
                key: asn.external_reference,
                complete: true,
                amount: None,
            })
            .collect()
    }

    /// Notifications that were taken.
    pub(crate) fn notifications(&self) -> Vec<Held> {
        self.warehouses
            .values()
            .flat_map(|warehouse| warehouse.ledger().notifications)
            .map(|note| Held {
                key: text(&note, "key"),
                complete: true,
                amount: None,
            })
            .collect()
    }

    /// Faults that happened, by name.
    pub(crate) fn injected(&self) -> BTreeMap<String, usize> {
        let mut sums = BTreeMap::new();
        let all = self.warehouses.values().map(WmsSim::faults);
        for faults in all.chain([self.erp_us.faults(), self.erp_world.faults()]) {
            for (fault, count) in faults.counts() {
                let name = serde_json::to_value(fault).ok();
                let name = name.as_ref().and_then(|n| n.as_str()).unwrap_or_default();
                *sums.entry(name.to_owned()).or_default() += count;
            }
        }
        sums
    }
}

fn text(document: &serde_json::Value, field: &str) -> String {
    document
        .get(field)
        .and_then(|v| v.as_str())
        .unwrap_or_default()
        .to_owned()
}

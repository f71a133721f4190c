//! The partners of a demo: warehouses, customers and ERPs of every kind; all real servers or folders, with ledgers.

mod edi;
mod erps;
mod files;
mod wms;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use canonical::Qty;
use jiff::{SignedDuration, Timestamp};
use simulators::faults::{Fault, Faults, Preset};
use simulators::portal::{self, Request};
use url::Url;

use super::proof::Held;

pub(crate) use edi::{EdiPartners, OURS, SITE as EDI_SITE, TRADERS, Trader};
pub(crate) use erps::{Erps, SOAP_LOGIN, erp_of};
pub(crate) use files::{FILE_WAREHOUSES, FileWarehouses};
pub(crate) use wms::{API_KEY, WAREHOUSES, Warehouses};

/// Secret that the warehouses and the portal sign with.
pub(crate) const SECRET: &str = "demo-secret";

/// One return in so many is asked for by a customer who speaks EDI.
const BY_EDI: usize = 4;

/// The running partners.
pub(crate) struct Partners {
    /// Warehouses that speak JSON.
    pub(crate) wms: Warehouses,
    /// Warehouses that exchange files.
    pub(crate) files: FileWarehouses,
    /// A warehouse and customers that speak EDI.
    pub(crate) edi: EdiPartners,
    /// The ERPs.
    pub(crate) erps: Erps,
    /// What customers ask for at the portal.
    requests: Vec<Request>,
    faults: Preset,
    seed: u64,
}

impl Partners {
    /// Starts them. Their files are exchanged in folders below `folder`.
    pub(crate) async fn start(
        returns: usize,
        faults: Preset,
        seed: u64,
        folder: &Path,
    ) -> Result<Self> {
        // Recent enough that most requests are within the return window.
        let since = Timestamp::now() - SignedDuration::from_hours(24 * 15);
        let weather = Weather { faults, seed };
        let by_edi = returns / BY_EDI;
        let edi = EdiPartners::start(weather, folder, since, by_edi).await?;
        let asked = returns.saturating_sub(edi.asked().len());
        Ok(Self {
            wms: Warehouses::start(weather).await?,
            files: FileWarehouses::start(weather, folder).await?,
            erps: Erps::start(weather).await?,
            edi,
            requests: portal::requests_since(since, seed, asked, &sites()),
            faults,
            seed,
        })
    }

    /// Sends the customers' requests and lets the warehouses tell what they do.
    pub(crate) async fn open_business(&self, ingress: &Url) -> Result<portal::Report> {
        self.wms.aim(ingress)?;
        let faults = Faults::new(self.faults.rules(self.seed));
        let target = ingress.join("/in/portal")?;
        Ok(portal::send_all(&target, SECRET, &self.requests, &faults).await?)
    }

    /// True when no partner plays, sends, or waits for an acknowledgement any more.
    pub(crate) fn idle(&self) -> bool {
        self.wms.idle() && self.files.idle() && self.edi.idle()
    }

    /// RMA numbers that were asked for.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        let by_portal = self.requests.iter().map(|r| r.rma.clone());
        by_portal.chain(self.edi.asked().iter().cloned()).collect()
    }

    /// What the warehouses received by RMA, as decimal text.
    pub(crate) fn received(&self) -> BTreeMap<String, String> {
        let mut sums: BTreeMap<String, Qty> = BTreeMap::new();
        let all = self.wms.received().into_iter();
        let all = all.chain(self.files.received()).chain(self.edi.received());
        for (rma, received) in all {
            let sum = sums.entry(rma).or_default();
            *sum = sum.checked_add(received).unwrap_or(*sum);
        }
        sums.into_iter()
            .map(|(rma, sum)| (rma, sum.to_string()))
            .collect()
    }

    /// Announcements that the warehouses hold by our key.
    pub(crate) fn announcements(&self) -> Vec<Held> {
        let mut held = self.wms.announcements();
        held.extend(self.files.announcements());
        held
    }

    /// Faults that happened, by name.
    pub(crate) fn injected(&self) -> BTreeMap<String, usize> {
        let mut sums = BTreeMap::new();
        let all = self.wms.faults().into_iter().chain(self.erps.faults());
        for faults in all.chain(self.files.faults()).chain(self.edi.faults()) {
            for (fault, count) in faults.counts() {
                *sums.entry(name(fault)).or_default() += count;
            }
        }
        sums
    }

    /// What the partners say went wrong on our side: must be empty.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut all = self.edi.complaints();
        all.extend(self.wms.complaints());
        all.extend(self.files.complaints());
        all.extend(self.erps.complaints());
        all
    }
}

/// How bad the day is, and the seed of all draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) faults: Preset,
    pub(crate) seed: u64,
}

/// Sites that goods of the portal's customers go to.
fn sites() -> Vec<&'static str> {
    let wms = WAREHOUSES.iter().map(|(_, site, _)| *site);
    let files = FILE_WAREHOUSES.iter().map(|(_, site, _)| *site);
    wms.chain(files).chain([EDI_SITE]).collect()
}

/// The warehouse of that site.
pub(crate) fn warehouse_of(site: &str) -> &'static str {
    let wms = WAREHOUSES.iter().map(|(name, site, _)| (*name, *site));
    let files = FILE_WAREHOUSES.iter().map(|(name, site, _)| (*name, *site));
    let all = wms.chain(files).chain([(super::EDI_WAREHOUSE, EDI_SITE)]);
    let mut there = all.filter(|(_, of)| *of == site).map(|(name, _)| name);
    there.next().unwrap_or("nobody")
}

fn name(fault: Fault) -> String {
    let name = serde_json::to_value(fault).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or_default().to_owned()
}

/// A quantity as a ledger writes it.
fn quantity(decimal: simulators::Decimal) -> Qty {
    decimal.to_string().parse().unwrap_or_default()
}

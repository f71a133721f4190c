//! Partners that speak EDI: two customers, X12 and EDIFACT, and a warehouse, X12.

use std::path::Path;

use anyhow::{Context as _, Result};
use canonical::Qty;
use jiff::Timestamp;
use simulators::edi_partner::{self, EdiSim, Nature, Party, Syntax};
use simulators::faults::Faults;
use simulators::portal::{self, Request};

use super::{Weather, quantity};
use crate::demo::proof::{Held, at};

/// Site of the warehouse.
pub(crate) const SITE: &str = "3PL-EDI";

/// A partner: instance name (and sales channel), its id, nature, syntax, legal entity, currency.
pub(crate) struct Trader {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) nature: Nature,
    pub(crate) syntax: Syntax,
    pub(crate) entity: &'static str,
    pub(crate) currency: &'static str,
    /// Told of its credits, by the policy of its entity.
    pub(crate) is_advised: bool,
}

/// The partners.
pub(crate) const TRADERS: [Trader; 3] = [
    Trader {
        name: "edi-retailer",
        id: "RETAILER",
        nature: Nature::Customer,
        syntax: Syntax::X12,
        entity: "US01",
        currency: "USD",
        is_advised: true,
    },
    Trader {
        name: "edi-handel",
        id: "HANDEL",
        nature: Nature::Customer,
        syntax: Syntax::Edifact,
        entity: "DE01",
        currency: "EUR",
        is_advised: false,
    },
    Trader {
        name: "edi-3pl",
        id: "WAREHOUSE",
        nature: Nature::Warehouse,
        syntax: Syntax::X12,
        entity: "US01",
        currency: "USD",
        is_advised: false,
    },
];

/// Our id in all interchanges.
pub(crate) const OURS: &str = "BACKHAUL";

/// The running partners.
pub(crate) struct EdiPartners {
    retailer: EdiSim,
    handel: EdiSim,
    warehouse: EdiSim,
    /// RMA numbers of what the customers ask for.
    asked: Vec<String>,
}

impl EdiPartners {
    /// Starts them; the customers ask for so many returns together.
    pub(super) async fn start(
        weather: Weather,
        folder: &Path,
        since: Timestamp,
        returns: usize,
    ) -> Result<Self> {
        let [retailer, handel, warehouse] = TRADERS;
        let partners = Self {
            retailer: start(&retailer, weather, folder).await?,
            handel: start(&handel, weather, folder).await?,
            warehouse: start(&warehouse, weather, folder).await?,
            asked: Vec::new(),
        };
        let mut asked = Vec::new();
        for request in requests(weather.seed, since, retailer.entity, returns.div_ceil(2)) {
            let ids = partners.retailer.ask(std::slice::from_ref(&request));
            asked.extend((!ids.is_empty()).then_some(request.rma));
        }
        for request in requests(weather.seed, since, handel.entity, returns / 2) {
            // A RETANN has no place for an RMA number: the request's own number is it.
            asked.extend(partners.handel.ask(std::slice::from_ref(&request)));
        }
        Ok(Self { asked, ..partners })
    }

    fn all(&self) -> [(&'static str, &EdiSim); 3] {
        [
            ("edi-retailer", &self.retailer),
            ("edi-handel", &self.handel),
            ("edi-3pl", &self.warehouse),
        ]
    }

    fn customers(&self) -> [(&'static str, &EdiSim); 2] {
        [
            ("edi-retailer", &self.retailer),
            ("edi-handel", &self.handel),
        ]
    }

    pub(super) fn idle(&self) -> bool {
        self.all().iter().all(|(_, partner)| partner.is_idle())
    }

    /// RMA numbers of what is asked for.
    pub(super) fn asked(&self) -> &[String] {
        &self.asked
    }

    pub(super) fn received(&self) -> Vec<(String, Qty)> {
        let stock = self.warehouse.ledger().stock.into_iter();
        stock
            .flat_map(|(rma, rows)| {
                let rows = rows.into_iter();
                rows.map(move |row| (rma.clone(), quantity(row.received)))
            })
            .collect()
    }

    /// Notices that the warehouse holds, by RMA number.
    pub(crate) fn notices(&self) -> Vec<Held> {
        let notices = self.warehouse.ledger().notices.into_keys();
        notices
            .map(|rma| Held::complete(at("edi-3pl", &rma), None))
            .collect()
    }

    /// Answers that the customers got, by request.
    pub(crate) fn answers(&self) -> Vec<Held> {
        let customers = self.customers().into_iter();
        customers
            .flat_map(|(name, customer)| {
                let requests = customer.ledger().answers.into_keys();
                requests.map(move |request| Held::complete(at(name, &request), None))
            })
            .collect()
    }

    /// Credit advices that the customers got, by the memo's number.
    pub(crate) fn advices(&self) -> Vec<Held> {
        let customers = self.customers().into_iter();
        customers
            .flat_map(|(name, customer)| {
                let credits = customer.ledger().credits.into_values();
                credits.map(move |credit| {
                    let amount = format!("{} {}", credit.amount, credit.currency);
                    Held::complete(at(name, &credit.memo), Some(amount))
                })
            })
            .collect()
    }

    pub(super) fn faults(&self) -> Vec<&Faults> {
        self.all().map(|(_, partner)| partner.faults()).to_vec()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (name, partner) in self.all() {
            let ledger = partner.ledger();
            for (what, which) in [
                ("came twice", ledger.duplicates),
                ("control number with other content", ledger.conflicts),
                ("about something that never was", ledger.unknown),
                ("does not agree", ledger.problems),
                ("refused although right", ledger.refused),
            ] {
                all.extend(which.iter().map(|which| format!("{name}: {what}: {which}")));
            }
        }
        all
    }
}

async fn start(trader: &Trader, weather: Weather, folder: &Path) -> Result<EdiSim> {
    let root = folder.join(trader.name);
    let config = edi_partner::Config {
        nature: trader.nature,
        syntax: trader.syntax,
        us: Party::agreed(trader.id),
        them: Party::agreed(OURS),
        currency: trader.currency.to_owned(),
        seed: weather.seed,
        faults: weather.faults.rules(weather.seed),
        max_attempts: 200,
        ..edi_partner::Config::customer(&root)
    };
    EdiSim::start(config).await.context("EDI partner")
}

/// Requests of customers of that entity, under numbers that the portal does not use.
fn requests(seed: u64, since: Timestamp, entity: &str, wanted: usize) -> Vec<Request> {
    // One in eight is of the rarest entity.
    let sites = super::sites();
    let all = portal::requests_since(since, seed + 1_000, wanted * 16 + 16, &sites);
    let ours = all
        .into_iter()
        .filter(|request| request.legal_entity == entity);
    ours.take(wanted).collect()
}

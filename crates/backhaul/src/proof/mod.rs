//! The daily proof of a configuration: which connectors list what for which legal entity, and running it.
//!
//! - [`prove`]: one day of one entity
//! - [`Daily`]: the same by itself, once a day

mod daily;

use std::collections::BTreeSet;
use std::sync::Arc;

use canonical::EffectKind;
use connector::{Extractable, Failure, Inlet, Notes, Ports};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use router::Routes;
use router::reconcile::{Ask, Proof, Source, run};
use store::{Store, StoreError};
use workflow::PolicySet;

use crate::check;
use crate::config::Config;
use crate::ingress;

pub use daily::Daily;

/// Effects that are proven.
const PROVEN: [EffectKind; 5] = [
    EffectKind::ErpCreditMemo,
    EffectKind::ErpCreditReversal,
    EffectKind::ErpStockTransfer,
    EffectKind::ErpScrap,
    EffectKind::ErpReceiptHold,
];

/// The fact by which suppliers' credits come in.
const SUPPLIERS: &str = "backhaul.supplier.answered.v1";

/// The day before, where the entity keeps its books.
pub fn yesterday(policies: &PolicySet, entity: &str, now: Timestamp) -> Date {
    let local = now.in_tz(&zone(policies, entity, now));
    let date = local.map_or_else(
        |_| now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        |at| at.date(),
    );
    date.yesterday().unwrap_or(date)
}

/// IANA zone of an entity's books.
pub fn zone(policies: &PolicySet, entity: &str, now: Timestamp) -> String {
    let policy = policies.at(entity, now);
    policy.map_or_else(|| "UTC".to_owned(), |policy| policy.tz.clone())
}

/// Who asks for a proof, and when.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Legal entity.
    pub entity: &'a str,
    /// Business day; the one before if none.
    pub date: Option<Date>,
    /// Who.
    pub who: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Proves one day of one entity, and keeps the outcome.
///
/// # Errors
/// The store's. A partner that cannot be read leaves the day unproven.
pub async fn prove(
    config: &Config,
    policies: &PolicySet,
    store: &Arc<dyn Store>,
    asked: Asked<'_>,
) -> Result<Proof, StoreError> {
    let sources = sources(config, store, asked.entity);
    let day_before = || yesterday(policies, asked.entity, asked.now);
    let ask = Ask {
        entity: asked.entity.to_owned(),
        date: asked.date.unwrap_or_else(day_before),
        zone: zone(policies, asked.entity, asked.now),
        lag: config.reconcile.lag,
        who: asked.who.to_owned(),
        takes: takes(config, asked.entity),
        suppliers: suppliers(config, asked.entity),
        webhooks: config.api.webhook.iter().map(|w| w.name.clone()).collect(),
        now: asked.now,
    };
    run(store.as_ref(), &sources, &ask).await
}

/// Connectors that take in for an entity: those that say so, and those that say of no entity.
fn takes(config: &Config, entity: &str) -> Vec<String> {
    let connectors = config.connectors.iter();
    let fits = |block: &crate::config::InstanceBlock| {
        let named = block.table.get("entity").and_then(toml::Value::as_str);
        named.is_none_or(|named| named == entity)
    };
    connectors
        .filter(|(_, block)| fits(block))
        .map(|(name, _)| name.clone())
        .collect()
}

/// How long a supplier may take, if a connector of the entity can tell what suppliers credited.
fn suppliers(config: &Config, entity: &str) -> Option<SignedDuration> {
    let tells = |name: &String| {
        let connector = check::connector_of(config, name);
        connector.is_some_and(|connector| connector.capabilities.takes.contains(&SUPPLIERS))
    };
    let lag = config.reconcile.supplier_lag;
    (lag.is_positive() && takes(config, entity).iter().any(tells)).then_some(lag)
}

/// Connectors that list documents of an entity: by the routes, and warehouses that take in for it.
fn sources(config: &Config, store: &Arc<dyn Store>, entity: &str) -> Vec<Source> {
    let routes = Routes::new(config.routes.clone());
    let proven = || {
        let all = routes.all().iter();
        all.filter(|route| route.kinds.iter().any(|kind| PROVEN.contains(kind)))
    };
    let taking = takes(config, entity);
    let warehouses = taking.iter().map(String::as_str).filter(|name| {
        let connector = check::connector_of(config, name);
        connector.is_some_and(|c| c.capabilities.extracts.contains(&Extractable::Receipts))
    });
    let names: BTreeSet<&str> = proven()
        .filter(|route| route.entity.as_deref().is_none_or(|e| e == entity))
        .map(|route| route.connector.as_str())
        .chain(warehouses)
        .collect();
    // A document that nobody knows is told once, also where several entities share a system.
    let first_of = |connector: &str| {
        let served = proven().filter(|route| route.connector == connector);
        let mut served: BTreeSet<String> = served
            .flat_map(|route| match &route.entity {
                Some(entity) => vec![entity.clone()],
                None => check::entities(config),
            })
            .collect();
        // A warehouse is on no such route: it serves the entities that it takes in for.
        if served.is_empty() {
            let all = check::entities(config).into_iter();
            served.extend(all.filter(|e| takes(config, e).iter().any(|name| name == connector)));
        }
        served.pop_first()
    };
    let mut sources = Vec::new();
    for name in names {
        let Some(block) = config.connectors.get(name) else {
            continue;
        };
        let Some(connector) = check::connector_of(config, name) else {
            continue;
        };
        if connector.capabilities.extracts.is_empty() {
            continue;
        }
        let ports = Listing {
            store: Arc::clone(store),
        };
        let sink = match (connector.build)(&block.settings(name, &config.base_dir), &ports) {
            Ok(built) => match built.sink {
                Some(sink) => Ok(sink),
                None => continue,
            },
            Err(failure) => Err(failure.to_string()),
        };
        sources.push(Source {
            connector: name.to_owned(),
            may: connector.capabilities.extracts,
            sink,
            tells_orphans: first_of(name).is_none_or(|first| first == entity),
        });
    }
    sources
}

/// Ports of a connector that only lists: nothing comes in.
struct Listing {
    store: Arc<dyn Store>,
}

/// Failure code: a connector asked for a way in where nothing comes in.
const NO_WAY_IN: &str = "backhaul.no-way-in";

impl Ports for Listing {
    fn http(&self, _path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        Ok(Box::new(Closed))
    }

    fn amqp(&self, _queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        Ok(Box::new(Closed))
    }

    fn notes(&self, instance: &str) -> Arc<dyn Notes> {
        ingress::notes_of(Arc::clone(&self.store), instance)
    }
}

/// A way in on which nothing comes.
struct Closed;

#[async_trait::async_trait]
impl Inlet for Closed {
    async fn next(&mut self) -> Result<Option<connector::InletDelivery>, Failure> {
        Ok(None)
    }

    async fn answer(&mut self, _id: u64, _answer: connector::Answer) -> Result<(), Failure> {
        let message = "nothing came in, so nothing can be answered";
        Err(Failure::misconfigured(NO_WAY_IN, message))
    }
}

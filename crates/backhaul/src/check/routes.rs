//! Routes: each leads to a connector that delivers, none leaves two answers, none is missing.

use canonical::EffectKind;
use router::Routes;

use super::{policy, words};
use crate::config::Config;
use crate::report::Report;

/// Kinds that the workflow plans for an ordinary return: without a route such an effect becomes an exception.
const ORDINARY: &[EffectKind] = &[
    EffectKind::ErpReturnOrder,
    EffectKind::WmsRmaAsn,
    EffectKind::ErpReceiptHold,
    EffectKind::ErpStockTransfer,
    EffectKind::ErpScrap,
    EffectKind::ErpCreditMemo,
    EffectKind::WmsRmaCancel,
    EffectKind::Notify,
];

pub(super) fn check(config: &Config, report: &mut Report) {
    for (n, route) in config.routes.iter().enumerate() {
        let place = format!("routes.{}", n + 1);
        if !config.connectors.contains_key(&route.connector) {
            let known: Vec<&str> = config.connectors.keys().map(String::as_str).collect();
            report.problem(
                format!("{place}.connector"),
                format!("there is no connector {:?}", route.connector),
                format!("one of {}", known.join(", ")),
            );
        }
        let connector = config.connectors.get(&route.connector);
        let unable: Vec<&str> = route
            .kinds
            .iter()
            .filter(|kind| {
                connector.is_some_and(|block| {
                    words::has_none(block, &route.connector, &config.base_dir, **kind)
                })
            })
            .map(|kind| kind.word())
            .collect();
        if !unable.is_empty() {
            report.warning(
                format!("{place}.kinds"),
                format!(
                    "connector {:?} has no words for {}",
                    route.connector,
                    unable.join(", ")
                ),
                "lead them to another connector; until then such effects become exceptions",
            );
        }
        if route.kinds.is_empty() {
            report.problem(
                format!("{place}.kinds"),
                "it is empty",
                "name the kinds it takes",
            );
        }
    }
    let routes = Routes::new(config.routes.clone());
    for (a, b) in routes.ties() {
        report.problem(
            format!("routes.{}", b + 1),
            format!(
                "it takes the same effects as route {}, and neither is more specific",
                a + 1
            ),
            "give one of them an entity or a site, or remove a kind",
        );
    }
    for entity in policy::entities(config) {
        let also = policy::more_kinds(config, &entity);
        let missing: Vec<&str> = ORDINARY
            .iter()
            .chain(&also)
            .filter(|kind| !is_served(config, **kind, &entity))
            .map(|kind| kind.word())
            .collect();
        if !missing.is_empty() {
            report.warning(
                "routes",
                format!("no route takes {} of {entity}", missing.join(", ")),
                "add a route; until then such effects become exceptions",
            );
        }
    }
}

/// True if some route takes that kind for the entity, at one site at least: sites are not known before goods arrive.
fn is_served(config: &Config, kind: EffectKind, entity: &str) -> bool {
    config
        .routes
        .iter()
        .any(|r| r.kinds.contains(&kind) && r.entity.as_deref().is_none_or(|e| e == entity))
}

//! The ERPs: two over REST, one over SOAP.

use anyhow::{Context as _, Result};
use simulators::erp::{self, Collection, ErpSim};
use simulators::erp_soap::{self, Account, Kind, Security, SoapSim};
use simulators::faults::Faults;

use super::Weather;
use crate::demo::proof::{Held, at};

/// User and password of the SOAP ERP.
pub(crate) const SOAP_LOGIN: (&str, &str) = ("backhaul", "demo-password");

/// The ERP that keeps the books of that legal entity.
pub(crate) fn erp_of(entity: &str) -> &'static str {
    match entity {
        "US01" => "erp-us",
        "DE01" => "erp-de",
        _ => "erp-world",
    }
}

/// The running ERPs.
pub(crate) struct Erps {
    /// Of the American company, REST: drafts and posting, no guard but the look-up.
    us: ErpSim,
    /// Of the German company, SOAP: posts at once, recognises our key.
    de: SoapSim,
    /// Of the other companies, REST: refuses a second document with the same external id.
    world: ErpSim,
}

impl Erps {
    pub(super) async fn start(weather: Weather) -> Result<Self> {
        let rest = |profile: erp::Profile| erp::Config {
            faults: weather.faults.rules(weather.seed),
            ..profile.config()
        };
        let (user, password) = SOAP_LOGIN;
        let soap = erp_soap::Config {
            security: Security::UsernameDigest(Account {
                user: user.to_owned(),
                password: password.to_owned(),
            }),
            faults: weather.faults.rules(weather.seed),
            ..erp_soap::Config::default()
        };
        Ok(Self {
            us: ErpSim::start(rest(erp::Profile::DraftAndPost))
                .await
                .context("ERP")?,
            de: SoapSim::start(soap).await.context("SOAP ERP")?,
            world: ErpSim::start(rest(erp::Profile::RecordService))
                .await
                .context("ERP")?,
        })
    }

    /// Where the American one listens.
    pub(crate) fn us(&self) -> String {
        self.us.url()
    }

    /// Where the German one listens.
    pub(crate) fn de(&self) -> String {
        self.de.endpoint()
    }

    /// Where the others' listens.
    pub(crate) fn world(&self) -> String {
        self.world.url()
    }

    /// Return orders that the ERPs hold, cancelled ones not.
    pub(crate) fn return_orders(&self) -> Vec<Held> {
        self.documents(Collection::ReturnOrders, Kind::ReturnOrder)
    }

    /// Stock movements that the ERPs hold.
    pub(crate) fn stock_movements(&self) -> Vec<Held> {
        self.documents(Collection::StockMovements, Kind::StockMovement)
    }

    /// Credit memos that the ERPs hold, drafts included, cancelled ones not.
    pub(crate) fn credit_memos(&self) -> Vec<Held> {
        self.documents(Collection::CreditMemos, Kind::CreditMemo)
    }

    fn documents(&self, rest: Collection, soap: Kind) -> Vec<Held> {
        let mut held: Vec<Held> = [("erp-us", &self.us), ("erp-world", &self.world)]
            .into_iter()
            .flat_map(|(name, erp)| {
                let documents = erp.ledger().documents.remove(&rest);
                let documents = documents.unwrap_or_default().into_iter();
                documents.map(move |document| (name, document))
            })
            .filter(|(_, document)| text(document, "status") != "Cancelled")
            .map(|(name, document)| Held {
                key: at(name, &text(&document, "externalDocumentNumber")),
                complete: text(&document, "status") != "Draft",
                amount: match text(&document, "grossAmount") {
                    gross if gross.is_empty() => None,
                    gross => Some(format!("{gross} {}", text(&document, "currencyCode"))),
                },
            })
            .collect();
        let documents = self.de.ledger().documents.into_iter();
        held.extend(
            documents
                .filter(|document| document.kind == soap && !document.reversed)
                .map(|document| {
                    let currency = document.currency.unwrap_or_default();
                    let amount = document.gross.map(|gross| format!("{gross} {currency}"));
                    Held::complete(at("erp-de", &document.external_key), amount)
                }),
        );
        held
    }

    pub(super) fn faults(&self) -> Vec<&Faults> {
        vec![self.us.faults(), self.de.faults(), self.world.faults()]
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        let below = |name: &str, item: &str, site: &str| {
            format!("{name}: stock of {item} at {site} is below nought")
        };
        let soap = self.de.ledger().negative_stock.into_iter();
        let mut all: Vec<String> = soap
            .map(|row| below("erp-de", &row.item, &row.site))
            .collect();
        for (name, erp) in [("erp-us", &self.us), ("erp-world", &self.world)] {
            let rest = erp.ledger().negative_stock.into_iter();
            all.extend(rest.map(|row| below(name, &row.item_number, &row.site_code)));
        }
        all
    }
}

fn text(document: &serde_json::Value, field: &str) -> String {
    let text = document.get(field).and_then(|v| v.as_str());
    text.unwrap_or_default().to_owned()
}

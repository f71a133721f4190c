//! Scenario 54: the same return in an ERP that speaks REST and in one that speaks SOAP.

use anyhow::{Context as _, Result, ensure};
use canonical::Lifecycle;
use serde_json::json;
use simulators::erp_soap::{self, Kind, SoapSim};
use workflow::ReturnState;

use crate::say::{line, request, story, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        54,
        "a REST and a SOAP ERP have the same totals, and keys that fit both",
        the_same_totals,
    )]
}

/// The ERP, the portal and the warehouse of DE01.
fn blocks(endpoint: &str) -> String {
    format!(
        r#"
[connectors.portal-de]
type = "wms-json"
system = "portal-de"
entity = "DE01"
[connectors.portal-de.http]
path = "/in/portal-de"
secret = "scenario-secret"
[connectors.wms-de]
type = "wms-json"
system = "wms-de"
entity = "DE01"
site = "DC-EAST"
[connectors.wms-de.http]
path = "/in/wms-de"
secret = "scenario-secret"
[connectors.erp-de]
type = "erp-soap"
url = "{endpoint}"
profile = "sim"
timeout = "2s"
connect_timeout = "1s"
deadline = "3s"
[connectors.erp-de.retry]
settle_window = "4s"
[[routes]]
kinds = ["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL"]
connector = "erp-de"
entity = "DE01"
"#
    )
}

async fn the_same_totals() -> Result<()> {
    let soap = SoapSim::start(erp_soap::Config::default()).await?;
    let ours = Setting::default();
    let theirs = ours
        .policy
        .replace("US01", "DE01")
        .replace("us01-", "de01-");
    let stage = Stage::set(
        ours.blocks(&blocks(&soap.endpoint()))
            .entity("de01.toml", theirs),
    )
    .await?;
    // Three sold again less a fee, one broken by the customer: V3 of the golden vectors, and a second line.
    let lines = || {
        vec![
            line(1, SKU, 4, "NO_LONGER_NEEDED"),
            line(2, "SKU-200", 3, "DEFECTIVE_ON_ARRIVAL"),
        ]
    };
    for (entity, portal, warehouse) in [
        ("US01", "portal", "wms-east"),
        ("DE01", "portal-de", "wms-de"),
    ] {
        let rma = format!("RMA-{entity}");
        let asked = with(request(entity, lines()), &json!({ "legalEntity": entity }));
        stage.tell(portal, &asked).await?;
        let first = story(&rma, "1", SKU, &[(3, "RESTOCK"), (1, "SCRAP")]);
        let second = story(&rma, "2", "SKU-200", &[(3, "RESTOCK")]);
        for fact in first.into_iter().chain(second) {
            stage.tell(warehouse, &fact).await?;
        }
    }
    for rma in ["RMA-US01", "RMA-DE01"] {
        let settled = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
        stage.until_return(rma, "settled", settled).await?;
    }
    stage.until_quiet().await?;
    let books = soap.ledger();
    let memos = books
        .documents
        .iter()
        .filter(|entry| entry.kind == Kind::CreditMemo);
    let amount = |amount: &Option<simulators::Decimal>| {
        amount.map(|amount| amount.to_string()).unwrap_or_default()
    };
    let mut soap_totals: Vec<[String; 3]> = memos
        .map(|memo| [&memo.net, &memo.tax, &memo.gross].map(amount))
        .collect();
    let mut rest_totals = stage.totals("RMA-US01");
    soap_totals.sort();
    rest_totals.sort();
    ensure!(
        rest_totals == soap_totals,
        "{rest_totals:?}, {soap_totals:?}"
    );
    let (rest_owed, soap_owed) = (
        stage.erp.ledger().receivable("C10010", "USD"),
        books.receivable("C10010", "USD"),
    );
    // 72.64 and 71.45.
    ensure!(
        rest_owed.to_string() == "-144.09" && soap_owed == rest_owed,
        "{rest_owed}, {soap_owed}"
    );
    for sku in [SKU, "SKU-200"] {
        let available = books.on_hand(sku, "DC-EAST", "available");
        ensure!(available.to_string() == "3", "{sku}: {available}");
        ensure!(stage.erp.ledger().on_hand(sku, "DC-EAST", "available") == available);
    }
    // One key is at most as long as the shorter of both fields takes: 50 characters there, 80 here.
    let rest_keys = stage.erp.ledger().keys;
    let keys = rest_keys
        .iter()
        .map(|row| row.external_document_number.as_str());
    let keys: Vec<&str> = keys
        .chain(
            books
                .documents
                .iter()
                .map(|entry| entry.external_key.as_str()),
        )
        .collect();
    ensure!(
        keys.len() > 10 && keys.iter().all(|key| key.len() == 30),
        "{keys:?}"
    );
    let memo = stage.effects("RMA-DE01", "ERP_CREDIT_MEMO").await?;
    let ours = memo.first().context("a memo")?.effect_key.clone();
    ensure!(
        books.live(Kind::CreditMemo, &ours) == 1,
        "under the key of the effect"
    );
    Ok(())
}

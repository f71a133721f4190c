//! The list of receipts, against the WMS simulator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::sync::Arc;

use canonical::ReturnName;
use connector::extract::ReceiptHeld;
use connector::{Extract, ExtractAsk, Extractable, Extracted, Failure, Settings, Sink};
use jiff::civil::date;
use serde_json::{Value, json};
use simulators::faults::{Fault, Rule};
use simulators::wms::{Config, WmsSim};
use testkit::conformance::SilentPorts;
use wms_json::CONNECTOR;

const PATH: &str = "receipts?from={from}&to={to}&page={page}";

fn block(url: &str, path: &str) -> Settings {
    let mut settings = common::leading_to(url, "k", "2s");
    let out = settings.table["out"].as_table_mut().unwrap();
    let mut paths = toml::Table::new();
    paths.insert("list_receipts".into(), path.into());
    out.insert("paths".into(), paths.into());
    settings
}

fn sink(settings: &Settings) -> Arc<dyn Sink> {
    let built = (CONNECTOR.build)(settings, &SilentPorts).unwrap();
    built.sink.unwrap()
}

async fn warehouse() -> WmsSim {
    let config = Config {
        autoplay: false,
        ..Config::default()
    };
    WmsSim::start(config).await.unwrap()
}

fn receipt(id: &str, at: &str) -> Value {
    json!({
        "type": "receipt.created", "warehouse": "DC-EAST", "rma": "RMA-1", "occurredAt": at, "receiptId": id,
        "lines": [{ "lineId": "7", "sku": "SKU-1", "qty": "2", "uom": "CS", "serials": ["S1"], "lots": ["L1"] }]
    })
}

async fn ask(sink: &dyn Sink, page: Option<String>) -> Result<Extract, Failure> {
    let ask = ExtractAsk {
        what: Extractable::Receipts,
        from: date(2026, 3, 2),
        to: date(2026, 3, 3),
        page,
    };
    sink.extract(&ask).await
}

fn held(extract: &Extract) -> Vec<ReceiptHeld> {
    let documents = extract.documents.iter();
    documents
        .map(|document| match document {
            Extracted::Receipt(receipt) => receipt.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn receipts_and_reversals_of_days_are_listed_in_our_words() {
    let sim = warehouse().await;
    let sink = sink(&block(&sim.url(), PATH));
    assert_eq!(sink.extracts(), [Extractable::Receipts]);
    sim.book(receipt("A", "2026-03-02T08:00:00Z"));
    sim.book(receipt("early", "2026-03-01T08:00:00Z"));
    sim.book(json!({
        "type": "receipt.reversed", "warehouse": "DC-EAST", "rma": "RMA-1", "occurredAt": "2026-03-03T09:00:00Z",
        "receiptId": "A", "reversalId": "REV-1"
    }));
    let extract = ask(sink.as_ref(), None).await.unwrap();
    assert_eq!(extract.next, None);
    let [came, back]: [ReceiptHeld; 2] = held(&extract).try_into().unwrap();
    assert_eq!(
        (came.receipt_id.as_str(), came.reversal_id.as_deref()),
        ("A", None)
    );
    assert_eq!(came.site, "DC-EAST");
    assert!(
        matches!(&came.named, ReturnName::Rma { number, .. } if number == "RMA-1"),
        "{came:?}"
    );
    let line = &came.lines[0];
    assert_eq!((line.line.as_str(), line.uom.as_str()), ("7", "XCS"));
    assert_eq!(
        (&line.serials[..], &line.lots[..]),
        (&["S1".to_owned()][..], &["L1".to_owned()][..])
    );
    assert_eq!(back.reversal_id.as_deref(), Some("REV-1"));
}

#[tokio::test]
async fn a_long_list_comes_page_by_page() {
    let sim = warehouse().await;
    for n in 0..150 {
        sim.book(receipt(&format!("R-{n}"), "2026-03-02T08:00:00Z"));
    }
    let sink_of = |path| sink(&block(&sim.url(), path));
    let pages = sink_of(PATH);
    let first = ask(pages.as_ref(), None).await.unwrap();
    assert_eq!(
        (first.documents.len(), first.next.as_deref()),
        (100, Some("1"))
    );
    let second = ask(pages.as_ref(), first.next).await.unwrap();
    assert_eq!((second.documents.len(), second.next), (50, None));
    // A second page that nothing can ask for is no list.
    let single = sink_of("receipts?from={from}&to={to}");
    let failure = ask(single.as_ref(), None).await.unwrap_err();
    assert_eq!(failure.code, "wms-json.misconfigured");
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_none() {
    let sim = warehouse().await;
    let sink = sink(&block(&sim.url(), PATH));
    sim.faults()
        .add(Rule::once(Fault::Garbage).on("GET /receipts"));
    assert!(ask(sink.as_ref(), None).await.is_err());
    sim.book(receipt("A", "2026-03-02T08:00:00Z"));
    let mut strange = receipt("B", "2026-03-02T08:00:00Z");
    strange["lines"][0]["uom"] = json!("PAIR");
    sim.book(strange);
    let failure = ask(sink.as_ref(), None).await.unwrap_err();
    assert!(failure.message.contains("PAIR"), "{failure}");
    sim.strike("B");
    assert_eq!(ask(sink.as_ref(), None).await.unwrap().documents.len(), 1);
}

#[test]
fn without_a_path_nothing_is_listed_and_a_path_must_ask_for_days() {
    let none = sink(&common::leading_to("http://127.0.0.1:9", "k", "1s"));
    assert_eq!(none.extracts(), []);
    let problems = (CONNECTOR.check)(&block("http://127.0.0.1:9", "receipts?day={from}"));
    let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
    assert!(
        places
            .iter()
            .any(|place| place.ends_with("out.paths.list_receipts")),
        "{places:?}"
    );
}

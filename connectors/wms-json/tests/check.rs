//! `check` finds what is wrong in a block, all at once, with its place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::fs;

use wms_json::CONNECTOR;

fn places(block: &str, folder: &std::path::Path) -> Vec<String> {
    let settings = common::settings(
        &format!("[connectors.x]\ntype = \"wms-json\"\n{block}"),
        folder,
    );
    (CONNECTOR.check)(&settings[0])
        .into_iter()
        .map(|p| p.place)
        .collect()
}

#[test]
fn everything_wrong_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let block = r#"
        system = "a/b"
        semantics = "notify"
        codes.disposition = { X = "BURN", restock = "RESTOCK" }
        codes.uom = { EA = "each" }
        http = { path = "in", max_bytes = 0 }
        [connectors.x.out]
        base_url = "ftp://partner/"
        timeout = "0s"
        paths = { find_cancel = "asn" }
        auth = { kind = "header", name = "x y", value = "v" }
    "#;
    let found = places(block, folder.path());
    let expected = [
        "connectors.x.system",
        "connectors.x.http.secret",
        "connectors.x.http.path",
        "connectors.x.http.max_bytes",
        "connectors.x.fetch",
        "connectors.x.out.base_url",
        "connectors.x.out.timeout",
        "connectors.x.out.paths.find_cancel",
        "connectors.x.out.auth.name",
        "connectors.x.codes.disposition.X",
        "connectors.x.codes.uom.EA",
    ];
    assert_eq!(found, expected);
}

#[test]
fn unknown_options_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = common::settings(
        "[connectors.x]\ntype=\"wms-json\"\nsystem=\"x\"\nsite=\"y\"\nsights=\"z\"",
        folder.path(),
    );
    let problems = (CONNECTOR.check)(&settings[0]);
    assert!(problems[0].what.contains("sights"), "{problems:?}");
}

#[test]
fn a_mapping_and_its_samples_are_tried() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let block = r#"
        system = "x"
        entity = "US01"
        site = "S"
        mapping = "m.jq"
        samples = [{ file = "in.json", expect = "out.json" }]
        http = { path = "/in", unsigned = true }
    "#;
    write("in.json", r#"{"no":"R1","n":2}"#);
    write(
        "m.jq",
        "{type: \"receipt.created\",\n rma: .no, receiptId: now}",
    );
    assert_eq!(places(block, folder.path()), ["m.jq:2"]);

    write(
        "m.jq",
        r#"{type: "receipt.created", rma: .no, receiptId: "A", occurredAt: "2026-03-02T14:05:00Z", lines: [{sku: "S1", qty: .n, uom: "EA"}]}"#,
    );
    assert_eq!(
        places(block, folder.path()),
        ["connectors.x.samples.0.expect"]
    );

    let codec = (CONNECTOR.codec)(
        &common::settings(
            &format!("[connectors.x]\ntype = \"wms-json\"\n{block}"),
            folder.path(),
        )[0],
    )
    .unwrap();
    let mut inbound = testkit::golden::inbound(fs::read(folder.path().join("in.json")).unwrap());
    inbound.origin.connector = "x".to_owned();
    let events = codec.decode(&inbound).unwrap();
    let shown = testkit::golden::event_json(events[0].as_ref().unwrap()).unwrap();
    write("out.json", &serde_json::to_string(&[&shown]).unwrap());
    assert_eq!(places(block, folder.path()), Vec::<String>::new());

    write(
        "out.json",
        &serde_json::to_string(&[&shown])
            .unwrap()
            .replace("\"2\"", "\"3\""),
    );
    let settings = common::settings(
        &format!("[connectors.x]\ntype = \"wms-json\"\n{block}"),
        folder.path(),
    );
    let problems = (CONNECTOR.check)(&settings[0]);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].what.contains("/0/data/lines/0/qty"),
        "{problems:?}"
    );
}

//! What messages become, file by file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use testkit::golden;
use wms_json::CONNECTOR;

#[test]
fn a_warehouse_of_our_shape() {
    let codec = (CONNECTOR.codec)(&common::block("wms-east")).unwrap();
    let conditions =
        golden::check(&common::home().join("testdata"), "in.json", codec.as_ref()).unwrap();
    assert!(conditions.len() >= 10, "{conditions:?}");
}

#[test]
fn a_portal() {
    let codec = (CONNECTOR.codec)(&common::block("portal")).unwrap();
    golden::check(
        &common::home().join("testdata/portal"),
        "in.json",
        codec.as_ref(),
    )
    .unwrap();
}

#[test]
fn a_3pl_of_snapshots() {
    let codec = (CONNECTOR.codec)(&common::block("tpl-south")).unwrap();
    golden::check(
        &common::home().join("testdata/3pl"),
        "in.json",
        codec.as_ref(),
    )
    .unwrap();
}

/// A warehouse nobody wrote code for: its block and its mapping lie beside its messages.
#[test]
fn a_new_warehouse_by_configuration_only() {
    let folder = common::home().join("testdata/foreign");
    let text = std::fs::read_to_string(folder.join("block.toml")).unwrap();
    let settings = &common::settings(&text, &folder)[0];
    assert_eq!((CONNECTOR.check)(settings), []);
    let codec = (CONNECTOR.codec)(settings).unwrap();
    golden::check(&folder, "in.json", codec.as_ref()).unwrap();
}

//! What interchanges become, file by file.

use edi_partner::CONNECTOR;
use testkit::golden;

use crate::common;

fn check(folder: &str, block: &str, least: usize) {
    let codec = (CONNECTOR.codec)(&common::block(block)).unwrap();
    let folder = common::home().join("testdata").join(folder);
    let conditions = golden::check(&folder, "edi", codec.as_ref()).unwrap();
    assert!(conditions.len() >= least, "{conditions:?}");
}

#[test]
fn requests_of_a_customer() {
    check("customer", "acme", 45);
}

#[test]
fn receipts_of_a_warehouse() {
    check("warehouse", "tpl-west", 18);
}

#[test]
fn announcements_in_edifact() {
    check("edifact", "handel", 17);
}

//! What files of warehouses become, one file for each condition.

use connector::Settings;
use testkit::golden;
use warehouse_file::CONNECTOR;

use crate::blocks::{codec, home};

fn check(folder: &str, ending: &str, options: &str, at_least: usize) {
    let folder = home().join("testdata").join(folder);
    let found = golden::check(&folder, ending, codec(options).as_ref()).unwrap();
    assert!(found.len() >= at_least, "{found:?}");
}

#[test]
fn caret_rows_with_no_options_at_all() {
    check("caret", "rtn", "", 30);
}

#[test]
fn a_file_is_taken_wholly_or_not_at_all() {
    check("strict", "rtn", "on_bad_row = \"file\"", 2);
}

#[test]
fn semicolons_with_a_header_line() {
    let options = "layout = \"csv-returns\"\nsite = \"DC-WEST\"\nsites = { W1 = \"DC-WEST\" }";
    check("csv", "csv", options, 20);
}

#[test]
fn fixed_columns() {
    check(
        "fixed",
        "txt",
        "layout = \"fixed-returns\"\nentity = \"US01\"",
        9,
    );
}

/// A warehouse nobody wrote code for: its block and its layout lie beside its files.
#[test]
fn a_new_warehouse_by_configuration_only() {
    let folder = home().join("testdata/foreign");
    let text = std::fs::read_to_string(folder.join("block.toml")).unwrap();
    let settings = Settings {
        instance: "dc-south".to_owned(),
        table: text.parse().unwrap(),
        base_dir: folder.clone(),
        published: connector::Published::default(),
    };
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    golden::check(&folder, "in.txt", codec.as_ref()).unwrap();
}

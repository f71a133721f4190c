//! What the README says is true.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use wms_json::CONNECTOR;

#[test]
fn every_example_passes_check() {
    let blocks = common::readme_blocks();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        assert_eq!((CONNECTOR.check)(&block), [], "{}", block.instance);
        (CONNECTOR.codec)(&block).map(drop).unwrap();
    }
}

#[test]
fn every_failure_code_is_listed() {
    let readme = std::fs::read_to_string(common::home().join("README.md")).unwrap();
    let (_, table) = readme.split_once("## Failure codes").unwrap();
    let listed: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let declared: Vec<String> = CONNECTOR
        .failures
        .iter()
        .map(|f| format!("| `{}` | {} | {} |", f.code, f.meaning, f.remedy))
        .collect();
    assert_eq!(listed, declared);
}

#[test]
fn every_option_has_a_description() {
    let schema = (CONNECTOR.options)();
    let options = schema["properties"].as_object().unwrap();
    assert!(options.len() > 10);
    for (name, option) in options {
        assert!(option["description"].is_string(), "{name}: {option}");
    }
}

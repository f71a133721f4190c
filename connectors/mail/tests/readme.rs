//! What the README says is true.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use mail::CONNECTOR;

#[test]
fn the_example_passes_check() {
    assert_eq!((CONNECTOR.check)(&common::block()), []);
}

/// The failure table as it must stand in the README. `UPDATE_EXPECT=1` writes it there.
#[test]
fn every_failure_code_is_listed() {
    let path = common::home().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let head = "## Failure codes\n\n| code | means | what to do |\n|---|---|---|\n";
    let (before, table) = readme.split_once(head).unwrap();
    let rows = CONNECTOR.failures.iter();
    let rows: Vec<String> = rows
        .map(|f| format!("| `{}` | {} | {} |\n", f.code, f.meaning, f.remedy))
        .collect();
    let expected = rows.concat();
    if table != expected && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{before}{head}{expected}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "run again with UPDATE_EXPECT=1");
}

/// What is wrong with a block is said with its place, without a connection.
#[test]
fn wrong_blocks_are_found_offline() {
    for (option, value, place) in [
        ("host", "", "connectors.mail.host"),
        ("host", "http://smtp.example.com", "connectors.mail.host"),
        ("host", "smtp.example.com:25", "connectors.mail.host"),
        ("host", "a b", "connectors.mail.host"),
        ("from", "nobody", "connectors.mail.from"),
        ("reply_to", "a@b@c", "connectors.mail.reply_to"),
        ("security", "none", "connectors.mail.security"),
        ("timeout", "0s", "connectors.mail.timeout"),
        ("ca", "not-there.pem", "connectors.mail.ca"),
    ] {
        let mut settings = common::block();
        settings.table.insert(option.to_owned(), value.into());
        let problems = (CONNECTOR.check)(&settings);
        let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
        assert!(places.contains(&place), "{option}: {places:?}");
    }
}

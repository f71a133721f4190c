//! Documents as they are written: `testdata/out/CONDITION.command.json` becomes `CONDITION.BLOCK.edi`, or `.BLOCK.err`.

use std::path::Path;

use canonical::Command;
use edi_partner::CONNECTOR;

use crate::common;

#[test]
fn every_document_is_the_golden_one() {
    let folder = common::home().join("testdata/out");
    let mut written = 0;
    for block in ["acme", "handel"] {
        let mut settings = common::block(block);
        // One segment a line, for people.
        let separators = toml::toml! {
            line_breaks = true
            una = true
        };
        let adjust = settings.table["adjust"].as_table_mut().unwrap();
        adjust.insert("separators".into(), toml::Value::Table(separators));
        let codec = (CONNECTOR.codec)(&settings).unwrap();
        for condition in conditions(&folder) {
            let text =
                std::fs::read_to_string(folder.join(format!("{condition}.command.json"))).unwrap();
            let command: Command = serde_json::from_str(&text).unwrap();
            let (ending, found) = match codec.encode(&command) {
                Ok(body) => ("edi", String::from_utf8(body).unwrap()),
                // What EDIFACT has no document for needs no golden of its own.
                Err(failure) if block == "handel" && failure.code == "edi-partner.no-words" => {
                    continue;
                }
                Err(failure) => ("err", format!("{} {failure}\n", failure.kind.name())),
            };
            compare(
                &folder.join(format!("{condition}.{block}.{ending}")),
                &found,
            );
            written += 1;
        }
    }
    assert!(written >= 20, "{written}");
}

#[test]
fn whose_books_decides_the_letter() {
    let mut settings = common::block("acme");
    let adjust = settings.table["adjust"].as_table_mut().unwrap();
    adjust.insert(
        "advice".into(),
        toml::Value::Table(toml::toml! { books = "theirs" }),
    );
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    let text =
        String::from_utf8(codec.encode(&common::command("credit-with-fee")).unwrap()).unwrap();
    let bcd = text.split('~').find(|s| s.starts_with("BCD")).unwrap();
    let letters: Vec<&str> = text
        .split('~')
        .filter(|s| s.starts_with("CDD"))
        .map(|s| s.split('*').nth(2).unwrap())
        .collect();
    assert_eq!(bcd.split('*').nth(5), Some("D"));
    assert_eq!(letters, ["D", "C"], "the fee goes the other way");
}

fn conditions(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut conditions: Vec<String> = names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".command.json")?.to_owned()))
        .collect();
    conditions.sort();
    conditions
}

fn compare(path: &Path, found: &str) {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != found && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    assert_eq!(
        expected,
        found,
        "{}: run again with UPDATE_EXPECT=1",
        path.display()
    );
}

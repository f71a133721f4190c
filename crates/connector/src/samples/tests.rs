//! Samples that can be read, that cannot, and that become something else.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;

use canonical::Command;
use serde_json::json;

use super::{Outcome, Sample};
use crate::{Codec, Decoded, Failure, Inbound, Settings};

/// Refuses everything: `whole` at once, all else as two parts, saying where it comes from.
struct Refusing;

impl Codec for Refusing {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let from = format!("from {:?}", raw.origin.reference);
        if raw.raw.as_ref() == b"whole" {
            return Err(Failure::malformed("refusing.whole", from));
        }
        let part = |place: &str| Err(Failure::rejected("refusing.part", from.clone()).at(place));
        Ok(vec![part("1"), part("2")])
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        Err(Failure::rejected(
            "refusing.command",
            command.kind.to_string(),
        ))
    }
}

fn settings(files: &[(&str, &str)]) -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let settings = Settings {
        instance: "east".to_owned(),
        table: toml::Table::new(),
        base_dir: folder.path().to_owned(),
        published: crate::Published::default(),
    };
    (folder, settings)
}

fn sample<'a>() -> Sample<'a> {
    Sample {
        number: 3,
        file: Path::new("in.txt"),
        expect: Path::new("out.json"),
    }
}

#[test]
fn failures_stand_where_their_parts_do() {
    let (_folder, settings) = settings(&[("in.txt", "parts"), ("out.json", "[]")]);
    let outcome = sample().run(&settings, &Refusing, "in.txt").unwrap();
    let part = |place: &str| json!({"failure": "refusing.part", "message": "from \"in.txt\"", "place": place});
    assert_eq!(outcome.expected, json!([]));
    assert_eq!(outcome.found, json!([part("1"), part("2")]));
    assert_eq!(outcome.difference().as_deref(), Some("/"));
}

#[test]
fn the_failure_of_the_whole_stands_alone() {
    let (_folder, settings) = settings(&[("in.txt", "whole"), ("out.json", "null")]);
    let outcome = sample().run(&settings, &Refusing, "").unwrap();
    let whole = json!({"failure": "refusing.whole", "message": "from \"\"", "place": ""});
    assert_eq!(outcome.found, whole);
}

#[test]
fn files_that_cannot_be_read_are_problems_with_their_places() {
    for (files, place, what) in [
        (
            &[("out.json", "[]")][..],
            "connectors.east.samples.3.file",
            "cannot be read",
        ),
        (
            &[("in.txt", "")],
            "connectors.east.samples.3.expect",
            "cannot be read",
        ),
        (
            &[("in.txt", ""), ("out.json", "[")],
            "connectors.east.samples.3.expect",
            "out.json is no JSON",
        ),
    ] {
        let (_folder, settings) = settings(files);
        let problem = sample().run(&settings, &Refusing, "").unwrap_err();
        assert_eq!(problem.place, place);
        assert!(problem.what.contains(what), "{}", problem.what);
    }
}

#[test]
fn the_first_difference_is_named() {
    for (expected, found, at) in [
        (json!([]), json!([]), None),
        (json!([]), json!([1]), Some("/")),
        (json!([{"a": 1}]), json!([{"a": 1, "b": null}]), None),
        (json!([{"a": 1}]), json!([{"a": 1, "b": 2}]), Some("/0/b")),
        (
            json!([1, {"a": [1, 2]}]),
            json!([1, {"a": [1, 3]}]),
            Some("/1/a/1"),
        ),
    ] {
        let outcome = Outcome { expected, found };
        assert_eq!(outcome.difference().as_deref(), at, "{outcome:?}");
    }
}

#[test]
fn a_difference_is_told_with_the_block_and_both_files() {
    let (_folder, settings) = settings(&[]);
    let problem = sample().differs(&settings, ", at /0", "mapping");
    assert_eq!(problem.place, "connectors.east.samples.3");
    assert_eq!(
        problem.what,
        "in.txt becomes something else than out.json says, at /0"
    );
    assert!(
        problem
            .fix
            .starts_with("mend the mapping or the expectation")
    );
}

//! `check` finds what is wrong in a block and its layout, all at once, with its place.

use std::fs;

use warehouse_file::CONNECTOR;

use crate::blocks::block;

const MAILBOX: &str = "mailbox = { kind = \"folder\", path = \"files\" }\n";

fn places(options: &str, folder: &std::path::Path) -> Vec<String> {
    let problems = (CONNECTOR.check)(&block(options, folder));
    assert!(problems.iter().all(|p| !p.fix.is_empty()), "{problems:?}");
    problems
        .into_iter()
        .map(|p| p.place.trim_start_matches("connectors.dc-west.").to_owned())
        .collect()
}

#[test]
fn everything_wrong_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = r#"
        system = "a/b"
        rma_namespace = ""
        zone = "Mars/Olympus"
        max_bytes = 0
        pattern = ""
        poll = "0s"
        codes.disposition = { X = "BURN" }
        codes.uom = { EA = "each" }
        sequence = { gap_patience = "0s" }
        asn_acknowledged = { pattern = "*", within = "0s" }
        mailbox = { kind = "folder", path = "" }
    "#;
    let mut found = places(options, folder.path());
    found.sort();
    let expected = [
        "asn_acknowledged.pattern",
        "asn_acknowledged.within",
        "codes.disposition.X",
        "codes.uom.EA",
        "mailbox.path",
        "max_bytes",
        "pattern",
        "poll",
        "rma_namespace",
        "sequence.gap_patience",
        "system",
        "zone",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_block_needs_a_mailbox_and_a_layout_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(places("", folder.path()), ["mailbox"]);
    let unknown = format!("{MAILBOX}layout = \"none\"");
    assert_eq!(places(&unknown, folder.path()), ["layout"]);
    let missing = format!("{MAILBOX}layout = \"none.toml\"");
    assert_eq!(places(&missing, folder.path()), ["layout"]);
}

#[test]
fn everything_wrong_in_a_layout_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let layout = r#"
        form = { kind = "delimited", separator = "a", encoding = "klingon", type = { column = 1 } }
        key = []
        [[records]]
        type = "H"
        role = "header"
        fields.date = { column = 0 }
        fields.rma = { column = "RMA" }
        [[records]]
        type = "H"
        role = "trailer"
        fields.count = {}
        [announce]
        name = "asn.txt"
        records = []
        form = { kind = "fixed", encoding = "utf-16", length = 10, type = { start = 1, len = 20 } }
        [answer]
        records = []
        accepted = []
        refused = []
    "#;
    fs::write(folder.path().join("l.toml"), layout).unwrap();
    let problems = (CONNECTOR.check)(&block(
        &format!("{MAILBOX}layout = \"l.toml\""),
        folder.path(),
    ));
    let all: Vec<&str> = problems.iter().map(|p| p.what.as_str()).collect();
    let text = all.join("\n");
    for place in [
        "form.encoding:",
        "form.separator:",
        "key:",
        "records.0.fields.date: columns count",
        "records.0.fields.date: a date or time has no format",
        "records.0.fields.rma: there is no header line",
        "records.1.type:",
        "records.1.fields.count:",
        "records: no record has the role",
        "announce.name:",
        "announce.form.encoding:",
        "announce.records: form.type:",
        "answer.records:",
    ] {
        assert!(text.contains(place), "{place} not in\n{text}");
    }
}

#[test]
fn a_layout_that_cannot_be_read_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let what = |layout: &str| {
        fs::write(folder.path().join("l.toml"), layout).unwrap();
        let options = format!("{MAILBOX}layout = \"l.toml\"");
        let problems = (CONNECTOR.check)(&block(&options, folder.path()));
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems[0].what.clone()
    };
    assert!(what("form = {\n kind = }").contains("line 2"));
    assert!(what("form = { kind = \"delimited\" }\nrecords = []\nrecord = []").contains("record"));
    assert!(what("form = { kind = \"round\" }").contains("round"));
}

#[test]
fn options_and_layout_must_agree() {
    let folder = tempfile::tempdir().unwrap();
    let layout = r#"
        form = { kind = "delimited" }
        records = [{ role = "row", fields = { sku = { column = 1 } } }]
    "#;
    fs::write(folder.path().join("l.toml"), layout).unwrap();
    let options = format!(
        "{MAILBOX}layout = \"l.toml\"\nacknowledge = true\nsequence = {{}}\n\
         asn_acknowledged = {{ pattern = \"*.ack\", within = \"4h\" }}"
    );
    let found = places(&options, folder.path());
    assert_eq!(found, ["acknowledge", "asn_acknowledged", "sequence.from"]);
}

#[test]
fn samples_are_tried() {
    let folder = tempfile::tempdir().unwrap();
    let options = format!("{MAILBOX}samples = [{{ file = \"in.rtn\", expect = \"out.json\" }}]");
    assert_eq!(places(&options, folder.path()), ["samples.0.file"]);
    fs::write(folder.path().join("in.rtn"), "RTNEND^0\n").unwrap();
    assert_eq!(places(&options, folder.path()), ["samples.0.expect"]);
    fs::write(folder.path().join("out.json"), "[]").unwrap();
    assert!(places(&options, folder.path()).is_empty());
    fs::write(folder.path().join("out.json"), "[1]").unwrap();
    assert_eq!(places(&options, folder.path()), ["samples.0"]);
}

#[test]
fn the_layout_is_adjusted() {
    let folder = tempfile::tempdir().unwrap();
    let strict = block(
        "adjust = { controls = { trailer = \"required\" } }",
        folder.path(),
    );
    let file = fs::read(crate::blocks::home().join("testdata/caret/basic.rtn")).unwrap();
    let decode = |settings| {
        (CONNECTOR.codec)(&settings)
            .unwrap()
            .decode(&testkit::golden::inbound(file.clone()))
    };
    assert_eq!(decode(strict).unwrap_err().code, "warehouse-file.truncated");
    assert_eq!(decode(block("", folder.path())).unwrap().len(), 2);
}

//! `check` names everything wrong at once, with place and fix.

use connector::{Problem, Settings};
use edi_partner::CONNECTOR;

use crate::common;

fn check(block: &str) -> Vec<Problem> {
    let settings = Settings {
        instance: "acme".to_owned(),
        table: toml::from_str(block).unwrap(),
        base_dir: common::home(),
        published: connector::Published::default(),
    };
    (CONNECTOR.check)(&settings)
}

#[test]
fn a_block_without_anything_translates() {
    assert_eq!(check(""), []);
}

#[test]
fn every_shipped_profile_is_right() {
    for profile in ["x12-4010", "x12-5010", "edifact-d01b", "edifact-d96a"] {
        assert_eq!(check(&format!("profile = \"{profile}\"")), [], "{profile}");
    }
}

#[test]
fn each_fault_has_its_place() {
    let mailbox = "mailbox = { kind = \"folder\", path = \"m\" }\n";
    for (block, place) in [
        ("profile = \"oracle\"", "connectors.acme.profile"),
        (
            "profile = \"x12-4010\"\nprofile_file = \"x.toml\"",
            "connectors.acme.profile",
        ),
        (
            "profile_file = \"nowhere.toml\"",
            "connectors.acme.profile_file",
        ),
        (mailbox, "connectors.acme.ours"),
        (mailbox, "connectors.acme.theirs"),
        (mailbox, "connectors.acme.legal_entity"),
        (
            "ours = { qualifier = \"ZZ\", id = \" \" }",
            "connectors.acme.ours.id",
        ),
        (
            "theirs = { qualifier = \"LONGER\", id = \"X\" }",
            "connectors.acme.theirs.qualifier",
        ),
        (
            "ours = { qualifier = \"ZZ\", id = \"LONGER-THAN-FIFTEEN\" }",
            "connectors.acme.ours.id",
        ),
        ("time_zone = \"Mars\"", "connectors.acme.time_zone"),
        ("poll = \"0s\"", "connectors.acme.poll"),
        ("max_bytes = 0", "connectors.acme.max_bytes"),
        ("system = \"a/b\"", "connectors.acme.system"),
        (
            "mailbox = { kind = \"folder\", path = \"\" }",
            "connectors.acme.mailbox.path",
        ),
        ("adjust.version = \"4010\"", "x12-4010:version"),
        (
            "adjust.interchange_version = \"401\"",
            "x12-4010:interchange_version",
        ),
        (
            "adjust.separators.element = \"A\"",
            "x12-4010:separators.element",
        ),
        (
            "adjust.separators = { element = \"*\", component = \"*\" }",
            "x12-4010:separators",
        ),
        (
            "adjust.ack_expected.within = \"0s\"",
            "x12-4010:ack_expected",
        ),
        ("adjust.years_from = 17", "x12-4010:years_from"),
        (
            "adjust.request.reason = \"BORED\"",
            "x12-4010:request.reason",
        ),
        (
            "adjust.request.tax = { jurisdiction = \"X\", kind = \"VAT\", rate = \"much\" }",
            "x12-4010:request.tax",
        ),
        (
            "adjust.receipt = { inspects = true, unlisted = \"99\" }",
            "x12-4010:receipt.unlisted",
        ),
        ("adjust.opening = \"retann\"", "x12-4010:opening"),
        (
            "profile = \"edifact-d01b\"\nadjust.closing = \"812\"",
            "edifact-d01b:closing",
        ),
        (
            "adjust.codes.reason.ZZ = \"BORED\"",
            "connectors.acme.adjust.codes.reason.ZZ",
        ),
        (
            "adjust.codes.uom.PC = \"pieces\"",
            "connectors.acme.adjust.codes.uom.PC",
        ),
        (
            "adjust.codes.denial.BORED = \"XX\"",
            "connectors.acme.adjust.codes.denial.BORED",
        ),
        ("adjust.codes.resaon = {}", "connectors.acme.adjust"),
        (
            "samples = [{ file = \"no\", expect = \"none\" }]",
            "connectors.acme.samples",
        ),
    ] {
        let problems = check(block);
        let at = problems
            .iter()
            .find(|problem| problem.place.starts_with(place));
        assert!(
            at.is_some_and(|problem| !problem.fix.is_empty()),
            "{place}: {problems:?}"
        );
    }
}

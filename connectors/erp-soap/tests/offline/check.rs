//! `check` names everything wrong at once, with place and fix.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use connector::{Problem, Settings};

fn check_in(folder: &Path, block: &str) -> Vec<Problem> {
    let settings = Settings {
        instance: "erp".to_owned(),
        table: toml::from_str(block).unwrap(),
        base_dir: folder.to_owned(),
        published: connector::Published::default(),
    };
    (erp_soap::CONNECTOR.check)(&settings)
}

fn check(block: &str) -> Vec<Problem> {
    check_in(&PathBuf::from(env!("CARGO_MANIFEST_DIR")), block)
}

#[test]
fn every_shipped_profile_is_right_with_its_values() {
    for (profile, vars) in [
        ("sim", ""),
        ("legacy-erp", ""),
        (
            "sap-bapi",
            "sales_organization = \"1010\"\ndistribution_channel = \"10\"\ndivision = \"00\"\n\
             credit_memo_request_type = \"CR\"\nprice_condition = \"PR00\"",
        ),
    ] {
        for soap in ["1.1", "1.2"] {
            let block = format!(
                "url = \"https://erp.example\"\nprofile = \"{profile}\"\nsoap = \"{soap}\"\n[vars]\n{vars}"
            );
            assert_eq!(check(&block), [], "{profile}");
        }
    }
}

#[test]
fn each_fault_has_its_place() {
    let memo = "adjust.operations.credit-memo";
    let cases: &[(&str, &str)] = &[
        ("profile = \"baan\"", "connectors.erp.profile"),
        ("", "connectors.erp.profile"),
        ("soap = \"1.3\"", "connectors.erp"),
        (
            "profile_file = \"nowhere.toml\"",
            "connectors.erp.profile_file",
        ),
        ("profile = \"sap-bapi\"", "connectors.erp.vars"),
        (
            "profile = \"sim\"\nadjust.guard = \"hope\"",
            "connectors.erp.adjust",
        ),
        (
            "profile = \"sim\"\nwindows = [\"always\"]",
            "connectors.erp.windows",
        ),
        (
            "profile = \"sim\"\ntime_zone = \"Mars/Base\"",
            "connectors.erp.time_zone",
        ),
        (
            "profile = \"sim\"\nadjust.prefixes.soap = \"urn:x\"",
            "sim:prefixes",
        ),
        (
            "profile = \"sim\"\nadjust.probe.element = \"f:Ping\"",
            "sim:probe.element",
        ),
        (
            "profile = \"sim\"\nadjust.probe.path = \"x\"",
            "sim:probe.path",
        ),
        (
            "profile = \"sim\"\nadjust.probe.shape = \"{A: [[1]]}\"",
            "sim:probe.shape",
        ),
        (
            "profile = \"sim\"\nadjust.answers.detail_codes = [\"/Code\"]",
            "sim:answers",
        ),
        (
            "profile = \"sim\"\nadjust.answers.results.refusals = []",
            "sim:answers.results",
        ),
        (
            "profile = \"sim\"\nMEMO.create.action = \"a\\nb\"",
            "sim:operations.credit-memo.create.action",
        ),
        (
            "profile = \"sim\"\nMEMO.create.shape = \"{\"",
            "sim:operations.credit-memo.create.shape",
        ),
        (
            "profile = \"sim\"\nMEMO.create.shape = \"{A: .net}\"",
            "sim:operations.credit-memo.create.shape",
        ),
        (
            "profile = \"sim\"\nMEMO.create.shape = \"{A: .key}, {}\"",
            "sim:operations.credit-memo.create.shape",
        ),
        (
            "profile = \"sim\"\nMEMO.create.shows.number = \"a//b\"",
            "sim:operations.credit-memo.create.shows",
        ),
        (
            "profile = \"sim\"\nMEMO.places = []",
            "sim:operations.credit-memo.places",
        ),
        (
            "profile = \"sim\"\nMEMO.places = [{ element = \"Find\", shape = \"{A: .rma_number}\" }]",
            "sim:operations.credit-memo.places[0].shape",
        ),
        (
            "profile = \"sim\"\nMEMO.places = [{ element = \"Find\", shape = \"{A: .key}\" }]",
            "sim:operations.credit-memo.places[0].shows",
        ),
        (
            "profile = \"sim\"\nMEMO.complete = []",
            "sim:operations.credit-memo.complete",
        ),
        (
            "profile = \"sim\"\nMEMO.half = [\"Draft\"]",
            "sim:operations.credit-memo.finish",
        ),
    ];
    for (block, place) in cases {
        let block = block.replace("MEMO", memo);
        let problems = check(&format!("url = \"https://erp.example\"\n{block}"));
        let at = problems
            .iter()
            .find(|problem| problem.place.starts_with(place));
        assert!(
            at.is_some_and(|problem| !problem.fix.is_empty()),
            "{block}: {problems:?}"
        );
    }
}

#[test]
fn an_own_profile_is_read_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let sim =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/sim.toml")).unwrap();
    std::fs::write(
        folder.path().join("ours.toml"),
        sim.replace("name = \"sim\"", "name = \"ours\""),
    )
    .unwrap();
    let block = "url = \"https://erp.example\"\nprofile_file = \"ours.toml\"";
    assert_eq!(check_in(folder.path(), block), []);
}

//! `check` names everything wrong at once, with place and fix.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use connector::{Problem, Settings};

/// What the profile of Tryton needs, and where goods on hold lie.
const TRYTON: &str = "company = \"1\", receivable_account = \"1.1\", returns_account = \"4.1.1\", tax_account = \"6.3.6\", \
                      location_RETURNS_HOLD = \"HOLD\"";

fn check_in(folder: &Path, block: &str) -> Vec<Problem> {
    let settings = Settings {
        instance: "erp".to_owned(),
        table: toml::from_str(block).unwrap(),
        base_dir: folder.to_owned(),
        published: connector::Published::default(),
    };
    (erp_rest::CONNECTOR.check)(&settings)
}

fn check(block: &str) -> Vec<Problem> {
    check_in(&PathBuf::from(env!("CARGO_MANIFEST_DIR")), block)
}

#[test]
fn every_shipped_profile_is_right_with_its_values() {
    for (profile, vars) in [
        ("sim", ""),
        (
            "business-central",
            "company = \"c\"\nreturns_account = \"4711\"",
        ),
        ("netsuite", "subsidiary = \"1\""),
        (
            "sap-odata",
            "sales_organization = \"1010\"\ndistribution_channel = \"10\"\ndivision = \"00\"\n\
             credit_memo_request_type = \"CR\"",
        ),
        ("tryton", &TRYTON.replace(", ", "\n")),
    ] {
        let block =
            format!("base_url = \"https://erp.example\"\nprofile = \"{profile}\"\n[vars]\n{vars}");
        assert_eq!(check(&block), [], "{profile}");
    }
}

#[test]
fn each_fault_has_its_place() {
    let base = "base_url = \"https://erp.example\"\n";
    let tryton = format!("{base}profile = \"tryton\"\nvars = {{ {TRYTON} }}\n");
    for (block, place) in [
        ("profile = \"sim\"", "connectors.erp"),
        (
            &format!("{base}profile = \"oracle\""),
            "connectors.erp.profile",
        ),
        (base, "connectors.erp.profile"),
        (
            &format!("{base}profile_file = \"nowhere.toml\""),
            "connectors.erp.profile_file",
        ),
        (
            &format!("{base}profile = \"netsuite\""),
            "connectors.erp.vars",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.guard.kind = \"hope\""),
            "connectors.erp.adjust",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.probe = \"api\""),
            "sim:probe",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.headers.x-tenant = \"{{tenant}}\""),
            "sim:headers.x-tenant",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.answers.code_at = [\"error.code\"]"),
            "sim:answers",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.operations.credit-memo.shape = \"{{\""),
            "sim:operations.credit-memo.shape",
        ),
        (
            &format!(
                "{base}profile = \"sim\"\nadjust.operations.credit-memo.shape = \"{{a: .net}}\""
            ),
            "sim:operations.credit-memo.shape",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.operations.return-order.places = []"),
            "sim:operations.return-order.places",
        ),
        (
            &format!("{base}profile = \"sim\"\nadjust.operations.credit-memo.half = []"),
            "sim:operations.credit-memo.finish",
        ),
        (
            &format!(
                "{base}profile = \"sim\"\nadjust.operations.credit-memo.finish.from = [\"Open\"]"
            ),
            "sim:operations.credit-memo.finish",
        ),
        (
            &format!(
                "{base}profile = \"sim\"\nadjust.operations.credit-memo.read = \"/api/{{id:raw}}\""
            ),
            "sim:operations.credit-memo.read",
        ),
        (
            &format!(
                "{base}profile = \"sim\"\nadjust.texts.mine = \"{{tenant}}\"\nadjust.headers.x-mine = \"{{mine:base64url}}\""
            ),
            "sim:headers.x-mine",
        ),
        (
            &format!(
                "{base}profile = \"sim\"\nadjust.references.item = {{ path = \"/api/items\", list_at = \"\", id_at = \"/id\" }}"
            ),
            "sim:references.item",
        ),
        (
            &format!(
                "{tryton}adjust.operations.receipt.shape = '{{k: .key, c: {{\"$look_up\": \"nobody\", of: \"1\"}}}}'"
            ),
            "tryton:operations.receipt.shape",
        ),
        (
            &format!(
                "{tryton}adjust.operations.receipt.shape = '{{k: .key, c: {{\"$look_up\": \"party\"}}}}'"
            ),
            "tryton:operations.receipt.shape",
        ),
        (
            &format!("{tryton}adjust.definitions = \"def id: 1;\\n\""),
            "tryton:operations.receipt.shape",
        ),
        (
            &format!("{tryton}adjust.texts.by_key = \"[]\""),
            "tryton:operations.credit-memo.places",
        ),
        (
            &format!(
                "{tryton}adjust.operations.receipt.half = [\"draft\", \"received\", \"assigned\"]"
            ),
            "tryton:operations.receipt.finish",
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
    let block = "base_url = \"https://erp.example\"\nprofile_file = \"ours.toml\"";
    assert_eq!(check_in(folder.path(), block), []);
}

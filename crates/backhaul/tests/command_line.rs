//! The binary: exit codes, output, generated files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn backhaul(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .args(arguments)
        .current_dir(root())
        .env_remove("BACKHAUL_CONFIG")
        .output()
        .unwrap()
}

#[track_caller]
fn ends_with(output: &Output, code: i32) {
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{text}\n{errors}");
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn check_tells_by_its_exit_code() {
    let good = backhaul(&["check", "--config", "deploy/backhaul.toml", "--json"]);
    ends_with(&good, 0);
    assert_eq!(json(&good)["ok"], true);
    let none = backhaul(&["check", "--config", "deploy/nowhere.toml", "--json"]);
    ends_with(&none, 2);
    let findings = json(&none);
    assert_eq!(findings["ok"], false);
    assert_eq!(findings["findings"][0]["place"], "deploy/nowhere.toml");
    ends_with(&backhaul(&["check", "--no-such-option"]), 2);
}

#[test]
fn schemas_are_not_stale() {
    let folder = "docs/reference/schemas";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        ends_with(&backhaul(&["schema", "--out", folder]), 0);
    }
    let checked = backhaul(&["schema", "--check", folder]);
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success(),
        "{errors}: UPDATE_EXPECT=1 rewrites them"
    );
}

#[test]
fn the_reference_is_not_stale() {
    let folder = "docs/reference";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        ends_with(&backhaul(&["reference", "--out", folder]), 0);
    }
    let checked = backhaul(&["reference", "--check", folder]);
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success(),
        "{errors}: UPDATE_EXPECT=1 rewrites it"
    );
}

#[test]
fn a_schema_is_printed_by_its_name() {
    let names = backhaul(&["schema"]);
    ends_with(&names, 0);
    assert!(String::from_utf8_lossy(&names.stdout).contains("receipt.recorded.v1"));
    let one = backhaul(&["schema", "receipt.recorded.v1"]);
    ends_with(&one, 0);
    assert_eq!(json(&one)["title"], "Receipt");
    ends_with(&backhaul(&["schema", "nothing.v1"]), 3);
}

#[test]
fn every_command_has_help_and_completions_are_made() {
    let commands = [
        "run",
        "check",
        "doctor",
        "translate",
        "return",
        "exception",
        "audit",
        "topology",
        "schema",
        "simulate",
        "new-connector",
        "completions",
    ];
    for command in commands {
        ends_with(&backhaul(&[command, "--help"]), 0);
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = backhaul(&["completions", shell]);
        ends_with(&script, 0);
        assert!(String::from_utf8_lossy(&script.stdout).contains("new-connector"));
    }
}

#[test]
fn the_desk_works_on_an_empty_store() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("backhaul.toml");
    std::fs::write(&config, "[store]\nurl = \"sqlite:b.db\"\n").unwrap();
    let config = config.to_str().unwrap();
    for arguments in [
        vec!["exception", "list", "--json"],
        vec!["exception", "groups", "--json"],
        vec!["return", "list", "--json"],
    ] {
        let output = backhaul(&[arguments, vec!["--config", config]].concat());
        ends_with(&output, 0);
        assert_eq!(json(&output), serde_json::json!([]));
    }
    let audit = backhaul(&["audit", "verify", "--json", "--config", config]);
    ends_with(&audit, 0);
    assert_eq!(json(&audit)["entries"], 0);
    ends_with(
        &backhaul(&["return", "show", "RMA-1", "--config", config]),
        3,
    );
    ends_with(
        &backhaul(&["exception", "show", "X", "--config", config]),
        3,
    );
    ends_with(&backhaul(&["exception", "replay", "--config", config]), 2);
}

#[test]
fn a_command_is_translated_into_the_partners_words_and_nothing_is_sent() {
    let command = "connectors/erp-rest/testdata/basic.command.json";
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("backhaul.toml");
    let block = "[connectors.erp-us]\ntype = \"erp-rest\"\nbase_url = \"https://erp.example\"\nprofile = \"sim\"\n";
    std::fs::write(&config, block).unwrap();
    let config = config.to_str().unwrap();
    let common = ["translate", "--config", config, "--connector"];
    let sent = backhaul(&[&common[..], &["erp-us", "--outbound", command]].concat());
    ends_with(&sent, 0);
    assert!(json(&sent).is_object());
    let inbound = backhaul(&[&common[..], &["erp-us", command]].concat());
    ends_with(&inbound, 2);
    ends_with(&backhaul(&[&common[..], &["nobody", command]].concat()), 3);
}

#[test]
fn a_new_connector_is_a_folder_and_two_lines() {
    let copy = tempfile::tempdir().unwrap();
    let shared = [
        "crates/backhaul/Cargo.toml",
        "crates/backhaul/src/registry.rs",
    ];
    for file in shared {
        let to = copy.path().join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(root().join(file), to).unwrap();
    }
    let to = copy.path().to_str().unwrap();
    ends_with(
        &backhaul(&["new-connector", "parcels-json", "--root", to]),
        0,
    );
    for file in shared {
        let before = std::fs::read_to_string(root().join(file)).unwrap();
        let after = std::fs::read_to_string(copy.path().join(file)).unwrap();
        let added: Vec<&str> = after
            .lines()
            .filter(|line| !before.lines().any(|b| b == *line))
            .collect();
        assert_eq!(added.len(), 1, "{file}: {added:?}");
        assert_eq!(after.lines().count(), before.lines().count() + 1, "{file}");
    }
    let folder = copy.path().join("connectors/parcels-json");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    assert_eq!(manifest["package"]["name"].as_str(), Some("parcels-json"));
    for file in ["README.md", "src/lib.rs", "tests/conformance.rs"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(
            !text.contains("@name@") && !text.contains("@module@"),
            "{file}"
        );
    }
    assert!(testkit::conformance::goldens(&folder.join("testdata")) >= 5);
    ends_with(
        &backhaul(&["new-connector", "parcels-json", "--root", to]),
        3,
    );
    ends_with(&backhaul(&["new-connector", "erp-rest", "--root", to]), 3);
    ends_with(&backhaul(&["new-connector", "Bad_Name", "--root", to]), 2);
}

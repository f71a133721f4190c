//! The tidy test: who may know whom, and what may be said where. Architecture that is not tested drifts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use tests::{files, root};

/// Package → the packages of ours that it may depend on. Development dependencies are not listed: tests may use
/// `testkit` and `simulators` everywhere.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("canonical", &[]),
    ("workflow", &["canonical"]),
    ("connector", &["canonical"]),
    ("mailbox", &[]),
    ("store", &[]),
    ("broker", &["store"]),
    (
        "router",
        &["canonical", "workflow", "connector", "broker", "store"],
    ),
    (
        "console",
        &["canonical", "workflow", "connector", "store", "router"],
    ),
    ("simulators", &[]),
    (
        "testkit",
        &["canonical", "connector", "simulators", "broker", "store"],
    ),
    (
        "simulation",
        &[
            "canonical",
            "workflow",
            "connector",
            "broker",
            "store",
            "router",
            "testkit",
        ],
    ),
    (
        "backhaul",
        &[
            "canonical",
            "workflow",
            "connector",
            "broker",
            "store",
            "router",
            "console",
            "simulators",
            "edi-partner",
            "erp-rest",
            "erp-soap",
            "warehouse-file",
            "wms-json",
        ],
    ),
    (
        "tests",
        &[
            "backhaul",
            "broker",
            "canonical",
            "connector",
            "router",
            "simulators",
            "store",
            "testkit",
            "workflow",
        ],
    ),
];

/// What every folder of `connectors/` may depend on.
const CONNECTOR_MAY_KNOW: &[&str] = &["canonical", "connector", "mailbox"];

/// Library → the only folders that may name it.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("lapin", &["crates/broker"]),
    // The scenarios alter the file of a store behind its back.
    ("rusqlite", &["crates/store", "tests"]),
    ("sqlx", &["crates/store"]),
    ("backon", &["crates/broker", "crates/backhaul"]),
    ("jsonwebtoken", &["crates/console"]),
    // Everybody else has it by what stands on it: TLS.
    ("aws-lc-rs", &["crates/simulators"]),
    ("russh", &["crates/mailbox"]),
    ("russh-sftp", &["crates/mailbox"]),
];

struct Package {
    name: String,
    folder: String,
    dependencies: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            folder: Path::new(package["manifest_path"].as_str().unwrap())
                .parent()
                .unwrap()
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned(),
            dependencies: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"].is_null())
                .map(|d| text(&d["name"]))
                .collect(),
        })
        .collect()
}

#[test]
fn packages_know_only_whom_they_may() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    let table: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let allowed = if package.folder.starts_with("connectors/") {
            CONNECTOR_MAY_KNOW
        } else {
            let Some(allowed) = table.get(package.name.as_str()) else {
                wrong.push(format!("{} is not in the table", package.name));
                continue;
            };
            allowed
        };
        for dependency in &package.dependencies {
            let is_connector = packages
                .iter()
                .any(|p| p.name == *dependency && p.folder.starts_with("connectors/"));
            let by_name = allowed.contains(&dependency.as_str());
            // The binary is the one place that names connectors.
            let allowed = by_name || (package.name == "backhaul" && is_connector);
            if ours.contains(dependency.as_str()) && !allowed {
                wrong.push(format!("{} must not know {dependency}", package.name));
            }
        }
        for (library, folders) in ONLY_IN {
            if package.dependencies.contains(*library)
                && !folders.contains(&package.folder.as_str())
            {
                wrong.push(format!(
                    "{library} belongs to {folders:?}, not to {}",
                    package.folder
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_connector_parses_then_translates() {
    let mut wrong = Vec::new();
    for path in files(&root().join("connectors"), "rs") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let place = path.to_string_lossy().into_owned();
        let in_folder = |module: &str| {
            name == format!("{module}.rs") || place.contains(&format!("/src/{module}/"))
        };
        let text = code_of(&path);
        let forbidden: &[&str] = if in_folder("wire") {
            &["canonical", "async ", "std::fs", "now()"]
        } else if in_folder("translate") {
            &[
                "&[u8]",
                "Vec<u8>",
                "Bytes",
                "from_utf8",
                "from_slice",
                "async ",
                "std::fs",
                "now()",
            ]
        } else {
            &[]
        };
        for word in forbidden {
            if text.contains(word) {
                wrong.push(format!("{place} says {word:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn connectors_neither_retry_nor_spawn_nor_ack() {
    let mut wrong = Vec::new();
    for path in files(&root().join("connectors"), "rs") {
        if !path.to_string_lossy().contains("/src/") {
            continue;
        }
        let text = code_of(&path);
        for word in [
            "tokio::spawn",
            "spawn(",
            "sleep(",
            "backon",
            "basic_ack",
            "Uuid::new_v4",
            "rand::",
            "thread::",
        ] {
            if text.contains(word) {
                wrong.push(format!("{} says {word:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_place_acks() {
    let mut places = BTreeSet::new();
    for folder in ["crates", "connectors"] {
        for path in files(&root().join(folder), "rs") {
            let text = code_of(&path);
            let acks = ["basic_ack", "basic_nack", "basic_reject", "BasicAckOptions"];
            // The benchmark's reference relay is the raw client on purpose.
            let is_reference = path.to_string_lossy().contains("broker/src/reference");
            if !is_reference && acks.iter().any(|word| text.contains(word)) {
                places.insert(path);
            }
        }
    }
    assert!(
        places.len() <= 1,
        "AMQP acknowledgements belong to one file: {places:?}"
    );
}

#[test]
fn files_are_small_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for folder in ["crates", "connectors", "tests"] {
        for path in files(&root().join(folder), "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            if lines > 500 {
                wrong.push(format!(
                    "{} has {lines} lines: split it by noun",
                    path.display()
                ));
            }
            // A file may take its first words from the README or wire description beside it.
            let says = text.starts_with("//!") || text.starts_with("#![doc = include_str!");
            if !says && !path.to_string_lossy().contains("/templates/") {
                wrong.push(format!("{} does not say what it is", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_level_is_what_was_agreed() {
    let allowed = ["crates", "connectors", "deploy", "tests", "docs", "target"];
    for entry in std::fs::read_dir(root()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            assert!(
                allowed.contains(&name.as_str()),
                "folder {name} does not belong here"
            );
        }
    }
}

/// The code of a file without its comments and unit tests. Unit tests in a file or folder of their own are called `tests`.
fn code_of(path: &Path) -> String {
    let place = path.to_string_lossy();
    let inside = place.split("/src/").nth(1).unwrap_or_default();
    if inside.ends_with("tests.rs") || inside.contains("tests/") {
        return String::new();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

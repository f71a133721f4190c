//! House rules over the registry: every connector is documented, tested and shown by examples.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use backhaul::registry::CONNECTORS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_connector_has_a_readme_conformance_and_goldens() {
    for connector in CONNECTORS {
        let folder = root().join("connectors").join(connector.name);
        assert!(
            folder.join("README.md").is_file(),
            "{} has no README.md",
            connector.name
        );
        let suites = ["", "offline/", "folders/", "exchange/", "posting/"]
            .map(|below| folder.join(format!("tests/{below}conformance.rs")));
        let suite = suites
            .iter()
            .find_map(|suite| std::fs::read_to_string(suite).ok())
            .unwrap_or_else(|| panic!("{} has no conformance.rs below tests", connector.name));
        assert!(
            suite.contains("assert_held"),
            "{} does not run the suite",
            connector.name
        );
        let goldens = testkit::conformance::goldens(&folder.join("testdata"));
        assert!(goldens >= 10, "{} has {goldens} goldens", connector.name);
    }
}

#[test]
fn every_folder_is_registered_under_its_name() {
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("connectors"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let registered: BTreeSet<String> = CONNECTORS.iter().map(|c| c.name.to_owned()).collect();
    assert_eq!(folders, registered);
    assert_eq!(
        registered.len(),
        CONNECTORS.len(),
        "a name is registered twice"
    );
}

#[test]
fn no_connector_takes_a_key_that_the_sidecar_reads() {
    for connector in CONNECTORS {
        let options = (connector.options)();
        for key in ["type", "max_in_flight", "deadline", "retry"] {
            let taken = options.pointer(&format!("/properties/{key}")).is_some();
            assert!(
                !taken,
                "{} has an option {key} that it never gets",
                connector.name
            );
        }
    }
}

#[test]
fn failure_codes_are_of_their_connector_and_explained() {
    for connector in CONNECTORS {
        for failure in connector.failures {
            let own = failure
                .code
                .strip_prefix(connector.name)
                .is_some_and(|r| r.starts_with('.'));
            assert!(own, "{} declares {}", connector.name, failure.code);
            assert!(
                !failure.meaning.is_empty() && !failure.remedy.is_empty(),
                "{}",
                failure.code
            );
        }
    }
}

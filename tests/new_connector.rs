//! A connector made by `backhaul new-connector` compiles, passes conformance and is known to `doctor`, with two lines
//! changed outside of its folder.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use tests::root;

/// Copies the repository without build output and history.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name();
        if name == "target" || name == ".git" {
            continue;
        }
        let target = to.join(&name);
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Lines that are in the copy and not in the original, outside of the new folder.
fn added(copy: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for file in [
        "Cargo.toml",
        "crates/backhaul/Cargo.toml",
        "crates/backhaul/src/registry.rs",
    ] {
        let old = std::fs::read_to_string(root().join(file)).unwrap();
        let new = std::fs::read_to_string(copy.join(file)).unwrap();
        let known: Vec<&str> = old.lines().collect();
        lines.extend(
            new.lines()
                .filter(|l| !known.contains(l))
                .map(|l| format!("{file}: {l}")),
        );
    }
    lines
}

#[test]
fn a_new_connector_compiles_conforms_and_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let copied = folder.path().join("backhaul");
    copy(&root(), &copied);
    let made = Command::new(env!("CARGO_BIN_EXE_product"))
        .args(["new-connector", "acme-portal"])
        .current_dir(&copied)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let lines = added(&copied);
    assert!((1..=2).contains(&lines.len()), "{lines:#?}");

    // A target folder of its own beside the one this test was built in: the copy's crates have the same names and hashes as
    // ours, and built in ours they would replace libraries that the rest of the test run still links to. It is kept, so that
    // only a first run compiles the dependencies.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-connector");
    let cargo = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .args(arguments)
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(&copied)
            .output()
            .unwrap()
    };
    let conformance = cargo(&["test", "--offline", "-p", "acme-portal"]);
    let out = String::from_utf8_lossy(&conformance.stdout);
    let err = String::from_utf8_lossy(&conformance.stderr);
    assert!(conformance.status.success(), "{out}\n{err}");
    assert!(
        out.contains("conformance") || out.contains("conforms"),
        "no conformance test ran: {out}"
    );

    let config = folder.path().join("backhaul.toml");
    std::fs::write(&config, "[connectors.acme]\ntype = \"acme-portal\"\n").unwrap();
    let doctor = cargo(&[
        "run",
        "--offline",
        "-p",
        "backhaul",
        "--",
        "doctor",
        "--config",
        config.to_str().unwrap(),
    ]);
    let said = [doctor.stdout, doctor.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("acme"), "{said}");
    assert!(!said.contains("there is no connector"), "{said}");
}

//! A connector made by `backhaul new-connector` compiles, passes conformance and is known to `doctor`, with two lines
//! changed outside of its folder.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};
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

/// Where this test run was built.
fn built() -> PathBuf {
    let product = Path::new(env!("CARGO_BIN_EXE_product"));
    product.parent().unwrap().to_path_buf()
}

/// Names of the workspace's own packages.
fn ours() -> Vec<String> {
    let mut names = vec!["tests".to_owned(), "product".to_owned()];
    for folder in ["crates", "connectors"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap().flatten() {
            names.push(entry.file_name().to_string_lossy().replace('-', "_"));
        }
    }
    names
}

/// Lends what was built of other people's crates.
fn lend(from: &Path, to: &Path) {
    let ours = ours();
    let is_lent = |name: &str| {
        let name = name.strip_prefix("lib").unwrap_or(name);
        let name = name
            .rsplit_once('-')
            .map(|(name, _)| name.replace('-', "_"));
        name.is_some_and(|name| !ours.contains(&name))
    };
    for folder in [".fingerprint", "build", "deps"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap().flatten() {
            let name = entry.file_name();
            let (path, target) = (entry.path(), to.join(folder).join(&name));
            if !is_lent(&name.to_string_lossy()) {
                continue;
            }
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => copy_as_old(&path, &target),
                // Compilers replace these as a whole, so that they may share their bytes.
                Some("rlib" | "rmeta") => std::fs::hard_link(&path, &target)
                    .or_else(|_| std::fs::copy(&path, &target).map(drop))
                    .unwrap(),
                Some(_) => copy_as_old(&path, &target),
                None => {}
            }
        }
    }
}

/// Copies with the times of the original, by which cargo tells what is fresh.
fn copy_as_old(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.unwrap().success(), "{}", from.display());
}

/// The test program of that package, among what cargo says that it has built.
fn executable(said: &[u8], package: &str) -> PathBuf {
    let said = String::from_utf8_lossy(said);
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut of_package = messages.filter(|message| {
        let source = message["target"]["src_path"].as_str();
        source.is_some_and(|path| path.contains(package))
    });
    let found = of_package.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    found.unwrap()
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

    // A target folder of its own: the copy's crates have the same names and hashes as ours, and built in ours they would
    // replace libraries that the rest of the test run still links to. What others wrote is built alike in both.
    let target = folder.path().join("target");
    lend(&built(), &target.join("debug"));
    let cargo = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--workspace"])
            .env("CARGO_TARGET_DIR", &target)
            // Built once and thrown away.
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env_remove("CARGO_BUILD_TARGET_DIR")
            .current_dir(&copied)
            .output()
            .unwrap()
    };
    let compiled = cargo(&[
        "test",
        "--no-run",
        "--test",
        "conformance",
        "--message-format=json",
    ]);
    let err = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{err}");
    let conformance = Command::new(executable(&compiled.stdout, "acme-portal"))
        .current_dir(copied.join("connectors/acme-portal"))
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&conformance.stdout);
    let err = String::from_utf8_lossy(&conformance.stderr);
    assert!(conformance.status.success(), "{out}\n{err}");
    assert!(out.contains("test conforms ... ok"), "{out}");

    let made = cargo(&["build", "--bin", "backhaul"]);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let config = folder.path().join("backhaul.toml");
    std::fs::write(&config, "[connectors.acme]\ntype = \"acme-portal\"\n").unwrap();
    let doctor = Command::new(target.join("debug/backhaul"))
        .args(["doctor", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let said = [doctor.stdout, doctor.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("acme"), "{said}");
    assert!(!said.contains("there is no connector"), "{said}");
}

//! What changed since the last start: said once, by the start and by `backhaul doctor`.

use std::path::Path;
use std::process::Command;

use crate::support::{EMBEDDED, POLICY, configured};
use backhaul::config::Config;
use backhaul::{picture, sidecar};
use serde_json::Value;

/// A portal with a mapping, codes and a secret.
const PORTAL: &str = r#"
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
mapping = "portal.jq"
[connectors.portal.codes]
condition = { good = "A_NEW_SEALED" }
[connectors.portal.http]
path = "/in/portal"
secret = "do-not-tell"
"#;

const SECOND: &str = r#"
[connectors.wms-east]
type = "wms-json"
system = "wms-east"
entity = "US01"
[connectors.wms-east.http]
path = "/in/wms-east"
unsigned = true
"#;

fn doctor(folder: &Path) -> (Vec<String>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .args(["doctor", "--json"])
        .current_dir(folder)
        .env_remove("BACKHAUL_CONFIG")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let changes = report["changes"].as_array().unwrap().iter();
    let changes = changes
        .map(|change| format!("{}: {}", text(&change["subject"]), text(&change["says"])))
        .collect();
    let checks = report["checks"].as_array().unwrap();
    let since = checks
        .iter()
        .find(|check| check["subject"] == "since the last start");
    (changes, text(&since.unwrap()["says"]))
}

async fn start(config: &Config) {
    let running = sidecar::start(config).await.unwrap();
    assert!(running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_compares_with_the_start_before_and_doctor_only_looks() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("portal.jq"), ".").unwrap();
    let blocks = format!("{EMBEDDED}{POLICY}{PORTAL}");
    let first = configured(place, &blocks);
    let store = sidecar::open_store(&first).await.unwrap();
    assert_eq!(picture::recorded(store.as_ref()).await.unwrap(), None);
    store.close().await;
    assert_eq!(doctor(place).1, "no start is recorded on this store");

    start(&first).await;
    let (changes, says) = doctor(place);
    assert!(
        changes.is_empty() && says.starts_with("nothing changed"),
        "{says}"
    );
    let store = sidecar::open_store(&first).await.unwrap();
    let recorded = picture::recorded(store.as_ref()).await.unwrap().unwrap();
    store.close().await;
    // The same picture by another process: nothing is written, the time stays.
    let mut part = first.clone();
    part.only = vec!["portal".to_owned()];
    start(&part).await;
    let store = sidecar::open_store(&first).await.unwrap();
    let again = picture::recorded(store.as_ref()).await.unwrap().unwrap();
    store.close().await;
    assert_eq!(again, recorded);
    let kept = serde_json::to_string(&recorded).unwrap();
    assert!(!kept.contains("do-not-tell"), "{kept}");

    std::fs::write(place.join("portal.jq"), ". | .").unwrap();
    let other = blocks.replace("good =", "fine =");
    let second = configured(place, &format!("{other}{SECOND}"));
    let expected = [
        "connector wms-east: new, type wms-json".to_owned(),
        format!("crosswalk portal codes: changed since {}", recorded.at),
        format!(
            "mapping portal mapping: file portal.jq changed since {}",
            recorded.at
        ),
        "queue returns.effects.wms-east: new, delivery limit 20, bound to returns.effects wms-east"
            .to_owned(),
    ];
    for _ in 0..2 {
        assert_eq!(doctor(place).0, expected, "looking records nothing");
    }
    let log = run_until_started(place);
    for line in &expected {
        assert!(
            log.contains(&format!("since the last start: {line}")),
            "{log}"
        );
    }
    assert!(doctor(place).0.is_empty());
    assert!(!run_until_started(place).contains("since the last start"));
    start(&second).await;
}

/// Runs the binary until it has started, then drains it; its log.
fn run_until_started(folder: &Path) -> String {
    use std::io::{BufRead as _, Read as _};
    let mut child = Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .arg("run")
        .current_dir(folder)
        .env_remove("BACKHAUL_CONFIG")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains("\"started\"") {
        assert_ne!(lines.read_line(&mut log).unwrap(), 0, "{log}");
    }
    let id = child.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().unwrap();
    lines.read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success(), "{log}");
    log
}

//! The dead-letter desk from the command line, beside a sidecar that runs on the same store.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{EMBEDDED, PORTAL};
use backhaul::sidecar::Running;
use serde_json::{Value, json};

const SITES: &str = r#"
[connectors.portal.sites]
DC-EAST = "DC-EAST"
"#;

/// A sidecar that was sent two messages that it cannot read.
async fn with_exceptions(folder: &Path) -> Running {
    let text = format!("{EMBEDDED}{PORTAL}{SITES}");
    let running = support::started(folder, &text).await;
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let url = format!("http://{}/in/portal", running.sidecar.ingress().unwrap());
    for body in ["no JSON", "no JSON either"] {
        let response = client.post(&url).body(body).send().await.unwrap();
        assert!(response.status().is_client_error());
    }
    running
}

async fn desk(folder: &Path, arguments: &[&str]) -> Output {
    support::program(folder, &[&["exception"], arguments].concat()).await
}

async fn replays(folder: &Path, arguments: &[&str]) -> Output {
    support::program(folder, &[&["replay"], arguments].concat()).await
}

async fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    support::json_of(folder, &[&["exception"], arguments].concat()).await
}

async fn ids(folder: &Path, state: &str) -> Vec<String> {
    let rows = json_of(folder, &["list", "--state", state]).await;
    let rows = rows.as_array().unwrap();
    rows.iter()
        .map(|row| row["exception_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exceptions_are_grouped_shown_replayed_and_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = with_exceptions(folder).await;

    let groups = json_of(folder, &["groups"]).await;
    assert_eq!(groups.as_array().unwrap().len(), 1, "{groups}");
    assert_eq!(groups[0]["exceptions"], 2);
    assert_eq!(groups[0]["connector"], "portal");
    let by_cause = json_of(folder, &["groups", "--by", "cause", "--sort", "money"]).await;
    assert_eq!(by_cause[0]["code"], "SCHEMA_INVALID");
    assert!(by_cause[0].get("connector").is_none(), "{by_cause}");
    assert!(by_cause[0]["oldest_age_seconds"].is_i64(), "{by_cause}");

    let open = ids(folder, "open").await;
    let raw = desk(folder, &["show", &open[0], "--raw"]).await;
    assert!(raw.stdout.starts_with(b"no JSON"));

    let preview = json_of(folder, &["replay", &open[0], "--dry-run"]).await;
    assert!(
        preview["exceptions"][0]["action"]
            .as_str()
            .unwrap()
            .contains("decode"),
        "{preview}"
    );
    let all = json_of(folder, &["replay", "--connector", "portal", "--dry-run"]).await;
    assert_eq!(all["impact"]["exceptions"], 2, "{all}");
    assert_eq!(all["impact"]["actions"], json!({ "decode": 2 }));
    assert_eq!(ids(folder, "open").await.len(), 2, "a dry run does nothing");

    // Filters need a yes; ids do not.
    let asked = desk(folder, &["replay", "--connector", "portal"]).await;
    assert_eq!(asked.status.code(), Some(2));
    let done = json_of(folder, &["replay", &open[0]]).await;
    assert_eq!(done[0]["done"], true);
    let again = desk(folder, &["replay", &open[0]]).await;
    assert_eq!(again.status.code(), Some(3), "it is not open any more");

    // The sidecar decodes it again, in vain: it is back as an exception of its own.
    let deadline = Instant::now() + Duration::from_secs(30);
    while ids(folder, "open").await.len() < 2 {
        assert!(Instant::now() < deadline, "the replay does not arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let reason = [
        "discard",
        "--connector",
        "portal",
        "--yes",
        "--as",
        "ada",
        "--reason",
        "a test",
    ];
    let discarded = json_of(folder, &reason).await;
    assert_eq!(discarded.as_array().unwrap().len(), 2);
    assert_eq!(json_of(folder, &["list"]).await, json!([]));
    let shown = json_of(folder, &["show", &open[1]]).await;
    assert_eq!(shown["resolution"], "discarded by ada: a test");
    assert_eq!(shown["state"], "DISCARDED");

    let verified = store::audit_verify(running.store.as_ref()).await.unwrap();
    assert_eq!(
        verified.entries, 3,
        "one replay and two discards are in the audit"
    );
    assert!(running.stop().await);
}

/// T16: a copy takes the place of what was refused, once, whoever presses how often.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t16_a_copy_takes_the_place_of_the_original_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = with_exceptions(folder).await;
    let open = ids(folder, "open").await;
    let receipt = include_str!("../../../../connectors/wms-json/testdata/basic-receipt.in.json");
    let mut receipt: Value = serde_json::from_str(receipt).unwrap();
    receipt["lines"][0]
        .as_object_mut()
        .unwrap()
        .remove("condition");
    std::fs::write(folder.join("good.json"), receipt.to_string()).unwrap();
    std::fs::write(folder.join("bad.json"), "still no JSON").unwrap();

    let id = open[0].as_str();
    let bad = desk(folder, &["edit", id, "--file", "bad.json", "--reason", "x"]).await;
    assert_eq!(bad.status.code(), Some(2), "{bad:?}");
    assert!(!bad.stderr.is_empty(), "says what is wrong");
    let checked = json_of(folder, &["edit", id, "--file", "good.json", "--check"]).await;
    assert_eq!(checked["done"], false);
    assert_eq!(
        ids(folder, "open").await.len(),
        2,
        "nothing was done so far"
    );

    let press = [
        "edit",
        id,
        "--file",
        "good.json",
        "--reason",
        "a typo of the 3PL",
        "--as",
        "ada",
    ];
    let (one, two) = tokio::join!(desk(folder, &press), desk(folder, &press));
    let codes = [one.status.code(), two.status.code()];
    assert!(
        codes == [Some(0), Some(3)] || codes == [Some(3), Some(0)],
        "{codes:?}"
    );
    let third = desk(folder, &press).await;
    assert_eq!(third.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&third.stderr).contains("not open any more"));

    let shown = json_of(folder, &["show", id]).await;
    assert_eq!(shown["state"], "REPLAYED");
    assert!(
        shown["resolution"]
            .as_str()
            .unwrap()
            .contains("given back by ada as a copy")
    );
    // The copy goes through the front door: a receipt whose return nobody knows is parked under its name.
    let key = checked["events"][0][0].as_str().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let parked = running
            .store
            .overdue(jiff::Timestamp::MAX, 10)
            .await
            .unwrap();
        if let [only] = parked.as_slice() {
            assert_eq!(only.key, key);
            break;
        }
        assert!(parked.is_empty(), "one copy: {parked:?}");
        assert!(Instant::now() < deadline, "the copy does not arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let audit = running.store.audit(id, 0, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].entry.action, "exception.edited");
    assert!(running.stop().await);
}

/// T14: the cause is not mended, the canary fails again, and the rest is untouched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t14_when_the_canary_fails_the_rest_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = with_exceptions(folder).await;
    let open = ids(folder, "open").await;
    let (oldest, other) = (open[1].as_str(), open[0].as_str());
    let replay = [
        "start",
        "--connector",
        "portal",
        "--canary",
        "1",
        "--follow",
    ];
    let ended = replays(folder, &replay).await;
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert!(said.contains("failed again"), "{said}");
    let listed = replays(folder, &["list", "--json"]).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["phase"], "stopped", "{listed}");
    assert_eq!(
        (&listed[0]["done"], &listed[0]["meant"]),
        (&json!(1), &json!(2))
    );
    let seen = json_of(folder, &["show", oldest]).await;
    assert_eq!(
        (&seen["state"], &seen["occurrences"]),
        (&json!("OPEN"), &json!(2))
    );
    let seen = json_of(folder, &["show", other]).await;
    assert_eq!(
        (&seen["state"], &seen["occurrences"]),
        (&json!("OPEN"), &json!(1))
    );
    assert!(running.stop().await);
}

//! Bad input is refused with place, field and reason, kept with its raw bytes, and can be replayed; its neighbours go
//! through.

use serde_json::{Value, json};
use simulators::wms::Story;
use tests::post;
use tests::sidecar::Sidecar;
use tests::world::{SECRET, World, ask, request, until_returns};

fn with(mut message: Value, pointer: &str, value: Value) -> Vec<u8> {
    *message.pointer_mut(pointer).unwrap() = value;
    serde_json::to_vec(&message).unwrap()
}

fn exceptions(sidecar: &Sidecar) -> Vec<Value> {
    sidecar
        .ask(&["exception", "list", "--json"])
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_rubbish_is_refused_and_kept() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let good = serde_json::to_vec(&request(1)).unwrap();
    let mut truncated = good.clone();
    truncated.truncate(good.len() / 2);
    let mut wrong_charset = good.clone();
    wrong_charset.extend_from_slice(b" \xff\xfe");
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into_bytes();
    let oversized = format!("{{\"x\":\"{}\"}}", "a".repeat(2 << 20)).into_bytes();
    let rubbish: Vec<(&str, Vec<u8>, &str)> = vec![
        ("truncated", truncated, ""),
        ("wrong charset", wrong_charset, ""),
        ("deeply nested", deep, ""),
        ("oversized", oversized, ""),
        (
            "impossible date",
            with(request(2), "/requestedAt", json!("2026-02-31T10:00:00Z")),
            "requestedAt",
        ),
        (
            "in the future",
            with(request(8), "/requestedAt", json!("2099-12-31T10:00:00Z")),
            "occurred_at",
        ),
        (
            "impossible amount",
            with(request(3), "/lines/0/invoice/amount", json!("12.345")),
            "amount",
        ),
        (
            "negative quantity",
            with(request(4), "/lines/0/qty", json!("-3")),
            "qty",
        ),
        (
            "unknown code",
            with(request(5), "/lines/0/reason", json!("because")),
            "reason",
        ),
        (
            "unknown currency",
            with(request(6), "/currency", json!("ZZZ")),
            "currency",
        ),
        (
            "wrong type",
            with(request(7), "/lines", json!("none")),
            "lines",
        ),
    ];
    let url = format!("{}/in/portal", sidecar.ingress);
    for (name, body, field) in &rubbish {
        let (status, answer) = post(&url, SECRET, body.clone()).await.unwrap();
        assert!((400..500).contains(&status), "{name}: {status} {answer}");
        let problem: Value = serde_json::from_str(&answer).unwrap();
        assert!(
            !problem["detail"].as_str().unwrap_or_default().is_empty(),
            "{name}: {answer}"
        );
        assert!(
            answer.contains(field),
            "{name} does not say where: {answer}"
        );
    }
    let (status, _) = post(&url, "another secret", good.clone()).await.unwrap();
    assert_eq!(status, 401, "a wrong signature");

    let kept = exceptions(&sidecar);
    assert_eq!(kept.len(), rubbish.len() + 1, "{kept:#?}");
    for exception in &kept {
        assert!(
            !exception["reason"].as_str().unwrap_or_default().is_empty(),
            "{exception}"
        );
        let id = exception["exception_id"].as_str().unwrap();
        let shown = sidecar.command(&["exception", "show", id]).unwrap();
        assert!(
            shown.status.success(),
            "{}",
            String::from_utf8_lossy(&shown.stderr)
        );
    }
    // The same rubbish once more is the same exception, counted.
    let (_, body, _) = &rubbish[0];
    post(&url, SECRET, body.clone()).await.unwrap();
    let again = exceptions(&sidecar);
    assert_eq!(again.len(), kept.len());
    assert!(again.iter().any(|e| e["occurrences"] == 2), "{again:#?}");

    // The sidecar is as well as before.
    ask(&sidecar, [1]).await.unwrap();
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn good_neighbours_of_a_bad_event_go_through() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let mut bad = request(2);
    bad["lines"][0]["qty"] = json!("three");
    let batch = serde_json::to_vec(&json!([request(1), bad, request(3)])).unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    let (status, answer) = post(&url, SECRET, batch).await.unwrap();
    assert_eq!(status, 202, "{answer}");
    until_returns(&sidecar, "SETTLED", 2).await.unwrap();
    let kept = exceptions(&sidecar);
    assert_eq!(kept.len(), 1, "{kept:#?}");
    assert!(
        kept[0]["place"].as_str().unwrap().contains("/1/"),
        "{}",
        kept[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_replayed_once_its_code_is_known() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    let body = with(request(1), "/lines/0/reason", json!("broken"));
    let (status, answer) = post(&url, SECRET, body).await.unwrap();
    assert!((400..500).contains(&status), "{answer}");
    let kept = exceptions(&sidecar);
    assert_eq!(kept[0]["code"], "MASTER_DATA_MISSING", "{kept:#?}");
    let id = kept[0]["exception_id"].as_str().unwrap().to_owned();
    assert!(sidecar.terminate().await.unwrap().success());

    // The integration team adds the code to the table, and gives the message back to the flow.
    let text = std::fs::read_to_string(world.config()).unwrap();
    let table = "[connectors.portal.codes.reason]\nbroken = \"DEFECTIVE_ON_ARRIVAL\"\n\n[connectors.wms-east]";
    std::fs::write(
        world.config(),
        text.replacen("[connectors.wms-east]", table, 1),
    )
    .unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let preview = sidecar
        .command(&["exception", "replay", &id, "--dry-run"])
        .unwrap();
    assert!(
        preview.status.success(),
        "{}",
        String::from_utf8_lossy(&preview.stderr)
    );
    let replayed = sidecar.command(&["exception", "replay", &id]).unwrap();
    assert!(
        replayed.status.success(),
        "{}",
        String::from_utf8_lossy(&replayed.stderr)
    );
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let twice = sidecar.command(&["exception", "replay", &id]).unwrap();
    assert!(!twice.status.success(), "a second press must be refused");
}

/// A code is added to the table: exactly the messages that it blocked go on, and the sidecar need not be started anew.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_missing_code_blocked_is_read_again_and_the_rest_stays() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    for (number, place, value) in [
        (1, "/lines/0/reason", json!("broken")),
        (2, "/lines/0/qty", json!("none")),
    ] {
        let body = with(request(number), place, value);
        let (status, answer) = post(&url, SECRET, body).await.unwrap();
        assert!((400..500).contains(&status), "{answer}");
    }
    let rerun = |arguments: &[&str]| -> Value {
        let arguments = [&["exception", "rerun", "--json"], arguments].concat();
        let output = sidecar.command(&arguments).unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let readable = |seen: &Value| {
        let seen = seen.as_array().unwrap().iter();
        seen.filter(|one| one["readable"] == true).count()
    };
    assert_eq!(readable(&rerun(&["--dry-run"])), 0);

    let text = std::fs::read_to_string(world.config()).unwrap();
    let table = "[connectors.portal.codes.reason]\nbroken = \"DEFECTIVE_ON_ARRIVAL\"\n\n[connectors.wms-east]";
    let mended = text.replacen("[connectors.wms-east]", table, 1);
    std::fs::write(world.config(), mended).unwrap();
    let seen = rerun(&["--dry-run"]);
    assert_eq!(
        (seen.as_array().unwrap().len(), readable(&seen)),
        (2, 1),
        "{seen}"
    );
    let one = seen
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["readable"] == true)
        .unwrap();
    assert!(one["before"].as_str().unwrap().contains("broken"), "{one}");
    assert!(
        one["after"].as_str().unwrap().contains("return.requested"),
        "{one}"
    );
    assert_eq!(exceptions(&sidecar).len(), 2, "a dry run does nothing");

    let done = rerun(&["--yes"]);
    assert_eq!(
        done.as_array()
            .unwrap()
            .iter()
            .filter(|one| one["done"] == true)
            .count(),
        1,
        "{done}"
    );
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let left = exceptions(&sidecar);
    assert_eq!(left.len(), 1, "{left:#?}");
    assert_eq!(left[0]["code"], "SCHEMA_INVALID");
    assert_eq!(readable(&rerun(&["--yes"])), 0, "pressed twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_bad_parts_are_one_exception() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    let parts: Vec<Value> = (0..1000_u32)
        .map(|n| serde_json::from_slice(&with(request(n), "/lines/0/qty", json!("none"))).unwrap())
        .collect();
    let (status, answer) = post(&url, SECRET, serde_json::to_vec(&parts).unwrap())
        .await
        .unwrap();
    assert!((400..500).contains(&status), "{answer}");
    let kept = exceptions(&sidecar);
    assert_eq!(
        kept.len(),
        1,
        "the message is kept once, not once for each part"
    );
    let reason = kept[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("1000 parts") && reason.contains("/0/lines/0/qty"),
        "{reason}"
    );
    let stored: u64 = std::fs::read_dir(world.folder().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(
        stored < 20 << 20,
        "{stored} bytes for a message of less than one MB"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_contents_under_one_key_the_first_stands() {
    let world = World::start(None, "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, [1]).await.unwrap();
    until_returns(&sidecar, "AUTHORIZED", 1).await.unwrap();
    let receipt = |qty: &str| {
        json!({
            "type": "receipt.created", "warehouse": "DC-EAST", "rma": "RMA-1", "receiptId": "R-1",
            "occurredAt": "2026-03-05T08:00:00Z",
            "lines": [{ "line": 1, "sku": "SKU-100", "qty": qty, "uom": "EA", "condition": "sealed" }]
        })
    };
    // In one message, so that they meet in one batch of the router.
    let body = serde_json::to_vec(&json!([receipt("3"), receipt("2")])).unwrap();
    let url = format!("{}/in/wms-east", sidecar.ingress);
    let (status, answer) = post(&url, SECRET, body).await.unwrap();
    assert_eq!(status, 202, "{answer}");
    let received = until_returns(&sidecar, "IN_PROGRESS", 1).await.unwrap();
    assert_eq!(
        received[0]["business_code"], "R310",
        "all three pieces: {received:#?}"
    );
    let kept = exceptions(&sidecar);
    assert_eq!(kept.len(), 1, "{kept:#?}");
    assert_eq!(kept[0]["code"], "IDEMPOTENCY_CONFLICT");
}

/// What is packed is not unpacked, and what is larger than its connector takes is refused while it comes: neither costs memory.
#[tokio::test(flavor = "multi_thread")]
async fn payload_bombs_are_refused_within_bounds() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let packed = std::process::Command::new("sh")
        .args(["-c", "head -c 268435456 /dev/zero | gzip -1"])
        .output()
        .unwrap()
        .stdout;
    assert!(packed.len() < 2 << 20, "{}", packed.len());
    let envelope = format!(
        "{{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"x\",\"type\":\"y\",\"data\":\"{}\"}}",
        "a".repeat(100 << 20)
    );
    let client = reqwest::Client::builder()
        .timeout(std::time::Duration::from_mins(1))
        .build()
        .unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    for (name, encoding, body) in [
        ("packed", Some("gzip"), packed),
        ("a hundred megabytes", None, envelope.into_bytes()),
    ] {
        let mut request = client
            .post(&url)
            .header("content-type", "application/cloudevents+json")
            .body(body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        // The listener may hang up while the rest is still being sent: that is a refusal as well.
        if let Ok(answer) = request.send().await {
            assert!(
                answer.status().is_client_error(),
                "{name}: {}",
                answer.status()
            );
        }
    }
    let most = sidecar.peak_memory().unwrap();
    assert!(most < 256 << 20, "{most} bytes");
    // It lives, and takes what is good.
    ask(&sidecar, 1..=1).await.unwrap();
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
}

//! The demo as a newcomer runs it: every ledger agrees, in fair and in foul weather, on every broker and store.

use std::process::Command;

use serde_json::Value;
use testkit::postgres::Postgres;
use testkit::rabbit::Rabbit;

/// Runs the demo to its end; its result.
fn demo(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_product"))
        .args(["demo", "--once", "--json"])
        .args(arguments)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    serde_json::from_str(&out).unwrap()
}

/// The exit code says it already; here is what it says, once more and apart.
fn prove(result: &Value, returns: u64) {
    assert_eq!(result["returns"], returns);
    assert_eq!(result["unfinished"], Value::Array(Vec::new()));
    let checks = result["checks"].as_array().unwrap();
    assert!(checks.len() >= 10, "{checks:?}");
    for check in checks {
        for wrong in ["lost", "doubled", "unknown", "differing"] {
            assert_eq!(check[wrong], 0, "{check}");
        }
        assert!(
            check["theirs"].as_u64().unwrap() > 0,
            "nothing was compared: {check}"
        );
    }
    assert!(
        result["states"]["settled"].as_u64().unwrap() > 0,
        "{}",
        result["states"]
    );
    assert!(result["sites"].as_object().unwrap().len() >= 7);
    // All five connectors have delivered.
    for kind in ["EDI_180", "EDI_812", "ERP_CREDIT_MEMO", "WMS_RMA_ASN"] {
        let confirmed = &result["effects"][format!("{kind} Confirmed")];
        assert!(
            confirmed.as_u64().unwrap_or(0) > 0,
            "{kind}: {}",
            result["effects"]
        );
    }
}

#[test]
fn embedded_in_fair_weather() {
    prove(&demo(&["--returns", "120", "--faults", "none"]), 120);
}

#[test]
fn embedded_with_some_faults() {
    let result = demo(&["--returns", "120", "--faults", "some", "--seed", "2"]);
    prove(&result, 120);
    assert!(!result["faults"].as_object().unwrap().is_empty());
}

#[test]
fn embedded_with_heavy_faults() {
    prove(
        &demo(&["--returns", "200", "--faults", "heavy", "--seed", "3"]),
        200,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_rabbitmq() {
    let url = Rabbit::shared().await.unwrap().vhost("demo").await.unwrap();
    prove(
        &demo(&["--returns", "120", "--faults", "some", "--broker", &url]),
        120,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_rabbitmq_and_postgresql_with_heavy_faults() {
    let url = Rabbit::shared()
        .await
        .unwrap()
        .vhost("demo-pg")
        .await
        .unwrap();
    let database = Postgres::shared()
        .await
        .unwrap()
        .database("demo")
        .await
        .unwrap();
    let arguments = [
        "--returns",
        "160",
        "--faults",
        "heavy",
        "--seed",
        "4",
        "--broker",
        &url,
        "--store",
        &database,
    ];
    prove(&demo(&arguments), 160);
}

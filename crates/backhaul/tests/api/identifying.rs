//! Goods that nobody announced: whose they are is said by the API, once, and approved by somebody else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, asked, people, problem};

/// The sale of so many pieces.
fn sale(qty: i32) -> Value {
    let asked = asked("B1", "INV-B", qty);
    json!({
        "outcome": "SALE", "channel": "b2b", "customer_account": "C-100", "currency": "USD",
        "lines": serde_json::to_value(&asked.lines).unwrap()
    })
}

fn finding(found: &Value) -> Value {
    json!({ "found": found, "reason": "the packing slip was inside" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_unannounced_goods_are_is_said_once() {
    let bench = Bench::with(&people()).await;
    let row = bench.unannounced("1Z-9", &[("SKU-1", 4)]).await;
    let path = format!("/v1/returns/{}/identification", row.return_id);
    let seen = bench
        .see(&format!("/v1/returns/{}", row.return_id), "viewer")
        .await;
    assert_eq!(
        seen["lines"][0]["quantities"]["unmatched_hold"], "4",
        "{seen}"
    );

    let bare = bench.request(Method::POST, &path, "shop");
    let bare = bare.json(&finding(&sale(4))).send().await.unwrap();
    problem(bare, 400).await;
    let none = bench.post(&path, "shop", "I1", &finding(&sale(0))).await;
    let none = problem(none, 422).await;
    assert_eq!(
        none["errors"][0]["pointer"], "/found/lines/0/qty_requested",
        "{none}"
    );
    let unknown = json!({ "outcome": "RETURN", "return_id": "RMA-NONE" });
    let unknown = bench.post(&path, "shop", "I2", &finding(&unknown)).await;
    problem(unknown, 404).await;
    let itself = json!({ "outcome": "RETURN", "return_id": row.rma_number });
    let itself = bench.post(&path, "shop", "I3", &finding(&itself)).await;
    problem(itself, 409).await;

    let said = |key: &'static str| {
        let request = bench.request(Method::POST, &path, "max-desk");
        let request = request
            .header("Idempotency-Key", key)
            .header("Prefer", "wait=30");
        request.json(&finding(&sale(4))).send()
    };
    let done = said("I4").await.unwrap();
    assert_eq!(done.status(), 200);
    let done: Value = done.json().await.unwrap();
    assert_eq!(
        done["header"]["lifecycle"], "PENDING_AUTHORIZATION",
        "{done}"
    );
    let again = said("I4").await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");

    // Max said whose they are, so Max does not decide on it.
    let open = bench.see("/v1/approvals", "max-desk").await;
    let approval = &open["items"][0];
    let seen = json!({ "calc_hash": approval["calc_hash"], "version": approval["version"] });
    let id = approval["approval_id"].as_str().unwrap();
    let yes = format!("/v1/approvals/{id}/approve");
    let own = bench.post(&yes, "max-desk", "Y1", &seen).await;
    assert_ne!(own.status(), 200, "{}", own.text().await.unwrap());
    let audit = format!("/v1/audit?subject={}", row.return_id);
    let audit = bench.see(&audit, "boss").await;
    let kinds: Vec<&str> = (audit["items"].as_array().unwrap().iter())
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    let identified = kinds
        .iter()
        .filter(|kind| **kind == "backhaul.return.identified.v1");
    assert_eq!(identified.count(), 1, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_that_was_asked_for_is_not_identified() {
    let bench = Bench::new().await;
    let made = bench.decided("A1", &asked("A1", "INV-A", 2)).await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let path = format!("{location}/identification");
    let refused = bench.post(&path, "shop", "I1", &finding(&sale(2))).await;
    let refused = problem(refused, 409).await;
    assert_eq!(refused["code"], "api.not-allowed-now", "{refused}");
}

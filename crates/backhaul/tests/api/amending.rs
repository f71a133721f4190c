//! A return that waits for a decision is changed by whoever has seen its latest version.

use canonical::header::ReturnRequest;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Bench, asked, problem};

/// A request that is late, so that a person decides.
fn late(request_id: &str, qty: i32) -> ReturnRequest {
    let mut late = asked(request_id, "INV-A", qty);
    let invoice = late.lines[0].invoice_ref.as_mut().unwrap();
    invoice.date = invoice.date.saturating_sub(jiff::Span::new().days(200));
    late
}

async fn patch(bench: &Bench, location: &str, seen: &str, key: &str, lines: Value) -> Response {
    bench
        .request(Method::PATCH, location, "shop")
        .header("If-Match", seen)
        .header("Idempotency-Key", key)
        .header("Prefer", "wait=30")
        .json(&json!({ "lines": lines, "reason": "miscounted" }))
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_change_until_the_return_is_authorised() {
    let bench = Bench::new().await;
    let made = bench.decided("A1", &late("A1", 2)).await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let seen = made.headers()["etag"].to_str().unwrap().to_owned();
    let other = bench.decided("A2", &late("A2", 3)).await;
    assert_eq!(other.status(), 201);

    for (pointer, lines) in [
        (
            "/lines/0/line_no",
            json!([{ "line_no": 9, "reason": "DEFECTIVE_ON_ARRIVAL" }]),
        ),
        ("/lines/0", json!([{ "line_no": 1 }])),
        (
            "/lines/0/qty_requested",
            json!([{ "line_no": 1, "qty_requested": "0" }]),
        ),
        (
            "/lines/0/qty_requested",
            json!([{ "line_no": 1, "qty_requested": "11" }]),
        ),
        (
            "/lines/0/reason",
            json!([{ "line_no": 1, "reason": "BORED" }]),
        ),
        ("", json!([])),
    ] {
        let refused = patch(&bench, &location, &seen, "W1", lines).await;
        let refused = problem(refused, 422).await;
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    // Ten were invoiced, and the other return holds three of them.
    let eight = json!([{ "line_no": 1, "qty_requested": "8" }]);
    let refused = problem(patch(&bench, &location, &seen, "W2", eight).await, 409).await;
    assert_eq!(refused["code"], "api.not-allowed-now", "{refused}");
    let seven = json!([{ "line_no": 1, "qty_requested": "7" }]);
    let stale = patch(&bench, &location, "\"v99\"", "W3", seven.clone()).await;
    assert_eq!(problem(stale, 412).await["code"], "api.changed");

    let done = patch(&bench, &location, &seen, "K1", seven.clone()).await;
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    let now = done.headers()["etag"].to_str().unwrap().to_owned();
    assert_ne!(now, seen);
    let again = patch(&bench, &location, &seen, "K1", seven).await;
    assert_eq!(again.status(), 200, "the answer may have been lost");
    assert_eq!(again.headers()["etag"], now.as_str(), "and it is done once");

    // Nothing is left of the invoice line for anybody else.
    let request = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
    let outlook = request.json(&late("A3", 1)).send().await.unwrap();
    let outlook: Value = serde_json::from_str(&outlook.text().await.unwrap()).unwrap();
    assert_eq!(outlook["lines"][0]["available"], "0", "{outlook}");
    let timeline = bench.see(&format!("{location}/timeline"), "viewer").await;
    let items = timeline["items"].as_array().unwrap();
    let amended = |e: &&Value| e["action"] == "backhaul.return.amend-requested.v1";
    assert_eq!(items.iter().filter(amended).count(), 1, "{timeline}");

    assert!(bench.running.stop().await);
}

/// Two changes of one version: the second is told so, and of no key that it never gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_of_a_version_one_counts() {
    let bench = Bench::new().await;
    let made = bench.decided("V1", &late("V1", 2)).await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let seen = made.headers()["etag"].to_str().unwrap().to_owned();
    let change = |qty: &str| {
        let request = bench.request(Method::PATCH, &location, "shop");
        let lines = json!([{ "line_no": 1, "qty_requested": qty }]);
        let body = json!({ "lines": lines, "reason": "miscounted" });
        request.header("If-Match", &seen).json(&body).send()
    };
    let first = change("3").await.unwrap();
    assert!(matches!(first.status().as_u16(), 200 | 202));
    let second = change("4").await.unwrap();
    let status = second.status().as_u16();
    assert!(matches!(status, 409 | 412), "{status}");
    let told = problem(second, status).await;
    let detail = told["detail"].as_str().unwrap();
    assert!(!detail.contains("Idempotency-Key"), "{told}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_come_changes_after_the_authorisation() {
    let bench = Bench::new().await;
    let made = bench.decided("A4", &asked("A4", "INV-B", 4)).await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let change = |key: &'static str, body: Value| {
        let request = bench.request(Method::PATCH, &location, "shop");
        let request = request
            .header("If-Match", "*")
            .header("Idempotency-Key", key)
            .header("Prefer", "wait=30");
        request.json(&body).send()
    };
    let mut other = serde_json::to_value(&asked("A5", "INV-C", 2).lines[0]).unwrap();
    other["line_no"] = json!(2);
    other["line_id"] = json!("shop/A4/2");
    let both = json!({
        "lines": [{ "line_no": 1, "qty_requested": "3" }], "add": [other], "reason": "one more box"
    });
    let done = change("K1", both.clone()).await.unwrap();
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    let seen = bench.see(&location, "viewer").await;
    let authorized = |n: usize| seen["lines"][n]["line"]["qty_authorized"].clone();
    assert_eq!(
        (authorized(0), authorized(1)),
        (json!("3"), json!("2")),
        "{seen}"
    );
    assert_eq!(seen["header"]["lifecycle"], "AUTHORIZED");
    let again = change("K1", both).await.unwrap();
    assert_eq!(again.status(), 200);

    // Units that another return holds are not added.
    let held = bench.decided("A7", &asked("A7", "INV-D", 9)).await;
    assert_eq!(held.status(), 201);
    let mut too_many = serde_json::to_value(&asked("A4", "INV-D", 2).lines[0]).unwrap();
    too_many["line_no"] = json!(4);
    too_many["line_id"] = json!("shop/A4/4");
    let too_many = json!({ "add": [too_many], "reason": "x" });
    let too_many = problem(change("K5", too_many).await.unwrap(), 409).await;
    assert!(
        too_many["detail"]
            .as_str()
            .unwrap()
            .contains("1 of its invoice line"),
        "{too_many}"
    );

    let mut wrong = other_line(&seen);
    wrong["qty_requested"] = json!("0");
    let wrong = json!({ "add": [wrong], "reason": "x" });
    let wrong = problem(change("K2", wrong).await.unwrap(), 422).await;
    assert_eq!(
        wrong["errors"][0]["pointer"], "/add/0/qty_requested",
        "{wrong}"
    );
    // Nothing would be left.
    let nothing = json!({
        "lines": [{ "line_no": 1, "qty_requested": "0" }, { "line_no": 2, "qty_requested": "0" }], "reason": "x"
    });
    let nothing = problem(change("K3", nothing).await.unwrap(), 409).await;
    assert_eq!(nothing["code"], "api.not-allowed-now", "{nothing}");
    let one = json!({ "lines": [{ "line_no": 2, "qty_requested": "0" }], "reason": "kept" });
    let one = change("K4", one).await.unwrap();
    assert_eq!(one.status(), 200, "{}", one.text().await.unwrap());
    // What is given back is free for others.
    let request = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
    let outlook = request.json(&asked("A6", "INV-C", 1)).send().await.unwrap();
    let outlook: Value = serde_json::from_str(&outlook.text().await.unwrap()).unwrap();
    assert_eq!(outlook["lines"][0]["available"], "10", "{outlook}");
    assert!(bench.running.stop().await);
}

/// Another line, like the second of that return.
fn other_line(seen: &Value) -> Value {
    let mut line = seen["lines"][1]["line"].clone();
    line["line_no"] = json!(3);
    line["line_id"] = json!("shop/A4/3");
    line["qty_authorized"] = json!("0");
    line
}

//! Returns are asked for, once, and withdrawn.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::wms::{self, WmsSim};

use crate::support::{Bench, asked, problem, warehouse};

async fn json_of(response: reqwest::Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_01_a_request_sent_again_gives_the_same_return() {
    let bench = Bench::new().await;
    let request = asked("S1", "INV-S1", 4);
    let first = bench.decided("key-1", &request).await;
    assert_eq!(first.status(), 201, "{}", first.text().await.unwrap());
    assert_eq!(first.headers()["etag"], "\"v1\"");
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    let first = json_of(first).await;
    assert_eq!(first["decision"], "authorised", "{first}");
    assert_eq!(first["business_code"], "R200", "{first}");

    // Under the same key, and under another one: the same return, and one authorisation.
    let replayed = bench.decided("key-1", &request).await;
    assert_eq!(replayed.status(), 201);
    assert_eq!(replayed.headers()["idempotent-replayed"], "true");
    assert_eq!(json_of(replayed).await, first);
    let other = bench.decided("key-2", &request).await;
    assert_eq!(other.status(), 200);
    assert!(other.headers().get("idempotent-replayed").is_none());
    let other = json_of(other).await;
    assert_eq!(other["return_id"], first["return_id"]);
    assert_eq!(other["rma_number"], first["rma_number"]);

    let bench = bench.again().await;
    let third = bench.decided("key-1", &request).await;
    assert_eq!(json_of(third).await, first, "also after a restart");
    let page = bench.see("/v1/returns", "viewer").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    let now = bench.see(&location, "viewer").await;
    assert_eq!(now["version"], 1, "nothing was applied twice");

    // The same request_id with other content is another request: refused, and the first one stands.
    let changed = asked("S1", "INV-S1", 5);
    let refused = bench.decided("key-3", &changed).await;
    assert_eq!(problem(refused, 409).await["code"], "api.request-id-reused");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_02_idempotency_keys() {
    let bench = Bench::new().await;
    let request = asked("S2", "INV-S2", 1);

    let without = bench
        .request(Method::POST, "/v1/returns", "shop")
        .json(&request);
    let without = problem(without.send().await.unwrap(), 400).await;
    assert_eq!(without["code"], "api.idempotency-key-missing");

    let body = serde_json::to_value(&request).unwrap();
    let first = bench.post("/v1/returns", "shop", "\"k\"", &body).await;
    assert_eq!(first.status(), 202);
    let first = json_of(first).await;
    let again = bench.post("/v1/returns", "shop", "k", &body).await;
    assert_eq!(
        again.status(),
        202,
        "the stored status, though it is decided by now"
    );
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert!(again.headers().contains_key("location"));
    assert_eq!(json_of(again).await, first);

    // Another payload under the key; the first one stands.
    let mut other = body.clone();
    other["channel"] = json!("web");
    let refused = bench.post("/v1/returns", "shop", "k", &other).await;
    assert_eq!(
        problem(refused, 422).await["code"],
        "api.idempotency-key-reused"
    );

    // A key is of one tenant and one route.
    let elsewhere = bench.post("/v1/returns", "boss", "k", &body).await;
    assert_eq!(elsewhere.status(), 202);
    assert!(elsewhere.headers().get("idempotent-replayed").is_none());

    // What is wrong is said before the key counts: it may be used for the request that is right.
    let mut wrong = body.clone();
    wrong["request_id"] = json!("S2b");
    wrong["lines"][0]["qty_requested"] = json!("-1");
    let refused = problem(bench.post("/v1/returns", "shop", "k2", &wrong).await, 422).await;
    assert_eq!(refused["errors"][0]["pointer"], "/lines/0/qty_requested");
    wrong["lines"][0]["qty_requested"] = json!("1");
    assert_eq!(
        bench
            .post("/v1/returns", "shop", "k2", &wrong)
            .await
            .status(),
        202
    );

    // While the first one is at work, the same key is told so.
    let slow = asked("S2c", "INV-S2", 1);
    let mut slow = serde_json::to_value(slow).unwrap();
    slow["legal_entity"] = json!("XX99");
    let ask = |wait: &'static str| {
        let request = bench.request(Method::POST, "/v1/returns", "shop");
        let request = request
            .header("Idempotency-Key", "k3")
            .header("Prefer", wait);
        request.json(&slow).send()
    };
    let begun = tokio::spawn(ask("wait=4"));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let busy = ask("wait=0").await.unwrap();
    assert!(busy.headers().contains_key("retry-after"));
    assert_eq!(
        problem(busy, 409).await["code"],
        "api.idempotency-key-in-progress"
    );
    let ended = begun.await.unwrap().unwrap();
    assert_eq!(ended.status(), 202, "no policy of XX99 decides it");
    let after = ask("wait=0").await.unwrap();
    assert_eq!(after.headers()["idempotent-replayed"], "true");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_03_ten_invoiced_and_two_ask_for_six_at_once() {
    let bench = Bench::new().await;
    let (one, two) = (asked("S3a", "INV-S3", 6), asked("S3b", "INV-S3", 6));
    let before = serde_json::to_value(&one).unwrap();
    let outlook = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
    let outlook = json_of(outlook.json(&before).send().await.unwrap()).await;
    assert_eq!(outlook["outcome"], "eligible", "{outlook}");
    assert_eq!(outlook["lines"][0]["available"], "10", "{outlook}");
    // 6 × 22.00 net and 8.25 % tax on it.
    assert_eq!(outlook["expected_credit"]["net_minor"], 13_200, "{outlook}");
    assert_eq!(
        outlook["expected_credit"]["gross_minor"], 14_289,
        "{outlook}"
    );

    let (one, two) = tokio::join!(bench.decided("a", &one), bench.decided("b", &two));
    let decisions = [json_of(one).await, json_of(two).await];
    let count = |word: &str| decisions.iter().filter(|d| d["decision"] == word).count();
    assert_eq!(count("authorised"), 1, "{decisions:?}");
    assert_eq!(count("declined"), 1, "{decisions:?}");
    let declined = decisions
        .iter()
        .find(|d| d["decision"] == "declined")
        .unwrap();
    assert_eq!(declined["denial"], "QUANTITY_DIFFERENCE");
    assert_eq!(declined["business_code"], "R130");

    // What is left can be asked about before it is asked for.
    for (qty, outcome) in [(4, "eligible"), (5, "declined")] {
        let asked = asked("S3c", "INV-S3", qty);
        let request = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
        let outlook = json_of(request.json(&asked).send().await.unwrap()).await;
        assert_eq!(outlook["outcome"], outcome, "{outlook}");
        assert_eq!(outlook["lines"][0]["available"], "4", "{outlook}");
    }
    let page = bench.see("/v1/returns", "viewer").await;
    assert_eq!(
        page["items"].as_array().unwrap().len(),
        2,
        "asking about it wrote nothing"
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_late_would_need_an_approval() {
    let bench = Bench::new().await;
    let mut late = asked("L1", "INV-L", 1);
    let invoice = late.lines[0].invoice_ref.as_mut().unwrap();
    invoice.date = invoice.date.saturating_sub(jiff::Span::new().days(200));
    let request = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
    let outlook = json_of(request.json(&late).send().await.unwrap()).await;
    assert_eq!(outlook["outcome"], "needs_approval", "{outlook}");
    assert!(
        outlook["why"].as_str().unwrap().contains("window"),
        "{outlook}"
    );
    assert!(
        !outlook["roles"].as_array().unwrap().is_empty(),
        "{outlook}"
    );
    let pending = bench.decided("L1", &late).await;
    assert_eq!(pending.status(), 201);
    let pending = json_of(pending).await;
    assert_eq!(pending["decision"], "pending", "{pending}");
    assert_eq!(
        pending["open_approvals"].as_array().unwrap().len(),
        1,
        "{pending}"
    );

    late.legal_entity = "XX99".to_owned();
    let request = bench.request(Method::POST, "/v1/returns/eligibility", "viewer");
    let outlook = json_of(request.json(&late).send().await.unwrap()).await;
    assert_eq!(
        (&outlook["outcome"], &outlook["code"]),
        (&json!("undecided"), &json!("POLICY_GAP"))
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_is_withdrawn_by_who_has_seen_its_latest_version() {
    let wms = WmsSim::start(wms::Config {
        autoplay: false,
        ..wms::Config::default()
    })
    .await
    .unwrap();
    let bench = Bench::with(&warehouse(&wms.url())).await;
    let made = bench.decided("W1", &asked("W1", "INV-W", 2)).await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let announced = async || {
        let effects = bench.see(&format!("{location}/effects"), "viewer").await;
        let mut all = effects["items"].as_array().unwrap().iter();
        all.any(|e| e["kind"] == "WMS_RMA_ASN" && e["state"] == "CONFIRMED")
    };
    while !announced().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen = async || {
        let request = bench.request(Method::GET, &location, "viewer");
        let answer = request.send().await.unwrap();
        answer.headers()["etag"].to_str().unwrap().to_owned()
    };
    let before = seen().await;
    let change = json!({ "status": "CANCELLED", "reason": "changed my mind" });
    let patch = |tag: &str| {
        let request = bench
            .request(Method::PATCH, &location, "shop")
            .json(&change);
        let request = request.header("Prefer", "wait=30");
        if tag.is_empty() {
            request
        } else {
            request.header("If-Match", tag)
        }
    };
    let without = patch("").send().await.unwrap();
    assert_eq!(problem(without, 428).await["code"], "api.if-match-missing");
    let stale = patch("\"v99\"").send().await.unwrap();
    assert_eq!(problem(stale, 412).await["code"], "api.changed");
    let done = patch(&before).send().await.unwrap();
    let effects = bench.see(&format!("{location}/effects"), "viewer").await;
    assert_eq!(done.status(), 200, "{effects:#}");
    assert_ne!(done.headers()["etag"], before.as_str());
    let done = json_of(done).await;
    assert_eq!(
        (&done["status"], &done["business_code"]),
        (&json!("CANCELLED"), &json!("R230"))
    );
    let stale = patch(&before).send().await.unwrap();
    assert_eq!(stale.status(), 412);
    assert_eq!(
        patch("*").send().await.unwrap().status(),
        200,
        "it is as wished"
    );

    let timeline = bench.see(&format!("{location}/timeline"), "viewer").await;
    let actions: Vec<&str> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .filter(|action| action.starts_with("backhaul.return."))
        .collect();
    assert_eq!(
        actions,
        [
            "backhaul.return.requested.v1",
            "backhaul.return.cancel-requested.v1"
        ]
    );

    let unread = bench
        .request(Method::PATCH, &location, "shop")
        .header("If-Match", "*");
    let unread = unread
        .json(&json!({ "status": "SHIPPED", "reason": "x" }))
        .send()
        .await
        .unwrap();
    assert_eq!(
        problem(unread, 422).await["errors"][0]["pointer"],
        "/status"
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named_by_its_pointer() {
    let bench = Bench::new().await;
    let mut good = serde_json::to_value(asked("P1", "INV-P", 1)).unwrap();
    good["lines"][0]["customer_note"] = json!("too small");
    good["lines"][0]["invoice_ref"]["tz"] = json!("UTC");
    let cases: &[(&str, Value)] = &[
        ("/return_type", json!("SIDEWAYS")),
        ("/currency", json!("XXX1")),
        ("/requested_at", json!("yesterday")),
        ("/requested_at", json!("2100-01-01T00:00:00Z")),
        ("/tz", json!("Moon/Tycho")),
        ("/system", json!("a/b")),
        ("/request_id", json!(" ")),
        ("/customer_account", json!("x".repeat(201))),
        ("/lines", json!([])),
        ("/lines/0/line_no", json!(0)),
        ("/lines/0/qty_requested", json!("0")),
        ("/lines/0/qty_requested", json!("1.1234567")),
        ("/lines/0/reason", json!("BORED")),
        ("/lines/0/base_per_uom", json!({ "num": 1, "den": 0 })),
        ("/lines/0/customer_note", json!("x".repeat(301))),
        ("/lines/0/invoiced/ccy", json!("EUR")),
        ("/lines/0/invoiced/amount_minor", json!(-1)),
        ("/lines/0/invoiced/taxes/0/amount_minor", json!(-1)),
        ("/lines/0/invoiced/taxes/0/rate", json!("-8.25")),
        ("/lines/0/invoice_ref/tz", json!("Moon/Tycho")),
    ];
    for (n, (pointer, value)) in cases.iter().enumerate() {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let response = bench
            .post("/v1/returns", "shop", &format!("p{n}"), &body)
            .await;
        let problem = problem(response, 422).await;
        assert_eq!(problem["errors"][0]["pointer"], *pointer, "{problem}");
        assert_eq!(problem["code"], "api.invalid");
    }
    let missing = bench
        .post("/v1/returns", "shop", "m", &json!({ "system": "shop" }))
        .await;
    let missing = problem(missing, 422).await;
    assert!(
        missing["detail"].as_str().unwrap().contains("request_id"),
        "{missing}"
    );
    let request = bench
        .request(Method::POST, "/v1/returns", "shop")
        .header("Idempotency-Key", "t");
    let text = request
        .header("Content-Type", "text/plain")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(problem(text, 415).await["code"], "api.media-type");
    let mut long = good.clone();
    long["lines"][0]["customer_note"] = json!("x".repeat(100_000));
    let long = bench.post("/v1/returns", "shop", "l", &long).await;
    assert_eq!(problem(long, 413).await["code"], "api.too-large");
    let page = bench.see("/v1/returns", "viewer").await;
    assert_eq!(page["items"], json!([]), "none of it got in");
    assert!(bench.running.stop().await);
}

//! A message is tried out, by the API and in the console: what would follow is said, and nothing of it is kept.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;
use crate::visitor::Visitor;

fn request(reason: &str) -> Value {
    json!({
        "type": "return.requested", "requestId": "P1", "rma": "RMA-P1", "requestedAt": "2026-03-01T09:00:00Z", "legalEntity": "US01",
        "returnType": "PHYSICAL", "channel": "portal", "segment": "retail", "customer": "C1", "currency": "USD",
        "returnTo": "DC-EAST", "requestedBy": "carol",
        "lines": [{
            "line": 1, "sku": "SKU-1", "qty": "1", "uom": "EA", "reason": reason,
            "order": { "number": "O1", "line": "1" },
            "invoice": { "number": "I1", "line": "1", "date": "2026-02-20", "qty": "10", "amount": "100.00" }
        }]
    })
}

fn receipt() -> Value {
    json!({
        "eventId": "e-1", "sequence": 1, "type": "receipt.created", "warehouse": "DC-EAST", "rma": "RMA-P1",
        "occurredAt": "2026-03-05T09:00:00Z", "receiptId": "R-1",
        "lines": [{ "line": 1, "sku": "SKU-1", "qty": "1", "uom": "EA", "condition": "A_NEW_SEALED" }]
    })
}

async fn attempt(bench: &Bench, body: &Value) -> (u16, Value) {
    let request = bench.request(Method::POST, "/v1/messages/try", "trier");
    let response = request.json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_follow_is_said_and_nothing_is_kept() {
    let bench = Bench::new().await;
    let text = request("DEFECTIVE_ON_ARRIVAL").to_string();
    let (status, view) = attempt(&bench, &json!({ "connector": "portal", "text": text })).await;
    assert_eq!(status, 200, "{view}");
    let part = &view["parts"][0];
    assert_eq!(part["type"], "backhaul.return.requested.v1", "{view}");
    assert_eq!(part["verdict"], "it changes the return");
    assert_eq!(part["data"]["customer_account"], "C1", "{part}");
    let effects = part["effects"].as_array().unwrap();
    assert!(
        effects
            .iter()
            .any(|e| e["kind"] == "WMS_RMA_ASN" && e.get("connector").is_none()),
        "{effects:?}"
    );

    // A code that nobody knows, and what is no message at all.
    let text = request("KAPUTT").to_string();
    let (_, view) = attempt(&bench, &json!({ "connector": "portal", "text": text })).await;
    let unmapped = &view["parts"][0]["failure"]["unmapped"];
    assert_eq!(
        unmapped,
        &json!({ "list": "reason", "code": "KAPUTT", "direction": "in" }),
        "{view}"
    );
    let (_, view) = attempt(
        &bench,
        &json!({ "connector": "portal", "base64": "bm8gSlNPTg==" }),
    )
    .await;
    assert_eq!(view["failure"]["code"], "wms-json.not-json", "{view}");
    assert_eq!(view["failure"]["place"], "line 1 column 2", "{view}");

    let (status, problem) = attempt(&bench, &json!({ "connector": "nobody", "text": "x" })).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["pointer"], "/connector", "{problem}");
    let both = json!({ "connector": "portal", "text": "x", "base64": "eA==" });
    assert_eq!(attempt(&bench, &both).await.0, 422);
    let list = json!(["portal", "x"]);
    assert_eq!(attempt(&bench, &list).await.0, 422);

    for path in ["/v1/returns", "/v1/exceptions"] {
        let kept = bench.see(path, "boss").await;
        assert_eq!(kept["items"], json!([]), "{path}");
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mapping_bench_shows_it() {
    let bench = Bench::new().await;
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    assert_eq!(viewer.get("/bench").await.status, 403);

    let mut trier = Visitor::signed_in(&bench, "trier").await;
    assert_eq!(trier.get("/").await.to(), "/bench");
    let page = trier.see("/bench").await;
    assert!(page.says("<option>portal</option>"), "{}", page.text);
    let csrf = page.hidden("/bench", "csrf");
    let both = json!([
        request("DEFECTIVE_ON_ARRIVAL"),
        receipt(),
        request("KAPUTT")
    ])
    .to_string();
    let fields = [("csrf", &*csrf), ("connector", "portal"), ("text", &both)];
    let page = trier.post("/bench", &fields).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for words in [
        "backhaul.return.requested.v1",
        "backhaul.receipt.recorded.v1",
        "it changes the return",
        "no route takes it",
        "wms-json.unmapped-code",
        "-- &#39;reason&#39; &#39;portal&#39; &#39;KAPUTT&#39; OURS",
    ] {
        assert!(page.says(words), "{words}: {}", page.text);
    }
    // The receipt is judged by the return that the part before it opens.
    assert!(!page.says("there is no such return"), "{}", page.text);
    let hostile = [
        ("csrf", &*csrf),
        ("connector", "portal"),
        ("text", "<script>alert(1)</script>"),
    ];
    let page = trier.post("/bench", &hostile).await;
    assert!(
        page.says("wms-json.not-json") && !page.says("<script>alert"),
        "{}",
        page.text
    );
    let foreign = [("csrf", "x"), ("connector", "portal"), ("text", "x")];
    assert_eq!(trier.post("/bench", &foreign).await.status, 403);
    assert!(bench.running.stop().await);
}

/// PostgreSQL keeps no NUL, so that no store is given one; and nobody is sent elsewhere after the sign-in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_store_keeps_is_refused_and_the_way_back_stays_here() {
    let bench = Bench::new().await;
    let body = json!({ "connector": "portal", "text": "x", "headers": { "a": "b\0c" } });
    let (status, problem) = attempt(&bench, &body).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["pointer"], "/headers/a", "{problem}");
    let answer = bench.get("/v1/returns?customer=%00", "boss").await;
    assert_eq!(answer.status(), 400);

    let mut boss = Visitor::signed_in(&bench, "boss").await;
    assert_eq!(boss.get("/returns?q=%00").await.status, 400);
    for to in [
        "/\t/evil.example/x",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
    ] {
        let page = Visitor::of(&bench).sign_in("boss", to).await;
        assert_eq!((page.status, page.to()), (303, "/"), "{to:?}");
    }
    assert!(bench.running.stop().await);
}

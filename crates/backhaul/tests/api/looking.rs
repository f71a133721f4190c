//! Returns and effects are looked at; changes are followed.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, asked, problem};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["return_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_are_found_by_what_is_known_of_them() {
    let bench = Bench::new().await;
    let mut known = Vec::new();
    for n in 0..5 {
        let mut request = asked(&format!("F{n}"), &format!("INV-F{n}"), 1);
        request.customer_account = format!("C-{}", n % 2);
        request.channel = if n == 0 { "phone" } else { "web" }.to_owned();
        request.lines[0].sku = format!("SKU-F{n}");
        request.lines[0].order_ref = Some(canonical::line::OrderRef {
            order: format!("SO-{n}"),
            line: None,
            shipment: None,
            shipment_line: None,
        });
        let made: Value = bench
            .decided(&format!("F{n}"), &request)
            .await
            .json()
            .await
            .unwrap();
        known.push(made);
    }
    let id = |n: usize| known[n]["return_id"].as_str().unwrap().to_owned();
    let rma = known[3]["rma_number"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("customer=C-1".to_owned(), vec![id(3), id(1)]),
        (format!("rma={rma}"), vec![id(3)]),
        ("channel=phone".to_owned(), vec![id(0)]),
        ("order=SO-2".to_owned(), vec![id(2)]),
        ("invoice=INV-F4".to_owned(), vec![id(4)]),
        ("sku=SKU-F1&channel=web".to_owned(), vec![id(1)]),
        ("sku=SKU-F1&channel=phone".to_owned(), vec![]),
        (
            "status=AUTHORIZED&site=WH1&business_code=R200".to_owned(),
            (0..5).rev().map(id).collect(),
        ),
        ("status=DECLINED".to_owned(), vec![]),
        ("updated_since=2100-01-01T00:00:00Z".to_owned(), vec![]),
    ] {
        let page = bench.see(&format!("/v1/returns?{query}"), "viewer").await;
        assert_eq!(ids(&page), expected, "{query}");
        assert!(page.get("next").is_none(), "{query}");
    }
    for filter in ["", "&channel=web"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/returns?limit=2{filter}{cursor}");
            let page = bench.see(&path, "viewer").await;
            seen.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let first = u8::from(!filter.is_empty()).into();
        assert_eq!(
            seen,
            (first..5).rev().map(id).collect::<Vec<_>>(),
            "each once, {filter:?}"
        );
    }
    for name in [
        id(2),
        "ext:shop%2FF2".to_owned(),
        known[2]["rma_number"].as_str().unwrap().to_owned(),
    ] {
        let found = bench.see(&format!("/v1/returns/{name}"), "viewer").await;
        assert_eq!(found["return_id"], id(2), "{name}");
        assert_eq!(
            found["lines"][0]["quantities"]["authorized"], "1",
            "{found}"
        );
        assert_eq!(found["logistics_status"], "AWAITING", "{found}");
    }
    let path = format!("/v1/returns/{}", id(2));
    let unchanged = bench
        .request(Method::GET, &path, "viewer")
        .header("If-None-Match", "\"v1\"");
    assert_eq!(unchanged.send().await.unwrap().status(), 304);
    for query in [
        "limit=0",
        "limit=x",
        "cursor=nonsense",
        "colour=red",
        "status=SHIPPED",
        "business_code=R1",
        "updated_since=soon",
    ] {
        let refused = bench.get(&format!("/v1/returns?{query}"), "viewer").await;
        assert_eq!(problem(refused, 400).await["code"], "api.query", "{query}");
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effects_are_shown_with_what_they_ask_for_those_who_may_see_it() {
    let bench = Bench::new().await;
    let made: Value = bench
        .decided("E1", &asked("E1", "INV-E", 1))
        .await
        .json()
        .await
        .unwrap();
    let path = format!(
        "/v1/returns/{}/effects",
        made["return_id"].as_str().unwrap()
    );
    let effects = bench.see(&path, "viewer").await;
    let effect = &effects["items"][0];
    assert_eq!(effect["state"], "PARKED", "no route takes it: {effect}");
    assert!(effect.get("command").is_none(), "{effect}");
    let key = effect["effect_key"].as_str().unwrap();
    let one = bench.see(&format!("/v1/effects/{key}"), "reader").await;
    assert_eq!(one["command"]["return_id"], made["return_id"], "{one}");
    assert_eq!(one["attempts"], json!([]));

    let path = format!(
        "/v1/returns/{}/timeline",
        made["return_id"].as_str().unwrap()
    );
    let timeline = bench.see(&path, "viewer").await;
    assert!(timeline["items"][0].get("body").is_none(), "{timeline}");
    assert_eq!(timeline["items"][0]["actor"], "api/shop");
    let timeline = bench.see(&path, "reader").await;
    assert_eq!(
        timeline["items"][0]["body"]["data"]["request_id"], "E1",
        "{timeline}"
    );
    let request = bench.request(Method::POST, "/v1/audit/verify", "auditor");
    let proof: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(proof["ok"], true, "{proof}");
    assert!(bench.running.stop().await);
}

/// Reads events until there are so many; id and data of each.
async fn follow(bench: &Bench, after: &str, wanted: usize) -> Vec<(u64, Value)> {
    let request = bench.request(Method::GET, "/v1/events", "viewer");
    let response = request.header("Last-Event-ID", after).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.bytes_stream();
    let (mut text, mut events) = (String::new(), Vec::new());
    while events.len() < wanted {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next());
        let chunk = chunk.await.expect("an event in time").unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                let lines = event.lines();
                lines
                    .filter_map(|line| line.strip_prefix(name))
                    .map(str::trim)
                    .next()
            };
            if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                events.push((id.parse().unwrap(), serde_json::from_str(data).unwrap()));
            }
            text = rest.to_owned();
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_followed_and_nothing_is_missed() {
    let bench = Bench::new().await;
    for n in 0..3 {
        let request = asked(&format!("V{n}"), &format!("INV-V{n}"), 1);
        assert_eq!(
            bench.decided(&format!("V{n}"), &request).await.status(),
            201
        );
    }
    let all = follow(&bench, "0", 3).await;
    assert_eq!(all[0].1["return"]["business_code"], "R200", "{all:?}");
    assert_eq!(all[0].1["cause"], "backhaul.return.requested.v1");
    assert!(
        all.windows(2).all(|two| two[0].0 < two[1].0),
        "in order: {all:?}"
    );
    let rest = follow(&bench, &all[0].0.to_string(), 2).await;
    assert_eq!(rest, all[1..], "behind the one that was seen last");

    let newest = all[2].0.to_string();
    let live = async {
        let request = asked("V3", "INV-V3", 1);
        bench.decided("V3", &request).await
    };
    let (live, made) = tokio::join!(follow(&bench, &newest, 1), live);
    let made: Value = made.json().await.unwrap();
    assert_eq!(live[0].1["return"]["return_id"], made["return_id"]);

    let request = bench.request(Method::GET, "/v1/events", "viewer");
    let wrong = request.header("Last-Event-ID", "x").send().await.unwrap();
    problem(wrong, 400).await;
    // A stop does not wait for those who follow.
    let request = bench.request(Method::GET, "/v1/events", "viewer");
    let open = request.send().await.unwrap();
    let begun = std::time::Instant::now();
    assert!(bench.running.stop().await);
    assert!(begun.elapsed() < Duration::from_secs(20));
    drop(open);
}

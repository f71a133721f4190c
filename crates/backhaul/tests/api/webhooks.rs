//! Webhooks are called with every milestone, signed, in order, until they take it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use console::webhook::sign;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::wms::{self, WmsSim};
use tokio::net::TcpListener;

use crate::support::{Bench, asked, warehouse};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What came, and how many calls are still to be refused.
#[derive(Default)]
struct Ear {
    taken: Vec<Value>,
    refusals: u32,
}

async fn hear(State(ear): State<Arc<Mutex<Ear>>>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers["backhaul-signature"].to_str().unwrap();
    let (at, mac) = signature
        .strip_prefix("t=")
        .unwrap()
        .split_once(",v1=")
        .unwrap();
    assert_eq!(mac, sign(SECRET.as_bytes(), at.parse().unwrap(), &body));
    assert_eq!(headers["content-type"], "application/cloudevents+json");
    let mut ear = ear.lock().unwrap();
    if ear.refusals > 0 {
        ear.refusals -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    ear.taken.push(serde_json::from_str(&body).unwrap());
    StatusCode::NO_CONTENT
}

async fn listening(refusals: u32) -> (SocketAddr, Arc<Mutex<Ear>>) {
    let ear = Arc::new(Mutex::new(Ear {
        taken: Vec::new(),
        refusals,
    }));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/hook", post(hear))
        .with_state(Arc::clone(&ear));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (addr, ear)
}

fn hook(name: &str, addr: SocketAddr, more: &str) -> String {
    format!(
        "[[api.webhook]]\nname = {name:?}\nurl = \"http://{addr}/hook\"\nsecret = {SECRET:?}\n{more}\n"
    )
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_milestone_is_told_in_order_though_calls_fail() {
    let (addr, ear) = listening(2).await;
    let (chosen_addr, chosen) = listening(0).await;
    let hooks = hook("all", addr, "") + &hook("ends", chosen_addr, "events = [\"R230\"]");
    let wms = WmsSim::start(wms::Config {
        autoplay: false,
        ..wms::Config::default()
    })
    .await
    .unwrap();
    let hooks = hooks + &warehouse(&wms.url());
    let bench = Bench::with(&hooks).await;
    for n in 0..2 {
        let made = bench
            .decided(
                &format!("H{n}"),
                &asked(&format!("H{n}"), &format!("INV-H{n}"), 1),
            )
            .await;
        assert_eq!(made.status(), 201);
        let location = made.headers()["location"].to_str().unwrap().to_owned();
        let change = json!({ "status": "CANCELLED", "reason": "a test" });
        let request = bench
            .request(Method::PATCH, &location, "shop")
            .json(&change);
        let request = request.header("If-Match", "*").header("Prefer", "wait=30");
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let ends = |ear: &Mutex<Ear>| {
        let ear = ear.lock().unwrap();
        let codes = ear
            .taken
            .iter()
            .map(|event| event["data"]["business_code"].clone());
        codes.filter(|code| *code == "R230").count()
    };
    until("both ends are told", async || {
        ends(&ear) == 2 && ends(&chosen) == 2
    })
    .await;

    let taken = std::mem::take(&mut ear.lock().unwrap().taken);
    let mut numbers = BTreeMap::<String, Vec<u64>>::new();
    for event in &taken {
        assert_eq!(
            (&event["specversion"], &event["type"]),
            (&json!("1.0"), &json!("backhaul.return.status.v1"))
        );
        let id = event["subject"].as_str().unwrap().to_owned();
        numbers
            .entry(id)
            .or_default()
            .push(event["data"]["seq"].as_u64().unwrap());
    }
    assert_eq!(numbers.len(), 2);
    for (id, numbers) in numbers {
        let whole: Vec<u64> = (1..=numbers.len() as u64).collect();
        assert_eq!(numbers, whole, "{id}: gapless and in order: {taken:?}");
        assert!(numbers.len() >= 4, "R100, R110, R200, R230: {taken:?}");
    }
    assert_eq!(
        chosen.lock().unwrap().taken.len(),
        2,
        "only what was chosen"
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_becomes_an_exception_and_its_replay_tells_it() {
    let (addr, ear) = listening(1).await;
    let bench = Bench::with(&hook("shy", addr, "events = [\"R200\"]\nmax_tries = 1")).await;
    assert_eq!(
        bench.decided("X", &asked("X", "INV-X", 1)).await.status(),
        201
    );
    let path = "/v1/exceptions?connector=webhook/shy";
    until("it is an exception", async || {
        let page = bench.see(path, "clerk").await;
        !page["items"].as_array().unwrap().is_empty()
    })
    .await;
    let page = bench.see(path, "clerk").await;
    assert_eq!(page["items"][0]["code"], "DELIVERY_EXHAUSTED", "{page}");
    assert!(
        page["items"][0]["reason"].as_str().unwrap().contains("500"),
        "{page}"
    );
    assert!(ear.lock().unwrap().taken.is_empty());
    let id = page["items"][0]["exception_id"].as_str().unwrap();
    let replay = format!("/v1/exceptions/{id}/replay");
    let done = bench.post(&replay, "replayer", "again", &json!({})).await;
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    until("it is told", async || ear.lock().unwrap().taken.len() == 1).await;
    assert_eq!(
        ear.lock().unwrap().taken[0]["data"]["business_code"],
        "R200"
    );
    assert!(bench.running.stop().await);
}

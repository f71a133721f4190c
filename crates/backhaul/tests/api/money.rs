//! What stops a return's money and what takes it back; what was refused at the intake, read again.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, asked, problem};
use crate::visitor::Visitor;

/// A return that is authorised, by its id.
async fn authorised(bench: &Bench, name: &str) -> String {
    let made: Value = bench
        .decided(name, &asked(name, name, 1))
        .await
        .json()
        .await
        .unwrap();
    made["return_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_set_and_lifted_once() {
    let bench = Bench::new().await;
    let id = authorised(&bench, "H1").await;
    let path = |what: &str| format!("/v1/returns/{id}/{what}");
    let told = async |what: &str, key: &str, body: Value| {
        let request = bench.request(Method::POST, &path(what), "boss");
        let request = request
            .header("Idempotency-Key", key)
            .header("Prefer", "wait=30");
        request.json(&body).send().await.unwrap()
    };
    let fraud = json!({ "flag": "FRAUD", "reason": "serial numbers do not match" });
    // Nothing is lifted that does not hold.
    problem(told("release", "k0", fraud.clone()).await, 409).await;
    for replayed in [false, true] {
        let answer = told("hold", "k1", fraud.clone()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers().contains_key("idempotent-replayed"),
            replayed
        );
        assert!(answer.headers().contains_key("etag"));
        let stands: Value = answer.json().await.unwrap();
        assert_eq!(stands["header"]["hold_flags"], json!(["FRAUD"]));
    }
    problem(told("hold", "k1", json!({ "flag": "LEGAL" })).await, 422).await;
    problem(told("hold", "k2", json!({ "flag": "GRUDGE" })).await, 422).await;
    let long = json!({ "flag": "LEGAL", "reason": "x".repeat(501) });
    problem(told("hold", "k3", long).await, 422).await;
    let lifted = told("release", "k4", json!({ "flag": "FRAUD" })).await;
    let lifted: Value = lifted.json().await.unwrap();
    assert_eq!(lifted["return_id"], id, "{lifted}");
    assert_eq!(lifted["header"].get("hold_flags"), None);
    // Who did it is in the audit, once each.
    let audit = bench
        .see(&format!("/v1/audit?subject={id}&limit=200"), "auditor")
        .await;
    let changes: Vec<&Value> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "backhaul.return.hold-changed.v1")
        .collect();
    assert_eq!(changes.len(), 2, "{audit}");
    assert!(changes.iter().all(|entry| entry["actor"] == "api/boss"));
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_posted_is_not_taken_back() {
    let bench = Bench::new().await;
    let id = authorised(&bench, "R1").await;
    let path = format!("/v1/returns/{id}/credit-reversals");
    let asked = json!({ "memo": "CM-4711", "reason": "wrong customer" });
    let refused = problem(bench.post(&path, "boss", "r1", &asked).await, 409).await;
    let why = refused["detail"].as_str().unwrap();
    assert!(why.contains("no such credit memo"), "{why}");
    // It was refused before it was told: nobody has to look at it.
    let open = "/v1/exceptions?code=NOT_ALLOWED_NOW";
    let open = bench.see(open, "clerk").await;
    assert_eq!(open["items"], json!([]));
    let gone = bench.post("/v1/returns/none/credit-reversals", "boss", "r2", &asked);
    problem(gone.await, 404).await;
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exception_about_no_effect_is_not_confirmed() {
    let bench = Bench::new().await;
    let id = bench.garbage("no JSON").await;
    let path = format!("/v1/exceptions/{id}/confirm");
    let seen = json!({ "document": "CM-4711", "reason": "seen in the ERP" });
    let refused = problem(bench.post(&path, "boss", "c1", &seen).await, 409).await;
    let why = refused["detail"].as_str().unwrap();
    assert!(why.contains("about no effect"), "{why}");
    let blank = json!({ "document": " ", "type": "a\u{7}", "reason": "seen" });
    let wrong = problem(bench.post(&path, "boss", "c2", &blank).await, 422).await;
    let at: Vec<&str> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["/document", "/type"]);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_is_read_again() {
    let bench = Bench::new().await;
    let id = bench.garbage("no JSON, says jane@mark.example").await;
    let path = "/v1/exceptions/rerun";
    for (key, dry) in [("a1", true), ("a2", false)] {
        let asked = json!({ "dry_run": dry });
        let answer = bench.post(path, "replayer", key, &asked).await;
        let answer: Value = answer.json().await.unwrap();
        let one = &answer["items"][0];
        assert_eq!(one["exception_id"], id, "{answer}");
        assert_eq!(
            (&one["readable"], &one["done"]),
            (&false.into(), &false.into())
        );
        assert_eq!(answer["left"], 0);
        assert!(!answer.to_string().contains("jane@"), "{answer}");
    }
    let other = json!({ "connector": "elsewhere" });
    let none: Value = bench
        .post(path, "replayer", "a3", &other)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(none["items"], json!([]));
    let wrong = json!({ "codes": ["MOON"] });
    problem(bench.post(path, "replayer", "a4", &wrong).await, 422).await;
    let seen = bench.see(&format!("/v1/exceptions/{id}"), "clerk").await;
    assert_eq!(seen["state"], "OPEN");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_stopped_on_the_page_by_those_who_may() {
    let bench = Bench::new().await;
    let id = authorised(&bench, "P1").await;
    let here = format!("/returns/{id}");
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    let page = viewer.see(&here).await;
    assert!(!page.says("Stop its money"), "{}", page.text);
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see(&here).await;
    let hold = format!("{here}/hold");
    let legal = [("flag", "LEGAL"), ("reason", "the court asks")];
    for _ in 0..2 {
        let done = boss.send(&page, &hold, &legal).await;
        assert_eq!((done.status, done.to()), (303, &*format!("{here}#money")));
    }
    let page = boss.see(&here).await;
    assert!(page.says("Its money is stopped") && page.says("Lift LEGAL"));
    let release = format!("{here}/release");
    let done = boss.send(&page, &release, &[]).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(boss.see(&here).await.says("Stop its money for now"));
    assert!(bench.running.stop().await);
}

//! Exceptions are looked at and decided on.

use serde_json::{Value, json};

use crate::support::{Bench, problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exceptions_are_shown_with_their_bytes_for_those_who_may_see_them() {
    let bench = Bench::new().await;
    let id = bench.garbage("no JSON").await;
    let path = format!("/v1/exceptions/{id}");
    let seen = bench.see(&path, "clerk").await;
    assert_eq!(
        (&seen["code"], &seen["bytes"]),
        (&json!("SCHEMA_INVALID"), &json!(7))
    );
    for hidden in ["raw_text", "raw_base64", "origin"] {
        assert!(seen.get(hidden).is_none(), "{seen}");
    }
    let seen = bench.see(&path, "reader").await;
    assert_eq!(
        (&seen["raw_text"], &seen["raw_base64"]),
        (&json!("no JSON"), &json!("bm8gSlNPTg=="))
    );
    assert!(seen["origin"].is_object(), "{seen}");
    let groups = bench
        .see("/v1/exceptions/groups?by=cause,connector", "clerk")
        .await;
    assert_eq!(groups["items"][0]["exceptions"], 1, "{groups}");
    assert_eq!(groups["items"][0]["connector"], "portal");
    let refused = bench.get("/v1/exceptions/groups?by=colour", "clerk").await;
    problem(refused, 400).await;
    problem(bench.get("/v1/exceptions/none", "clerk").await, 404).await;
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exception_is_discarded_once_and_told_the_same_again() {
    let bench = Bench::new().await;
    let id = bench.garbage("no JSON").await;
    let path = format!("/v1/exceptions/{id}/discard");
    let without = json!({ "reason": " " });
    let refused = bench.post(&path, "discarder", "d0", &without).await;
    assert_eq!(
        problem(refused, 422).await["errors"][0]["pointer"],
        "/reason"
    );
    let why = json!({ "reason": "a test message" });
    let done = bench.post(&path, "discarder", "d1", &why).await;
    assert_eq!(done.status(), 200);
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["done"], true, "{done}");
    assert_eq!(done["text"], "discarded by api/discarder: a test message");
    let again = bench.post(&path, "discarder", "d1", &why).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), done);
    let other = bench.post(&path, "discarder", "d2", &why).await;
    assert_eq!(problem(other, 409).await["code"], "api.not-allowed-now");
    let gone = bench.see("/v1/exceptions?state=open", "clerk").await;
    assert_eq!(gone["items"], json!([]));
    let kept = bench.see("/v1/exceptions?state=discarded", "clerk").await;
    assert_eq!(kept["items"][0]["exception_id"], id.as_str());
    let audit = bench
        .see(&format!("/v1/audit?subject={id}"), "auditor")
        .await;
    assert_eq!(audit["items"][0]["actor"], "api/discarder", "{audit}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replays_are_tried_dry_and_on_a_few_first() {
    let bench = Bench::new().await;
    for body in ["no JSON", "no JSON either", "still none"] {
        bench.garbage(body).await;
    }
    let path = "/v1/exceptions/replay";
    let unfiltered = bench
        .post(path, "replayer", "r0", &json!({ "dry_run": true }))
        .await;
    problem(unfiltered, 422).await;
    let dry = json!({ "connector": "portal", "dry_run": true });
    let dry: Value = bench
        .post(path, "replayer", "r1", &dry)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(dry["impact"]["actions"], json!({ "decode": 3 }), "{dry}");
    assert_eq!(dry["left"], 3, "{dry}");
    let canary = json!({ "connector": "portal", "vouched": true, "canary": 1 });
    let one: Value = bench
        .post(path, "replayer", "r2", &canary)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (one["decisions"].as_array().unwrap().len(), &one["left"]),
        (1, &json!(2)),
        "{one}"
    );
    assert_eq!(one["decisions"][0]["done"], true, "{one}");

    let id = bench.garbage("a fourth").await;
    let single = format!("/v1/exceptions/{id}/replay");
    let dry = bench
        .post(&single, "replayer", "r3", &json!({ "dry_run": true }))
        .await;
    let dry: Value = dry.json().await.unwrap();
    assert_eq!(
        (&dry["done"], &dry["preview"]["does"]),
        (&json!(false), &json!("decode")),
        "{dry}"
    );
    let done = bench
        .post(&single, "replayer", "r4", &json!({ "vouched": true }))
        .await;
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["text"], "replayed by api/replayer", "{done}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_on_with_other_bytes_if_they_can_be_read() {
    let bench = Bench::new().await;
    let id = bench.garbage("no JSON").await;
    let path = format!("/v1/exceptions/{id}/edit");
    let still = json!({ "text": "{}", "reason": "try" });
    let refused = problem(bench.post(&path, "editor", "e1", &still).await, 422).await;
    assert_eq!(refused["code"], "api.unreadable-copy", "{refused}");
    let both = json!({ "text": "{}", "base64": "e30=", "reason": "try" });
    let refused = problem(bench.post(&path, "editor", "e2", &both).await, 422).await;
    assert_eq!(refused["errors"][0]["pointer"], "/text");
    let open = bench.see("/v1/exceptions", "clerk").await;
    assert_eq!(
        open["items"][0]["exception_id"],
        id.as_str(),
        "it is as it was"
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_have_to_decide_is_not_given_back_singly() {
    let bench = Bench::with("[replays]\nagree_above = 0\n").await;
    bench.garbage("no JSON").await;
    let open = bench.see("/v1/exceptions", "clerk").await;
    let id = open["items"][0]["exception_id"].as_str().unwrap();
    let path = format!("/v1/exceptions/{id}/replay");
    let singly = bench.post(&path, "replayer", "s0", &json!({})).await;
    assert_eq!(problem(singly, 409).await["code"], "replay.two-persons");
    let seen = json!({ "dry_run": true });
    let seen = bench.post(&path, "replayer", "s1", &seen).await;
    assert_eq!(seen.status(), 200, "it may be looked at");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_replay_waits_for_another_person() {
    let bench = Bench::with("[replays]\nagree_above = 2\n").await;
    for body in ["no JSON", "no JSON either", "still none"] {
        bench.garbage(body).await;
    }
    let wish = json!({ "connector": "portal", "vouched": true, "canary": 0, "rate": 0 });
    let at_once = json!({ "connector": "portal", "vouched": true });
    let at_once = bench
        .post("/v1/exceptions/replay", "replayer", "l0", &at_once)
        .await;
    assert_eq!(problem(at_once, 409).await["code"], "replay.two-persons");
    let open = bench.see("/v1/exceptions", "clerk").await;
    let ids = open["items"].as_array().unwrap().iter();
    let ids: Vec<&Value> = ids.map(|item| &item["exception_id"]).collect();
    for (key, body, status) in [
        ("n1", json!({ "exception_ids": ids, "vouched": true }), 409),
        ("n2", json!({ "exception_ids": [ids[0], "none"] }), 404),
        (
            "n3",
            json!({ "exception_ids": ids, "connector": "portal" }),
            422,
        ),
        ("n4", json!({ "exception_ids": [] }), 422),
    ] {
        let named = bench
            .post("/v1/exceptions/replay", "replayer", key, &body)
            .await;
        problem(named, status).await;
    }
    let asked = bench.post("/v1/replays", "replayer", "l1", &wish).await;
    assert_eq!(asked.status(), 201);
    let path = asked.headers()["location"].to_str().unwrap().to_owned();
    let run: Value = asked.json().await.unwrap();
    assert_eq!(
        (&run["phase"], &run["meant"]),
        (&json!("asking"), &json!(3)),
        "{run}"
    );
    let again: Value = bench
        .post("/v1/replays", "replayer", "l2", &wish)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        again["run_id"], run["run_id"],
        "the same wish is the same run"
    );
    let agree = format!("{path}/agree");
    let oneself = bench.post(&agree, "replayer", "l3", &json!({})).await;
    assert_eq!(problem(oneself, 409).await["code"], "replay.refused");
    let resume = format!("{path}/resume");
    let around = bench.post(&resume, "replayer", "l4", &json!({})).await;
    problem(around, 409).await;
    let other = bench.post(&agree, "boss", "l5", &json!({})).await;
    assert_eq!(other.status(), 200);
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let run = loop {
        let run = bench.see(&path, "clerk").await;
        if run["phase"] == "done" {
            break run;
        }
        assert!(std::time::Instant::now() < deadline, "{run}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(
        (&run["done"], &run["agreed_by"]),
        (&json!(3), &json!("api/boss")),
        "{run}"
    );
    let id = run["run_id"].as_str().unwrap();
    let audit = bench
        .see(&format!("/v1/audit?subject=replay/{id}"), "auditor")
        .await;
    let actions: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["replay.started", "replay.agreed", "replay.done"]);
    assert!(bench.running.stop().await);
}

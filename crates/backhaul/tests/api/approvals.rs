//! The approval desk by the API: the inbox, and decisions of people by their own tokens.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Bench, asked, people, problem};

/// The inbox, once it holds so many.
async fn inbox(bench: &Bench, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let page = bench.see("/v1/approvals", "inbox").await;
        let items = page["items"].as_array().unwrap().clone();
        if items.len() == count {
            return items;
        }
        assert!(Instant::now() < deadline, "{count} do not come: {items:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What is said about an approval as it was looked at.
fn seen(approval: &Value, more: &Value) -> Value {
    let mut body = json!({ "calc_hash": approval["calc_hash"], "version": approval["version"] });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn id(approval: &Value) -> &str {
    approval["approval_id"].as_str().unwrap()
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(id).collect()
}

async fn say(bench: &Bench, what: &str, who: &str, key: &str, body: &Value) -> Response {
    let request = bench.request(Method::POST, &format!("/v1/approvals/{what}"), who);
    let request = request
        .header("Idempotency-Key", key)
        .header("Prefer", "wait=30");
    request.json(body).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_says_what_waits_for_whom() {
    let bench = Bench::with(&people()).await;
    bench.restocked("P1", 50_100).await;
    bench.restocked("P2", 500_100).await;
    bench.restocked("P3", 60_000).await;
    let items = inbox(&bench, 3).await;
    let small = items.iter().find(|a| a["amount_minor"] == 50_100).unwrap();
    let large = items.iter().find(|a| a["amount_minor"] == 500_100).unwrap();
    assert_eq!(
        (&small["subject"], &small["currency"], &small["customer"]),
        (&json!("credit"), &json!("USD"), &json!("C-100"))
    );
    let supervisor = json!([{ "role": "returns_supervisor", "count": 1 }]);
    assert_eq!(small["missing"], supervisor);
    assert!(small["asked_at"].is_string() && small["due_at"].is_string());
    assert!(small.get("yours").is_none(), "the token stands for nobody");

    // Pages, what is due first at the top, each once.
    let first = bench.see("/v1/approvals?limit=2", "inbox").await;
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/approvals?limit=2&cursor={next}");
    let rest = bench.see(&path, "inbox").await;
    assert!(rest.get("next").is_none());
    let paged = [ids(&first), ids(&rest)].concat();
    assert_eq!(paged, items.iter().map(id).collect::<Vec<_>>());
    let due: Vec<&str> = items
        .iter()
        .map(|a| a["due_at"].as_str().unwrap())
        .collect();
    assert!(due.is_sorted(), "{due:?}");

    let return_id = small["return_id"].as_str().unwrap();
    for (query, who, expected) in [
        ("role=finance_manager".to_owned(), "inbox", 1),
        ("subject=return".to_owned(), "inbox", 0),
        ("subject=credit&legal_entity=US01".to_owned(), "inbox", 3),
        ("customer=C-101".to_owned(), "inbox", 0),
        (format!("return_id={return_id}"), "inbox", 1),
        ("mine=true".to_owned(), "sue-desk", 2),
        ("mine=true".to_owned(), "eve-desk", 2),
        ("mine=true".to_owned(), "ada-desk", 0),
    ] {
        let page = bench.see(&format!("/v1/approvals?{query}"), who).await;
        assert_eq!(ids(&page).len(), expected, "{query} by {who}: {page}");
    }
    for wrong in ["mine=true", "subject=money", "cursor=x", "limit=0"] {
        let refused = bench.get(&format!("/v1/approvals?{wrong}"), "inbox").await;
        assert_eq!(problem(refused, 400).await["code"], "api.query", "{wrong}");
    }

    let path = format!("/v1/approvals/{}", id(small));
    let shown = bench.see(&path, "eve-desk").await;
    assert_eq!(shown["yours"], json!(["sue"]), "{shown}");
    let may = shown["may"].as_array().unwrap().iter();
    let may: Vec<&str> = may.map(|person| person["user"].as_str().unwrap()).collect();
    assert_eq!(may, ["sue", "sam", "eve"], "ada inspected the goods");
    assert_eq!(
        shown["calculation"]["components"][0]["policy_rule_id"],
        "credit-full"
    );
    let follows = shown["follows"][0].as_str().unwrap();
    assert!(follows.contains("a credit memo of 501.00 USD"), "{follows}");
    let lost = bench.get("/v1/approvals/APR-none", "inbox").await;
    problem(lost, 404).await;
    assert_eq!(large["missing"][0]["role"], "finance_manager");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_decide_as_themselves_once_and_on_what_they_saw() {
    let bench = Bench::with(&people()).await;
    bench.restocked("Q1", 50_100).await;
    bench.restocked("Q2", 700_000).await;
    let items = inbox(&bench, 2).await;
    let small = items.iter().find(|a| a["amount_minor"] == 50_100).unwrap();
    let large = items.iter().find(|a| a["amount_minor"] == 700_000).unwrap();
    let approve = |approval: &Value| format!("{}/approve", id(approval));
    let yes = seen(small, &json!({ "reason": "seen the photos" }));

    let refused = [
        ("nobody", "approver", &yes, 403, "api.no-person"),
        ("inspector", "ada-desk", &yes, 403, "approval.four-eyes"),
        ("no role", "fay-desk", &yes, 403, "approval.no-authority"),
        (
            "not delegated",
            "fay-desk",
            &seen(small, &json!({ "on_behalf_of": "sue" })),
            403,
            "approval.no-authority",
        ),
        (
            "for the inspector",
            "eve-desk",
            &seen(small, &json!({ "on_behalf_of": "ada" })),
            403,
            "approval.four-eyes",
        ),
        (
            "as another",
            "fay-desk",
            &seen(small, &json!({ "user": "sue" })),
            422,
            "api.invalid",
        ),
        (
            "other figures",
            "sue-desk",
            &json!({ "calc_hash": "0".repeat(64), "version": 0 }),
            412,
            "api.changed",
        ),
        (
            "other version",
            "sue-desk",
            &seen(small, &json!({ "version": 7 })),
            412,
            "api.changed",
        ),
        (
            "no figures",
            "sue-desk",
            &json!({ "version": 0 }),
            422,
            "api.invalid",
        ),
    ];
    for (case, who, body, status, code) in refused {
        let answer = say(&bench, &approve(small), who, case, body).await;
        let told = problem(answer, status).await;
        assert_eq!(told["code"], code, "{case}: {told}");
    }
    let over = say(
        &bench,
        &approve(large),
        "fay-desk",
        "over",
        &seen(large, &json!({})),
    )
    .await;
    let over = problem(over, 403).await;
    assert_eq!(over["code"], "approval.no-authority");
    let detail = over["detail"].as_str().unwrap();
    assert!(
        detail.contains("the limit is 0.00 USD to 6000.00 USD"),
        "{detail}"
    );
    let keyless = bench.request(
        Method::POST,
        &format!("/v1/approvals/{}", approve(small)),
        "sue-desk",
    );
    problem(keyless.json(&yes).send().await.unwrap(), 400).await;

    let done = say(&bench, &approve(small), "sue-desk", "k1", &yes).await;
    assert_eq!(done.status(), 200);
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["counts"], true, "{done}");
    assert_eq!(done["approval"]["state"], "APPROVED");
    let decision = &done["approval"]["decisions"][0];
    assert_eq!(
        (&decision["user"], &decision["role"], &decision["reason"]),
        (
            &json!("sue"),
            &json!("returns_supervisor"),
            &json!("seen the photos")
        )
    );
    let again = say(&bench, &approve(small), "sue-desk", "k1", &yes).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), done);
    // Its process died before the answer was kept: it is taken up, and the decision is found to count already.
    let name = store::NoteName {
        owner: "api/desk".to_owned(),
        space: "POST /v1/approvals/{id}/approve".to_owned(),
        key: "k1".to_owned(),
    };
    let kept = bench.running.store.note(&name).await.unwrap().unwrap();
    let mut kept: Value = serde_json::from_str(&kept).unwrap();
    kept.as_object_mut().unwrap().remove("answer").unwrap();
    kept["until"] = json!("2020-01-01T00:00:00Z");
    let store = &bench.running.store;
    store.put_note(name, kept.to_string()).await.unwrap();
    let taken_up = say(&bench, &approve(small), "sue-desk", "k1", &yes).await;
    assert!(!taken_up.headers().contains_key("idempotent-replayed"));
    let taken_up: Value = taken_up.json().await.unwrap();
    assert_eq!(taken_up["counts"], true, "{taken_up}");
    let decisions = taken_up["approval"]["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "{taken_up}");
    // Of the same tenant, but another person: it is not their answer.
    let borrowed = say(&bench, &approve(small), "eve-desk", "k1", &yes).await;
    assert_eq!(
        problem(borrowed, 422).await["code"],
        "api.idempotency-key-reused"
    );
    let late = say(&bench, &approve(small), "eve-desk", "k2", &yes).await;
    let late = problem(late, 409).await;
    assert!(
        late["detail"].as_str().unwrap().contains("sue approved"),
        "{late}"
    );

    let reject = format!("{}/reject", id(large));
    let no = seen(
        large,
        &json!({ "code": "NOT_DEFECTIVE", "reason": "works" }),
    );
    let codeless = say(&bench, &reject, "fay-desk", "n1", &seen(large, &json!({}))).await;
    problem(codeless, 422).await;
    let done = say(&bench, &reject, "fay-desk", "n2", &no).await;
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["approval"]["state"], "REJECTED", "{done}");
    let reason = &done["approval"]["decisions"][0]["reason"];
    assert_eq!(reason, "NOT_DEFECTIVE: works");
    assert_eq!(inbox(&bench, 0).await.len(), 0);

    // What was refused is on record, with the token that it came by; what counts as well.
    let path = format!(
        "/v1/audit?limit=200&subject={}",
        small["return_id"].as_str().unwrap()
    );
    let audit = bench.see(&path, "reader").await;
    let entries = audit["items"].as_array().unwrap();
    let of = |action: &str| -> Vec<(&str, &str)> {
        let found = entries.iter().filter(|entry| entry["action"] == action);
        let told = found.map(|entry| (&entry["actor"], &entry["body"]["via"]));
        told.map(|(who, via)| (who.as_str().unwrap(), via.as_str().unwrap()))
            .collect()
    };
    assert_eq!(of("approval.approve"), [("sue", "api/sue-desk")]);
    let refusals = of("approval.refused");
    assert_eq!(refusals.len(), 7, "{refusals:?}");
    assert!(refusals.contains(&("ada", "api/ada-desk")));
    assert!(
        store::audit_verify(bench.running.store.as_ref())
            .await
            .is_ok()
    );
    assert!(bench.running.stop().await);
}

/// A person's own token cannot ask for a return in another's name to approve it afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_by_their_own_token_asks_in_their_own_name() {
    let bench = Bench::with(&people()).await;
    let mut request = asked("O1", "INV-O1", 1);
    for named in [None, Some("carol"), Some("ada")] {
        request.requested_by = named.map(str::to_owned);
        let body = serde_json::to_value(&request).unwrap();
        let answer = bench.post("/v1/returns", "sue-desk", "o1", &body).await;
        let told = problem(answer, 422).await;
        assert_eq!(told["errors"][0]["pointer"], "/requested_by", "{named:?}");
    }
    for named in ["sue", "api/sue-desk"] {
        request.requested_by = Some(named.to_owned());
        request.request_id = format!("O-{named}").replace('/', "-");
        let body = serde_json::to_value(&request).unwrap();
        let answer = bench.post("/v1/returns", "sue-desk", named, &body).await;
        assert_eq!(answer.status(), 202, "{named}");
    }
    assert!(bench.running.stop().await);
}

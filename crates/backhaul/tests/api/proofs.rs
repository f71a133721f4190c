//! Runs of the daily proof over the API.

use console::access;
use serde_json::{Value, json};
use store::{ReconItemRow, ReconRunRow, ReconWrite};

use crate::support::{Bench, people, problem};

const BLIND: &str = "[[api.token]]\nname = \"blind\"\nscopes = [\"proofs:read\"]\n";

/// Keeps a run of that hour, which fay began; the ERP could not be read, and two credits differ.
pub async fn kept(bench: &Bench, id: &str, entity: &str, date: &str, hour: u8, status: &str) {
    let report = json!({
        "entity": entity, "business_date": date, "zone": "UTC", "lag_seconds": 3600, "status": status,
        "inputs": [{ "source": "erp", "what": "credits", "documents": 0, "sha256": "", "complete_to": null,
            "failed": "jane@mark.example may not" }],
        "matches": [{ "matched": "C3", "title": "credits", "run": "run", "whole": true, "left": 1, "right": 1, "keys": 1,
            "varied": 2, "escaped": 0, "classes": { "AMOUNT_NET": 2 },
            "sums": { "USD": { "left_minor": 10_000, "right_minor": 9_750, "net_minor": 250, "abs_minor": 250 } } }],
        "ageing": { "0": 2 }, "cleared": []
    });
    let item = |n: u32, matched: &str| {
        let body = json!({
            "matched": matched, "class": "AMOUNT_NET", "priority": "P1", "connector": "erp", "key": format!("=credit-{n}"),
            "business_date": date, "left": "100.00 USD", "right": "97.50 USD", "delta_minor": 250, "currency": "USD",
            "return_id": "", "effect_key": "", "reason": "jane@mark.example <keyed> it", "exception_id": "",
            "first_seen": "2026-03-05T00:00:00Z", "age_days": 3, "carried": true
        });
        ReconItemRow {
            run_id: id.to_owned(),
            n,
            item_key: format!("{matched}|erp|credit-{n}|AMOUNT_NET"),
            matched: matched.to_owned(),
            class: "AMOUNT_NET".to_owned(),
            return_id: String::new(),
            effect_key: String::new(),
            body: body.to_string(),
        }
    };
    let unit = store::Unit {
        recon: Some(Box::new(ReconWrite {
            run: ReconRunRow {
                run_id: id.to_owned(),
                entity: entity.to_owned(),
                business_date: date.parse().unwrap(),
                started_at: format!("2026-03-05T{hour:02}:00:00Z").parse().unwrap(),
                ran_by: "fay".to_owned(),
                status: status.to_owned(),
                report: report.to_string(),
                sign_off: None,
            },
            items: vec![item(1, "C3"), item(2, "C5"), item(3, "C3")],
        })),
        ..store::Unit::default()
    };
    let commit = bench.running.store.commit(vec![unit], Vec::new()).await;
    commit.unwrap();
}

async fn ids(bench: &Bench, query: &str) -> (Vec<String>, Option<String>) {
    let page = bench.see(&format!("/v1/proofs{query}"), "boss").await;
    let items = page["items"].as_array().unwrap().iter();
    let id = |run: &Value| run["run_id"].as_str().unwrap().to_owned();
    let next = page["next"].as_str().map(str::to_owned);
    (items.map(id).collect(), next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_the_daily_proof_are_found_and_read() {
    let hash = access::write_hash(&access::hash("blind"));
    let bench = Bench::with(&format!("{BLIND}sha256 = \"{hash}\"\n")).await;
    kept(&bench, "R1", "US01", "2026-03-02", 1, "PROVEN").await;
    kept(&bench, "R2", "DE01", "2026-03-02", 2, "NOT_PROVEN").await;
    kept(&bench, "R3", "US01", "2026-03-03", 3, "NOT_PROVEN").await;

    let (first, next) = ids(&bench, "?limit=2").await;
    assert_eq!(first, ["R3", "R2"]);
    let (second, end) = ids(&bench, &format!("?limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((second, end), (vec!["R1".to_owned()], None));
    for (query, found) in [
        ("?entity=US01", &["R3", "R1"][..]),
        ("?from=2026-03-03", &["R3"]),
        ("?to=2026-03-02", &["R2", "R1"]),
        ("?status=NOT_PROVEN", &["R3", "R2"]),
        ("?status=NOT_PROVEN&entity=DE01", &["R2"]),
        ("?status=PROVEN_WITH_TIMING", &[]),
    ] {
        assert_eq!(ids(&bench, query).await.0, found, "{query}");
    }
    for wrong in ["?status=FINE", "?from=yesterday", "?limit=0", "?cursor=x"] {
        let answer = bench.get(&format!("/v1/proofs{wrong}"), "boss").await;
        problem(answer, 400).await;
    }

    let run = bench.see("/v1/proofs/R2", "boss").await;
    assert_eq!(run["ran_by"], "fay");
    assert!(run.get("signed").is_none(), "{run}");
    let report = &run["report"];
    assert_eq!(report["matches"][0]["sums"]["USD"]["left_minor"], 10_000);
    assert_eq!(report["inputs"][0]["failed"], "jane@mark.example may not");
    let covered = bench.see("/v1/proofs/R2", "blind").await.to_string();
    assert!(!covered.contains("jane@"), "{covered}");
    problem(bench.get("/v1/proofs/none", "boss").await, 404).await;
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_agree_is_listed_and_given_as_a_file() {
    let hash = access::write_hash(&access::hash("blind"));
    let bench = Bench::with(&format!("{BLIND}sha256 = \"{hash}\"\n")).await;
    kept(&bench, "R1", "US01", "2026-03-02", 1, "NOT_PROVEN").await;

    let page = bench.see("/v1/proofs/R1/items?limit=2", "boss").await;
    assert_eq!(page["next"], 2, "{page}");
    let first = &page["items"][0];
    assert_eq!((&first["n"], &first["match"]), (&json!(1), &json!("C3")));
    assert_eq!(first["class"], "AMOUNT_NET");
    assert_eq!(first["delta_minor"], 250);
    let rest = bench
        .see("/v1/proofs/R1/items?limit=2&after=2", "boss")
        .await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(rest.get("next").is_none(), "{rest}");
    let of_tax = bench.see("/v1/proofs/R1/items?match=C5", "boss").await;
    assert_eq!(of_tax["items"].as_array().unwrap().len(), 1);

    let file = bench.get("/v1/proofs/R1/items?format=csv", "boss").await;
    assert_eq!(file.headers()["content-type"], "text/csv; charset=utf-8");
    let text = file.text().await.unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    let line = "R1,US01,C3,AMOUNT_NET,P1,'=credit-1,2026-03-02,100.00 USD,97.50 USD,250,USD,3,yes,";
    assert!(text.contains(line), "{text}");
    for (some, lines) in [("limit=2", 3), ("after=2", 2), ("limit=1&after=1", 2)] {
        let file = format!("/v1/proofs/R1/items?format=csv&{some}");
        let text = bench.get(&file, "boss").await.text().await.unwrap();
        assert_eq!(text.lines().count(), lines, "{some}: {text}");
    }
    for path in ["/v1/proofs/R1/items", "/v1/proofs/R1/items?format=csv"] {
        let covered = bench.get(path, "blind").await.text().await.unwrap();
        assert!(
            covered.contains("keyed") && !covered.contains("jane@"),
            "{covered}"
        );
    }
    for wrong in [
        "match=C11",
        "limit=201",
        "limit=0&format=csv",
        "after=-1",
        "format=xml",
    ] {
        let answer = bench
            .get(&format!("/v1/proofs/R1/items?{wrong}"), "boss")
            .await;
        problem(answer, 400).await;
    }
    problem(bench.get("/v1/proofs/R9/items", "boss").await, 404).await;
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_signed_once_and_not_by_who_ran_it() {
    let bench = Bench::with(&people()).await;
    kept(&bench, "R1", "US01", "2026-03-02", 1, "NOT_PROVEN").await;
    let path = "/v1/proofs/R1/sign-off";
    let note = json!({ "note": "two memos were keyed by hand" });

    let own = problem(bench.post(path, "fay-desk", "own", &note).await, 409).await;
    assert!(
        own["detail"].as_str().unwrap().contains("fay ran it"),
        "{own}"
    );
    problem(bench.post(path, "boss", "boss", &note).await, 403).await;
    let long = json!({ "note": "x".repeat(501) });
    problem(bench.post(path, "sue-desk", "long", &long).await, 422).await;
    let run = bench.see("/v1/proofs/R1", "boss").await;
    assert!(run.get("signed").is_none(), "{run}");

    // The same key is the same signature; another is one too many, whoever asks.
    for _ in 0..2 {
        let signed = bench.post(path, "sue-desk", "K1", &note).await;
        assert_eq!(signed.status(), 200);
        let signed: Value = signed.json().await.unwrap();
        assert_eq!(signed["signed"]["by"], "sue", "{signed}");
        assert_eq!(signed["signed"]["note"], "two memos were keyed by hand");
    }
    for (token, key) in [("sue-desk", "K2"), ("ada-desk", "K3")] {
        let late = problem(bench.post(path, token, key, &note).await, 409).await;
        assert!(
            late["detail"].as_str().unwrap().contains("sue signed it"),
            "{late}"
        );
    }
    let audit = bench.see("/v1/audit?subject=R1", "boss").await;
    let entries = audit["items"].as_array().unwrap().iter();
    let signed: Vec<&Value> = entries
        .filter(|entry| entry["action"] == "recon.signed-off")
        .collect();
    assert_eq!(signed.len(), 1, "{audit}");
    assert_eq!(signed[0]["actor"], "sue");
    problem(
        bench
            .post("/v1/proofs/R9/sign-off", "sue-desk", "K4", &note)
            .await,
        404,
    )
    .await;
    assert!(bench.running.stop().await);
}

//! Runs of the daily proof over the API.

use console::access;
use serde_json::{Value, json};
use store::{ReconRunRow, ReconWrite};

use crate::support::{Bench, problem};

const BLIND: &str = "[[api.token]]\nname = \"blind\"\nscopes = [\"proofs:read\"]\n";

/// Keeps a run of that hour; the ERP could not be read.
async fn kept(bench: &Bench, id: &str, entity: &str, date: &str, hour: u8, status: &str) {
    let report = json!({
        "entity": entity, "business_date": date, "zone": "UTC", "lag_seconds": 3600, "status": status,
        "inputs": [{ "source": "erp", "what": "credits", "documents": 0, "sha256": "", "complete_to": null,
            "failed": "jane@mark.example may not" }],
        "matches": [{ "matched": "C1", "title": "credits", "run": "run", "whole": true, "left": 1, "right": 1, "keys": 1,
            "varied": 0, "escaped": 0, "classes": {},
            "sums": { "USD": { "left_minor": 100, "right_minor": 100, "net_minor": 0, "abs_minor": 0 } } }],
        "ageing": {}, "cleared": []
    });
    let unit = store::Unit {
        recon: Some(Box::new(ReconWrite {
            run: ReconRunRow {
                run_id: id.to_owned(),
                entity: entity.to_owned(),
                business_date: date.parse().unwrap(),
                started_at: format!("2026-03-05T{hour:02}:00:00Z").parse().unwrap(),
                ran_by: "grace".to_owned(),
                status: status.to_owned(),
                report: report.to_string(),
                sign_off: None,
            },
            items: Vec::new(),
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
    assert_eq!(run["ran_by"], "grace");
    assert!(run.get("signed").is_none(), "{run}");
    let report = &run["report"];
    assert_eq!(report["matches"][0]["sums"]["USD"]["left_minor"], 100);
    assert_eq!(report["inputs"][0]["failed"], "jane@mark.example may not");
    let covered = bench.see("/v1/proofs/R2", "blind").await.to_string();
    assert!(!covered.contains("jane@"), "{covered}");
    problem(bench.get("/v1/proofs/none", "boss").await, 404).await;
    assert!(bench.running.stop().await);
}

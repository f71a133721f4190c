//! The audit in the console: found, proved, and as a file.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Bench, asked};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_is_searched_proved_and_taken_away() {
    let bench = Bench::new().await;
    let mut known = Vec::new();
    for n in 1..=2 {
        let request = asked(&format!("=U{n}"), &format!("INV-U{n}"), 1);
        let made = bench.decided(&format!("U{n}"), &request).await;
        known.push(made.json::<Value>().await.unwrap());
    }
    bench.get("/v1/audit", "viewer").await;
    let text = |of: &Value, key: &str| of[key].as_str().unwrap().to_owned();
    let (id, rma) = (text(&known[0], "return_id"), text(&known[0], "rma_number"));
    let other = text(&known[1], "return_id");

    let mut auditor = Visitor::signed_in(&bench, "auditor").await;
    let page = auditor.see("/audit").await;
    assert!(page.says(&id) && page.says(&other) && page.says("api.denied"));
    assert!(!page.says("<pre>"), "without bodies:read no event is shown");
    let page = auditor.see(&format!("/audit?subject={rma}")).await;
    assert!(page.says(&id) && !page.says(&other), "{}", page.text);
    let page = auditor.see("/audit?actor=api%2Fview").await;
    assert!(page.says("GET /v1/audit") && !page.says(&id));
    let page = auditor.see("/audit?until=2020-01-01").await;
    assert!(page.says("None"), "{}", page.text);
    assert_eq!(auditor.get("/audit?since=yesterday").await.status, 400);

    let page = auditor.see("/audit").await;
    let csrf = page.hidden("/audit/verify", "csrf");
    let page = auditor.post("/audit/verify", &[("csrf", &csrf)]).await;
    assert!(page.says("The chain holds"), "{}", page.text);
    assert_eq!(auditor.post("/audit/verify", &[]).await.status, 403);

    let page = auditor.see("/audit?format=jsonl&action=api.denied").await;
    let disposition = page.headers["content-disposition"].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"audit.jsonl\"");
    let lines: Vec<Value> = page
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["subject"], "GET /v1/audit");
    assert_eq!(
        lines[1]["subject"], "POST /audit/verify",
        "a form of nowhere"
    );
    assert!(lines[0].get("body").is_none());

    // The API finds the same, and reads a search page by page in both directions.
    let all = bench.see("/v1/audit?limit=200", "reader").await;
    let seqs = |page: &Value| -> Vec<u64> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["seq"].as_u64().unwrap()).collect()
    };
    let expected = seqs(&all);
    for (order, step) in [("oldest", "after"), ("latest", "before")] {
        let (mut found, mut more) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/audit?limit=2&order={order}{more}");
            let page = bench.see(&path, "auditor").await;
            found.extend(seqs(&page));
            match page["next"].as_u64() {
                Some(next) => more = format!("&{step}={next}"),
                None => break,
            }
        }
        if order == "latest" {
            found.reverse();
        }
        assert_eq!(found, expected, "{order}");
    }
    let csv = bench.request(Method::GET, "/v1/audit?format=csv", "reader");
    let csv = csv.send().await.unwrap().text().await.unwrap();
    assert!(
        csv.starts_with("seq,at,actor,action,subject,correlation_id,hash,body\n"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), expected.len() + 1, "{csv}");
    for (format, head) in [("csv", 1), ("jsonl", 0)] {
        let some = format!("/v1/audit?format={format}&limit=2");
        let some = bench.get(&some, "reader").await.text().await.unwrap();
        assert_eq!(some.lines().count(), head + 2, "{some}");
    }
    let endless = bench.get("/v1/audit?format=csv&limit=0", "reader").await;
    assert_eq!(endless.status(), 400);
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    assert_eq!(viewer.get("/audit").await.status, 403);
    assert_eq!(viewer.get("/audit?format=csv").await.status, 403);
    assert!(bench.running.stop().await);
}

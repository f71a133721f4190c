//! Who may do what: every token on every route.

use reqwest::Method;
use serde_json::json;

use crate::support::{Bench, TOKENS, problem};

/// Route (method, path) and the tokens that may; everybody else is denied. Written out, not taken from the table in the code.
const MAY: &[(&str, &str, &[&str])] = &[
    ("POST", "/v1/returns", &["boss", "shop", "writer"]),
    ("GET", "/v1/returns", &["boss", "shop", "viewer", "reader"]),
    ("HEAD", "/v1/returns", &["boss", "shop", "viewer", "reader"]),
    (
        "POST",
        "/v1/returns/eligibility",
        &["boss", "shop", "viewer", "reader"],
    ),
    (
        "GET",
        "/v1/returns/none",
        &["boss", "shop", "viewer", "reader"],
    ),
    ("PATCH", "/v1/returns/none", &["boss", "shop", "writer"]),
    (
        "GET",
        "/v1/returns/none/timeline",
        &["boss", "shop", "viewer", "reader"],
    ),
    (
        "GET",
        "/v1/returns/none/effects",
        &["boss", "shop", "viewer", "reader"],
    ),
    (
        "GET",
        "/v1/effects/none",
        &["boss", "shop", "viewer", "reader"],
    ),
    (
        "GET",
        "/v1/events?after=x",
        &["boss", "shop", "viewer", "reader"],
    ),
    ("GET", "/v1/exceptions", &["boss", "clerk", "reader"]),
    ("GET", "/v1/exceptions/groups", &["boss", "clerk", "reader"]),
    ("GET", "/v1/exceptions/none", &["boss", "clerk", "reader"]),
    ("POST", "/v1/exceptions/replay", &["boss", "replayer"]),
    ("POST", "/v1/exceptions/none/replay", &["boss", "replayer"]),
    ("POST", "/v1/exceptions/none/edit", &["boss", "editor"]),
    (
        "POST",
        "/v1/exceptions/none/discard",
        &["boss", "discarder"],
    ),
    ("POST", "/v1/replays", &["boss", "replayer"]),
    ("GET", "/v1/replays", &["boss", "clerk", "reader"]),
    ("GET", "/v1/replays/none", &["boss", "clerk", "reader"]),
    ("POST", "/v1/replays/none/agree", &["boss", "replayer"]),
    ("POST", "/v1/replays/none/cancel", &["boss", "replayer"]),
    ("POST", "/v1/replays/none/resume", &["boss", "replayer"]),
    ("GET", "/v1/approvals", &["boss", "inbox"]),
    ("GET", "/v1/approvals/none", &["boss", "inbox"]),
    ("GET", "/v1/proofs", &["boss"]),
    ("GET", "/v1/proofs/none", &["boss"]),
    ("GET", "/v1/proofs/none/items", &["boss"]),
    // Only a person signs, and none of these is one.
    ("POST", "/v1/proofs/none/sign-off", &[]),
    ("GET", "/v1/users", &["boss"]),
    ("POST", "/v1/users/none/sign-out", &["boss"]),
    ("POST", "/v1/users/none/disable", &["boss"]),
    ("POST", "/v1/users/none/enable", &["boss"]),
    ("GET", "/v1/audit", &["boss", "auditor", "reader"]),
    ("POST", "/v1/audit/verify", &["boss", "auditor", "reader"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_may_what_its_scopes_say_and_nothing_else() {
    let bench = Bench::new().await;
    let mut cases = 0;
    for (method, path, may) in MAY {
        let method: Method = method.parse().unwrap();
        for (token, _) in TOKENS {
            let request = bench.request(method.clone(), path, token);
            let request = request.header("Idempotency-Key", "roles").json(&json!({}));
            let status = request.send().await.unwrap().status();
            let denied = status == 403;
            assert_eq!(
                denied,
                !may.contains(token),
                "{method} {path} by {token}: {status}"
            );
            assert_ne!(status, 401, "{method} {path} by {token}");
            assert!(
                !status.is_server_error(),
                "{method} {path} by {token}: {status}"
            );
            cases += 1;
        }
        for unknown in ["", "nobody", "boss "] {
            let mut request = bench.request(method.clone(), path, "");
            if !unknown.is_empty() {
                request = request.header("Authorization", format!("Token {unknown}"));
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{method} {path} by {unknown:?}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            cases += 1;
        }
    }
    assert!(cases >= 40, "{cases}");

    // Those who are known and denied are in the audit, once for each route; those who are not known are only logged.
    let (mut denials, mut after) = (Vec::new(), 0);
    loop {
        let page = bench
            .see(&format!("/v1/audit?limit=200&after={after}"), "auditor")
            .await;
        for entry in page["items"].as_array().unwrap() {
            if entry["action"] == "api.denied" {
                denials.push(format!("{} {}", entry["actor"], entry["subject"]));
            }
        }
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let expected = "\"api/viewer\" \"POST /v1/returns\"".to_owned();
    assert!(denials.contains(&expected), "{denials:?}");
    let told = denials.len();
    denials.sort();
    denials.dedup();
    assert_eq!(denials.len(), told, "each once");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_for_everybody_and_answers_look_alike() {
    let bench = Bench::new().await;
    let description = bench.see("/v1/openapi.json", "").await;
    assert_eq!(description["openapi"], "3.1.0");
    for (_, path, _) in MAY {
        let path = path.split('?').next().unwrap().replace("/none", "/{id}");
        let path = path.replace("effects/{id}", "effects/{key}");
        let path = path.replace("users/{id}", "users/{name}");
        assert!(description["paths"][&path].is_object(), "{path}");
    }
    let response = bench.request(Method::GET, "/v1/returns", "viewer");
    let response = response
        .header("X-Request-Id", "mine")
        .header("X-Correlation-Id", "all-of-it");
    let response = response.send().await.unwrap();
    let headers = response.headers();
    assert_eq!(headers["x-request-id"], "mine");
    assert_eq!(headers["x-correlation-id"], "all-of-it");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(
        headers["content-security-policy"],
        "default-src 'none'; frame-ancestors 'none'"
    );
    let lost = bench.get("/v2", "boss").await;
    assert_eq!(lost.headers()["x-request-id"].len(), 32, "drawn");
    problem(lost, 404).await;
    let put = bench
        .request(Method::PUT, "/v1/returns", "boss")
        .send()
        .await
        .unwrap();
    assert_eq!(put.headers()["allow"], "POST, GET");
    assert_eq!(problem(put, 405).await["code"], "api.method");
    assert!(bench.running.stop().await);
}

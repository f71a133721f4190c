//! Tokens that are none, and pages of other sites.

use console::access;
use data_encoding::HEXLOWER;
use reqwest::{Method, RequestBuilder};

use crate::support::{Bench, people, problem};

/// Nothing but one `Authorization: Bearer` with the whole text of a token that is known lets anybody in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_token_lets_nobody_in() {
    let bench = Bench::with(&people()).await;
    let hash = HEXLOWER.encode(&access::hash("boss"));
    let bearer = |text: &str| format!("Bearer {text}");
    let huge = "x".repeat(8_000);
    let shown: Vec<(&str, &str, String)> = vec![
        ("empty", "authorization", String::new()),
        ("scheme alone", "authorization", "Bearer".to_owned()),
        ("empty token", "authorization", bearer("")),
        ("blanks", "authorization", bearer("   ")),
        ("unknown", "authorization", bearer("nobody")),
        ("another case", "authorization", bearer("BOSS")),
        ("its beginning", "authorization", bearer("bos")),
        ("more than it", "authorization", bearer("boss1")),
        ("two in one", "authorization", bearer("boss, viewer")),
        ("its hash", "authorization", bearer(&hash)),
        ("its name", "authorization", bearer("api/boss")),
        ("every token", "authorization", bearer("*")),
        (
            "forged JWT",
            "authorization",
            bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3NzIn0."),
        ),
        ("oversized", "authorization", bearer(&huge)),
        (
            "begins well",
            "authorization",
            bearer(&format!("boss{huge}")),
        ),
        ("no scheme", "authorization", "boss".to_owned()),
        (
            "other scheme",
            "authorization",
            "Basic Ym9zczpib3Nz".to_owned(),
        ),
        ("other header", "x-api-key", "boss".to_owned()),
        ("by the proxy", "proxy-authorization", bearer("boss")),
        (
            "cookie",
            "cookie",
            "token=boss; authorization=Bearer boss".to_owned(),
        ),
        ("as somebody", "x-forwarded-user", "boss".to_owned()),
    ];
    let routes = [
        (Method::GET, "/v1/returns"),
        (Method::POST, "/v1/returns"),
        (Method::GET, "/v1/audit"),
    ];
    let refuse = async |case: &str, request: RequestBuilder| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{case}");
        let told = problem(answer, 401).await;
        assert_eq!(told["code"], "api.unauthorized", "{case}");
        assert!(!told.to_string().contains("boss"), "{case}: {told}");
    };
    for (method, path) in &routes {
        for (case, header, value) in &shown {
            let request = bench.request(method.clone(), path, "");
            refuse(case, request.header(*header, value)).await;
        }
        let other = reqwest::header::HeaderValue::from_bytes(b"Bearer b\xf6ss").unwrap();
        let request = bench.request(method.clone(), path, "");
        refuse("not ASCII", request.header("authorization", other)).await;
        for query in [
            "access_token=boss",
            "token=boss",
            "authorization=Bearer%20boss",
        ] {
            let path = format!("{path}?{query}");
            refuse(query, bench.request(method.clone(), &path, "")).await;
        }
        // Two are none, whichever comes first: a proxy and we might each take another one.
        for (one, two) in [("boss", "nobody"), ("nobody", "boss"), ("boss", "boss")] {
            let request = bench.request(method.clone(), path, one);
            let request = request.header("authorization", bearer(two));
            refuse("two of them", request).await;
        }
    }
    // Longer than what is read at all.
    let endless = bench.request(Method::GET, "/v1/returns", &"x".repeat(1_000_000));
    let answer = endless.send().await;
    assert!(answer.is_err() || answer.is_ok_and(|a| a.status() == 431));

    // Taken out of the configuration: it is unknown after the next start, whatever it did before.
    assert_eq!(bench.get("/v1/approvals", "sue-desk").await.status(), 200);
    let bench = bench.again().await;
    let request = bench.request(Method::GET, "/v1/approvals", "sue-desk");
    refuse("revoked", request).await;
    assert_eq!(bench.get("/v1/returns", "boss").await.status(), 200);
    assert!(bench.running.stop().await);
}

/// No page of another site can make a browser do anything here: nothing is sent by itself that would let it in, and no
/// other site is told that it may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_are_let_in_nowhere() {
    let bench = Bench::new().await;
    let from_there = |request: RequestBuilder| {
        request
            .header("origin", "https://elsewhere.example.com")
            .header("sec-fetch-site", "cross-site")
            .header("cookie", "token=boss")
    };
    let id = bench.garbage("no JSON").await;
    let path = format!("/v1/exceptions/{id}/discard");
    let form = bench.request(Method::POST, &path, "");
    let form = form.form(&[("reason", "because"), ("token", "boss")]);
    problem(from_there(form).send().await.unwrap(), 401).await;
    // What a page may send without asking first is not taken, even with a token.
    let plain = bench.request(Method::POST, &path, "discarder");
    let plain = plain.header("content-type", "text/plain");
    let plain = plain
        .header("idempotency-key", "x")
        .body(r#"{"reason":"because"}"#);
    problem(from_there(plain).send().await.unwrap(), 415).await;
    let before = bench.request(Method::OPTIONS, &path, "");
    let before = from_there(before)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    let answers = [
        before.send().await.unwrap(),
        from_there(bench.request(Method::GET, "/v1/returns", "viewer"))
            .send()
            .await
            .unwrap(),
    ];
    for answer in answers {
        let allowed = answer.headers().keys();
        let allowed: Vec<&str> = allowed
            .map(reqwest::header::HeaderName::as_str)
            .filter(|name| name.starts_with("access-control-"))
            .collect();
        assert!(allowed.is_empty(), "{allowed:?}");
        assert!(!answer.headers().contains_key("set-cookie"));
    }
    let seen = bench.see(&format!("/v1/exceptions/{id}"), "clerk").await;
    assert_eq!(seen["state"], "OPEN");
    assert!(bench.running.stop().await);
}

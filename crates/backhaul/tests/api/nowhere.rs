//! What is not there, and what cannot be: a problem of the API below /v1, a page of the console everywhere else.

use reqwest::Method;

use crate::support::{Bench, asked, problem};
use crate::visitor::{Page, Visitor};

/// A page within the console's frame.
fn is_page(page: &Page, status: u16, path: &str) {
    assert_eq!(page.status, status, "{path}: {}", page.text);
    let media = page.headers["content-type"].to_str().unwrap();
    assert_eq!(media, "text/html; charset=utf-8", "{path}");
    assert!(page.says("<header class=\"bar\">"), "{path}: {}", page.text);
    assert!(
        page.headers.contains_key("content-security-policy"),
        "{path}"
    );
    let code = format!("<p class=\"code\">{status} · ");
    assert!(page.says(&code), "{path}: {}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_a_page() {
    let bench = Bench::new().await;
    let made = bench.decided("N1", &asked("N1", "INV-N1", 1)).await;
    let made: serde_json::Value = made.json().await.unwrap();
    let id = made["return_id"].as_str().unwrap();
    let moment = |n: &str| format!("/returns/{id}/moment/{n}");
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let mut stranger = Visitor::of(&bench);
    for path in [
        "/none",
        "/returns/",
        "/v1x",
        "/v",
        "/assets/none",
        "/assets/%FF",
        "/assets",
        "/favicon.ico",
        "//v1",
    ] {
        is_page(&boss.get(path).await, 404, path);
        is_page(&stranger.get(path).await, 404, path);
    }
    for path in [
        "/returns/none".to_owned(),
        "/returns/%FF".to_owned(),
        "/returns/%00".to_owned(),
        "/exceptions/none".to_owned(),
        "/exceptions/%FF".to_owned(),
        "/exceptions/%C3%28/edit".to_owned(),
        "/exceptions/replayed/%FF".to_owned(),
        "/approvals/%FF".to_owned(),
        "/proofs/%FF".to_owned(),
        "/proofs/none".to_owned(),
        moment("99"),
        moment("abc"),
        moment("-1"),
        moment("99999999999999999999999"),
        moment("%FF"),
        "/returns/%FF/moment/0".to_owned(),
    ] {
        is_page(&boss.get(&path).await, 404, &path);
    }
    for path in [
        "/returns?cursor=none",
        "/audit?since=yesterday",
        "/audit?before=x",
        "/numbers?from=none",
        "/proofs?from=none",
        "/sign-in?to=a&to=b",
    ] {
        is_page(&boss.get(path).await, 400, path);
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_below_v1_is_a_problem() {
    let bench = Bench::new().await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/none",
        "/v1/returns/x/none",
        "/v1/returns/",
    ] {
        for token in ["boss", ""] {
            let answer = bench.get(path, token).await;
            assert!(answer.headers().contains_key("x-request-id"), "{path}");
            assert_eq!(
                problem(answer, 404).await["code"],
                "api.not-found",
                "{path}"
            );
        }
    }
    for path in ["/v1/returns/%FF", "/v1/returns/%00", "/v1/exceptions/%FF"] {
        let answer = bench.get(path, "boss").await;
        assert_eq!(
            problem(answer, 404).await["code"],
            "api.not-found",
            "{path}"
        );
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_method_is_told_the_right_ones() {
    let bench = Bench::new().await;
    for (method, path, allowed) in [
        (Method::PUT, "/returns", "GET"),
        (Method::DELETE, "/approvals/x", "GET, POST"),
        (Method::GET, "/sign-out", "POST"),
        (Method::OPTIONS, "/", "GET"),
        (Method::POST, "/assets/x", "GET"),
    ] {
        let answer = bench.request(method, path, "").send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
        let media = &answer.headers()["content-type"];
        assert_eq!(media, "text/html; charset=utf-8", "{path}");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/v1/returns", "POST, GET"),
        (Method::GET, "/v1/audit/verify", "POST"),
        (Method::OPTIONS, "/v1/audit", "GET"),
    ] {
        let answer = bench.request(method, path, "boss").send().await.unwrap();
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
        assert_eq!(problem(answer, 405).await["code"], "api.method", "{path}");
    }
    assert!(bench.running.stop().await);
}

//! The REST ERP keeps its wire: sign-in, tokens, two steps, queries, the rate.

use crate::support;
use crate::support::caller::{Caller, refused};
use crate::support::memo;
use http::StatusCode;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::Decimal;
use simulators::erp::{Auth, Collection, Config, Guard, Profile};

#[tokio::test]
async fn tokens_are_demanded_and_end() {
    let auth = Auth::ClientCredentials {
        client_id: "backhaul".into(),
        client_secret: "s3cret".into(),
        lifetime_ms: 400,
    };
    let caller = Caller::of(Config {
        auth,
        ..Profile::Bare.config()
    })
    .await;
    refused(caller.create(&memo("k")).await, 401, "UNAUTHORIZED").await;
    let token_url = caller.url("/oauth/token");
    let ask = |secret: &'static str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "backhaul"),
            ("client_secret", secret),
        ];
        caller.client.post(&token_url).form(&form).send()
    };
    assert_eq!(
        ask("wrong").await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    let answer: Value = ask("s3cret").await.unwrap().json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let list = || {
        caller
            .client
            .get(caller.url("/api/creditMemos"))
            .bearer_auth(token)
            .send()
    };
    assert_eq!(list().await.unwrap().status(), StatusCode::OK);
    let deadline = std::time::Instant::now() + support::PATIENCE;
    while list().await.unwrap().status() != StatusCode::UNAUTHORIZED {
        assert!(std::time::Instant::now() < deadline, "the token never ends");
    }
    let basic = caller
        .client
        .post(&token_url)
        .basic_auth("backhaul", Some("s3cret"));
    let again = basic
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_gateway_demands_key_csrf_token_and_idempotency_key() {
    let caller = Caller::of(Profile::Gateway.config()).await;
    refused(caller.create(&memo("k")).await, 401, "UNAUTHORIZED").await;
    let known = |request: RequestBuilder| request.header("x-api-key", "k3y");
    let answer = known(caller.post("/api/creditMemos", &memo("k")))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-csrf-token"], "required");
    refused(answer, 403, "CSRF_REQUIRED").await;
    let fetch = known(caller.client.get(caller.url("/csrf"))).header("x-csrf-token", "fetch");
    let token = fetch.send().await.unwrap().headers()["x-csrf-token"].clone();
    let trusted = |body: &Value| {
        known(caller.post("/api/creditMemos", body)).header("x-csrf-token", token.clone())
    };
    let answer = trusted(&memo("k")).send().await.unwrap();
    refused(answer, 400, "IDEMPOTENCY_KEY_REQUIRED").await;
    let keyed = |body: &Value| trusted(body).header("idempotency-key", "i-1").send();
    let first = keyed(&memo("k")).await.unwrap();
    assert_eq!(first.status(), StatusCode::CREATED);
    assert!(!first.headers().contains_key("idempotent-replayed"));
    let first: Value = first.json().await.unwrap();
    assert_eq!(first["status"], "Posted", "one step");
    let again = keyed(&memo("k")).await.unwrap();
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    refused(
        keyed(&memo("other")).await.unwrap(),
        422,
        "IDEMPOTENCY_KEY_REUSED",
    )
    .await;
    assert_eq!(caller.erp.ledger().counts[&Collection::CreditMemos], 1);
}

#[tokio::test]
async fn a_second_request_during_the_first_is_told_to_wait() {
    let config = Config {
        guard: Guard::IdempotencyHeader,
        processing_ms: 600,
        ..Profile::Bare.config()
    };
    let caller = Caller::of(config).await;
    let send = || {
        let request = caller.post("/api/creditMemos", &memo("k"));
        request.header("idempotency-key", "i-1").send()
    };
    let (one, other) = tokio::join!(send(), send());
    let mut statuses = [
        one.unwrap().status().as_u16(),
        other.unwrap().status().as_u16(),
    ];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(caller.erp.ledger().live(Collection::CreditMemos, "k"), 1);
}

#[tokio::test]
async fn two_steps_with_etags_then_cancelled() {
    let config = Config {
        etags: true,
        ..Profile::Bare.config()
    };
    let caller = Caller::of(config).await;
    let created = caller.create(&memo("k")).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let etag = created.headers()["etag"].to_str().unwrap().to_owned();
    let draft: Value = created.json().await.unwrap();
    assert_eq!(
        (&draft["status"], &draft["@odata.etag"]),
        (&json!("Draft"), &json!(etag))
    );
    assert_eq!(
        caller.erp.ledger().receivable("C10010", "USD"),
        Decimal::ZERO
    );
    let post = format!("/api/creditMemos({})/post", draft["id"].as_str().unwrap());
    let act = |path: &str, body: &Value, etag: &str| {
        caller.post(path, body).header("if-match", etag).send()
    };
    refused(
        caller.post(&post, &json!({})).send().await.unwrap(),
        412,
        "ETAG_MISMATCH",
    )
    .await;
    refused(
        act(&post, &json!({}), "W/\"9\"").await.unwrap(),
        412,
        "ETAG_MISMATCH",
    )
    .await;
    let posted: Value = act(&post, &json!({}), &etag)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(posted["status"], "Posted");
    let owed = caller.erp.ledger().receivable("C10010", "USD");
    assert_eq!(owed, "-61.55".parse().unwrap());
    let again = act(&format!("{location}/post"), &json!({}), "*")
        .await
        .unwrap();
    assert_eq!(again.headers()["location"], location.as_str());
    refused(again, 409, "ALREADY_POSTED").await;
    let cancel = format!("{location}/cancel");
    let order = json!({"externalDocumentNumber": "k-rev"});
    let cancelled: Value = act(&cancel, &order, "*")
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(cancelled["creditMemoId"], draft["id"]);
    refused(
        act(&cancel, &order, "*").await.unwrap(),
        409,
        "ALREADY_CANCELLED",
    )
    .await;
    assert_eq!(
        caller.erp.ledger().receivable("C10010", "USD"),
        Decimal::ZERO
    );
    let by_key = "externalDocumentNumber eq 'k-rev'";
    assert_eq!(
        caller.find("creditMemoCancellations", by_key).await.len(),
        1
    );
    let found = caller
        .find("creditMemos", "externalDocumentNumber eq 'k'")
        .await;
    assert_eq!(found[0]["status"], "Cancelled");
    assert_eq!(caller.erp.ledger().live(Collection::CreditMemos, "k"), 0);
}

#[tokio::test]
async fn queries_lag_but_reading_by_id_does_not() {
    let caller = Caller::of(Config {
        index_lag_ms: 1500,
        ..Profile::Bare.config()
    })
    .await;
    let created: Value = caller.create(&memo("k")).await.json().await.unwrap();
    let by_key = "externalDocumentNumber eq 'k'";
    assert!(
        caller.find("creditMemos", by_key).await.is_empty(),
        "not indexed yet"
    );
    let path = format!("/api/creditMemos/{}", created["id"].as_str().unwrap());
    let read = caller.client.get(caller.url(&path)).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    let deadline = std::time::Instant::now() + support::PATIENCE;
    while caller.find("creditMemos", by_key).await.is_empty() {
        assert!(std::time::Instant::now() < deadline, "never indexed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let caller = Caller::of(Profile::Bare.config()).await;
    for number in 0..7 {
        assert!(
            caller
                .create(&memo(&format!("k{number}")))
                .await
                .status()
                .is_success()
        );
    }
    let filter = "postingDate ge 2026-03-01 and status eq 'Draft'";
    let first = caller.client.get(caller.url("/api/creditMemos"));
    let mut request = first.query(&[("$filter", filter), ("$top", "3")]);
    let mut keys = Vec::new();
    loop {
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        for memo in page["value"].as_array().unwrap() {
            keys.push(memo["externalDocumentNumber"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["@odata.nextLink"].as_str() else {
            break;
        };
        request = caller.client.get(caller.url(next));
    }
    assert_eq!(
        keys,
        (0..7)
            .map(|number| format!("k{number}"))
            .collect::<Vec<_>>()
    );
    let nonsense = caller
        .client
        .get(caller.url("/api/creditMemos?$filter=what"))
        .send();
    refused(nonsense.await.unwrap(), 400, "MALFORMED").await;
}

#[tokio::test]
async fn over_the_rate_is_throttled_and_not_done() {
    let config = Config {
        requests_per_second: Some(3),
        ..Profile::Bare.config()
    };
    let caller = Caller::of(config).await;
    let mut throttled = 0;
    let mut created = 0;
    for number in 0..60 {
        match caller
            .create(&memo(&format!("k{number}")))
            .await
            .status()
            .as_u16()
        {
            201 => created += 1,
            429 => throttled += 1,
            other => panic!("unexpected {other}"),
        }
    }
    assert!(throttled > 0);
    assert_eq!(
        caller.erp.ledger().counts[&Collection::CreditMemos],
        created
    );
}

#[tokio::test]
async fn served_on_a_given_listener_until_cancelled() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let addr = listener.local_addr().unwrap();
    let cancel = tokio_util::sync::CancellationToken::new();
    let config = Profile::Bare.config();
    let task = tokio::spawn(simulators::erp_rest::serve(
        config,
        listener,
        cancel.clone(),
    ));
    let url = format!("http://{addr}/__ledger");
    let answer = support::client().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    cancel.cancel();
    task.await.unwrap().unwrap();
    assert!(
        support::client()
            .get(&url)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
}

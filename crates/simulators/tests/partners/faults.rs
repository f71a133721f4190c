//! Each fault does what its name says: what the client sees, and what the ledger holds.

use std::time::Duration;

use crate::support;
use crate::support::{client, memo};
use http::StatusCode;
use reqwest::Response;
use serde_json::{Value, json};
use simulators::erp::{Collection, ErpSim, Profile};
use simulators::faults::{Fault, Rule};

const CREATE: &str = "POST /api/creditMemos";

async fn bare(rule: Rule) -> ErpSim {
    let erp = ErpSim::start(Profile::Bare.config()).await.unwrap();
    erp.faults().add(rule);
    erp
}

async fn create(erp: &ErpSim, key: &str) -> reqwest::Result<Response> {
    client()
        .post(format!("{}/api/creditMemos", erp.url()))
        .json(&memo(key))
        .send()
        .await
}

fn memos(erp: &ErpSim, key: &str) -> usize {
    erp.ledger().live(Collection::CreditMemos, key)
}

/// Not one byte of an answer, and the connection is gone.
fn assert_cut(answer: reqwest::Result<Response>) {
    let error = answer.expect_err("no answer");
    assert!(
        error.is_request() && !error.is_timeout() && !error.is_connect(),
        "{error:?}"
    );
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn commit_then_drop_is_done_but_nobody_is_told() {
    let erp = bare(Rule::once(Fault::CommitThenDrop).on(CREATE)).await;
    assert_cut(create(&erp, "k").await);
    assert_eq!(memos(&erp, "k"), 1);
    let injected = erp.faults().injected();
    assert_eq!(injected.len(), 1);
    assert_eq!(
        (injected[0].operation.as_str(), injected[0].key.as_str()),
        (CREATE, "k")
    );
}

#[tokio::test]
async fn a_cut_connection_says_nothing_at_all_on_the_socket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let erp = bare(Rule::once(Fault::CommitThenDrop)).await;
    let mut socket = tokio::net::TcpStream::connect(erp.addr()).await.unwrap();
    let body = memo("k").to_string();
    let head = format!(
        "POST /api/creditMemos HTTP/1.1\r\nhost: erp\r\ncontent-length: {}",
        body.len()
    );
    socket
        .write_all(format!("{head}\r\n\r\n{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    let ended = socket.read_to_end(&mut answer).await;
    assert_eq!(answer, b"", "not a byte");
    assert_eq!(
        ended.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn drop_before_does_nothing() {
    let erp = bare(Rule::once(Fault::DropBefore).on(CREATE)).await;
    assert_cut(create(&erp, "k").await);
    assert_eq!(memos(&erp, "k"), 0);
    assert_eq!(
        create(&erp, "k").await.unwrap().status(),
        StatusCode::CREATED
    );
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn commit_then_hang_is_done_while_the_client_waits() {
    let erp = bare(Rule::once(Fault::CommitThenHang).on(CREATE)).await;
    let impatient = reqwest::Client::builder()
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let request = impatient
        .post(format!("{}/api/creditMemos", erp.url()))
        .json(&memo("k"));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn a_hang_ends_with_a_reset() {
    let erp = bare(Rule::once(Fault::CommitThenHang).on(CREATE).delay_ms(30)).await;
    assert_cut(create(&erp, "k").await);
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn commit_then_503_lies() {
    let erp = bare(Rule::once(Fault::CommitThen503).on(CREATE)).await;
    let answer = create(&erp, "k").await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.headers().contains_key("retry-after"));
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn unavailable_throttle_and_refuse_do_nothing() {
    for (fault, status, code) in [
        (Fault::Unavailable, 503, "UNAVAILABLE"),
        (Fault::Throttle, 429, "THROTTLED"),
        (Fault::Refuse, 422, "SIMULATED_REFUSAL"),
    ] {
        let erp = bare(Rule::times(fault, 2).on(CREATE)).await;
        for _ in 0..2 {
            let answer = create(&erp, "k").await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            let told = answer.headers().get("retry-after").cloned();
            assert_eq!(told.is_some(), fault != Fault::Refuse);
            assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], code);
        }
        assert_eq!(memos(&erp, "k"), 0);
        assert_eq!(
            create(&erp, "k").await.unwrap().status(),
            StatusCode::CREATED
        );
    }
}

#[tokio::test]
async fn unavailable_for_a_while_ends() {
    let rule = Rule {
        times: None,
        for_ms: Some(300),
        ..Rule::once(Fault::Unavailable)
    };
    let erp = bare(rule).await;
    assert_eq!(
        create(&erp, "k").await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    support::until("the rule is over", || erp.faults().rules().is_empty()).await;
    assert_eq!(
        create(&erp, "k").await.unwrap().status(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn slow_is_carried_out_even_after_the_client_left() {
    let erp = bare(Rule::once(Fault::Slow).on(CREATE).delay_ms(500)).await;
    let impatient = reqwest::Client::builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let request = impatient
        .post(format!("{}/api/creditMemos", erp.url()))
        .json(&memo("k"));
    assert!(request.send().await.unwrap_err().is_timeout());
    support::until("the memo is there", || memos(&erp, "k") == 1).await;
}

#[tokio::test]
async fn duplicate_executes_twice_and_the_ledger_counts_it() {
    let erp = bare(Rule::once(Fault::Duplicate).on(CREATE)).await;
    assert_eq!(
        create(&erp, "k").await.unwrap().status(),
        StatusCode::CREATED
    );
    let ledger = erp.ledger();
    assert_eq!(ledger.live(Collection::CreditMemos, "k"), 2);
    assert_eq!(ledger.duplicates.len(), 1);
    assert_eq!(ledger.duplicates[0].external_document_number, "k");
}

#[tokio::test]
async fn garbage_is_200_and_no_json() {
    let erp = bare(Rule::once(Fault::Garbage).on(CREATE)).await;
    let answer = create(&erp, "k").await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&answer.text().await.unwrap()).is_err());
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn truncate_has_the_right_head_and_half_a_body() {
    let erp = bare(Rule::once(Fault::Truncate).on(CREATE)).await;
    let answer = create(&erp, "k").await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert!(answer.headers().contains_key("location"));
    let error = answer.bytes().await.expect_err("half a body");
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(memos(&erp, "k"), 1);
}

#[tokio::test]
async fn faults_are_switched_over_http_and_never_hit_the_back_doors() {
    let erp = ErpSim::start(Profile::Bare.config()).await.unwrap();
    let (client, url) = (client(), format!("{}/__faults", erp.url()));
    let rule = json!({"fault": "commit-then-503", "on": CREATE, "key": "b", "times": 1});
    assert!(
        client
            .post(&url)
            .json(&rule)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert_eq!(
        create(&erp, "a").await.unwrap().status(),
        StatusCode::CREATED
    );
    assert_eq!(
        create(&erp, "b").await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    let all = json!({"fault": "drop-before", "percent": 100, "burst": 1000});
    let shown: Value = client
        .post(&url)
        .json(&all)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(shown["counts"]["commit-then-503"], 1);
    assert_cut(create(&erp, "c").await);
    let cleared: Value = client
        .delete(&url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(cleared["rules"], json!([]));
    assert_eq!(
        create(&erp, "c").await.unwrap().status(),
        StatusCode::CREATED
    );
    let wrong = client
        .post(&url)
        .json(&json!({"fault": "earthquake"}))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn heavy_weather_lets_every_key_through_in_the_end() {
    let erp = ErpSim::start(Profile::RecordService.config())
        .await
        .unwrap();
    // Without sign-in, to speak of the weather only.
    let open = simulators::erp::Config {
        auth: simulators::erp::Auth::None,
        ..Profile::RecordService.config()
    };
    erp.shutdown().await;
    let erp = ErpSim::start(open).await.unwrap();
    for rule in simulators::faults::Preset::Heavy.rules(7) {
        erp.faults().add(Rule {
            delay_ms: rule.delay_ms.map(|_| 5),
            ..rule
        });
    }
    for number in 0..60 {
        let key = format!("k{number}");
        let mut attempts = 0;
        loop {
            attempts += 1;
            assert!(attempts <= 5, "{key} does not get through");
            match create(&erp, &key)
                .await
                .map(|answer| answer.status().as_u16())
            {
                Ok(201 | 409) => break,
                Ok(200 | 429 | 503) | Err(_) => {}
                Ok(other) => panic!("unexpected {other}"),
            }
        }
    }
    let ledger = erp.ledger();
    assert_eq!(ledger.counts[&Collection::CreditMemos], 60);
    assert!(ledger.duplicates.is_empty());
    assert!(
        erp.faults().counts().len() >= 5,
        "{:?}",
        erp.faults().counts()
    );
}

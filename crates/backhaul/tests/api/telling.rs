//! The numbers of a period, by the API and in the console: the same as on the command line.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Bench, asked};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_are_told_as_json_as_csv_and_as_a_page() {
    let bench = Bench::new().await;
    for name in ["N1", "N2"] {
        let request = asked(name, &format!("INV-{name}"), 1);
        let answer: Value = bench.decided(name, &request).await.json().await.unwrap();
        assert_eq!(answer["decision"], "authorised", "{answer}");
    }
    let told = bench.see("/v1/metrics?by=channel", "teller").await;
    let numbers = told["numbers"].as_array().unwrap();
    let awaiting = numbers
        .iter()
        .find(|n| n["metric"] == "awaiting_receipt" && n["group"] == json!({}) && n["part"] == "");
    assert_eq!(awaiting.unwrap()["value"], "2", "{numbers:?}");
    assert!(numbers.iter().any(|n| n["group"].get("channel").is_some()));

    let csv = bench.get("/v1/metrics?format=csv", "teller").await;
    assert_eq!(csv.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
    let csv = csv.text().await.unwrap();
    assert!(csv.starts_with("metric,part,group,"), "{csv}");
    assert!(csv.contains("\nawaiting_receipt,,,,returns,2,"), "{csv}");

    for wrong in [
        "from=2026-02-30",
        "by=moon",
        "from=2026-03-02&to=2026-03-01",
    ] {
        let answer = bench.get(&format!("/v1/metrics?{wrong}"), "teller").await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }

    let course = "/v1/metrics/course?metric=awaiting_receipt&by=channel";
    let course = bench.see(course, "teller").await;
    assert_eq!(course["steps"].as_array().unwrap().len(), 14, "{course}");
    let over_all = &course["lines"][0];
    assert_eq!(over_all["group"], json!({}), "{course}");
    let of = |n: usize| over_all["points"][n]["value"].as_str();
    assert_eq!((of(0), of(13)), (Some("0"), Some("2")), "{course}");
    for (wrong, says) in [
        ("metric=moon", "there are approval_latency"),
        ("metric=awaiting_receipt&step=year", "day, week or month"),
        (
            "metric=awaiting_receipt&from=2020-01-01",
            "take a longer step",
        ),
    ] {
        let answer = bench
            .get(&format!("/v1/metrics/course?{wrong}"), "teller")
            .await;
        assert_eq!(answer.status(), 400, "{wrong}");
        let problem = answer.text().await.unwrap();
        assert!(problem.contains(says), "{problem}");
    }

    let mut teller = Visitor::signed_in(&bench, "teller").await;
    assert_eq!(teller.get("/").await.to(), "/numbers");
    let page = teller.see("/numbers?by=channel").await;
    for words in ["awaiting_receipt", "2 returns", "channel=", "As a file"] {
        assert!(page.says(words), "{words}: {}", page.text);
    }
    let page = teller
        .see("/numbers/course?metric=awaiting_receipt&by=channel&step=week")
        .await;
    for words in ["awaiting_receipt over time", "2 returns", "<polyline"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let file = teller.see("/numbers?format=csv").await;
    assert!(file.text.starts_with("metric,part,group,"), "{}", file.text);
    assert!(bench.running.stop().await);
}

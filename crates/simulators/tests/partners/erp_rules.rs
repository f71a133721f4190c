//! The REST ERP keeps its books: guards against doubles, rules of the business, stock, master data.

use crate::support::caller::{Caller, refused};
use crate::support::{memo, movement};
use http::StatusCode;
use serde_json::{Value, json};
use simulators::erp::{Auth, Collection, Config, Customer, Invoice, Profile};

#[tokio::test]
async fn guards_by_external_id_by_number_and_none() {
    let open = |profile: Profile| Config {
        auth: Auth::None,
        ..profile.config()
    };
    let caller = Caller::of(open(Profile::RecordService)).await;
    assert_eq!(
        caller.create(&memo("k")).await.status(),
        StatusCode::CREATED
    );
    let double = caller.create(&memo("k")).await;
    assert_eq!(double.headers()["location"], "/api/creditMemos/cm-000001");
    refused(double, 409, "ALREADY_EXISTS").await;

    let caller = Caller::of(open(Profile::Numbered)).await;
    refused(caller.create(&memo("k")).await, 400, "NUMBER_REQUIRED").await;
    let mut numbered = memo("k");
    numbered["number"] = "OUR-1".into();
    let created: Value = caller.create(&numbered).await.json().await.unwrap();
    assert_eq!(created["number"], "OUR-1");
    refused(caller.create(&numbered).await, 409, "ALREADY_EXISTS").await;

    let caller = Caller::of(Profile::Bare.config()).await;
    for _ in 0..2 {
        assert_eq!(
            caller.create(&memo("k")).await.status(),
            StatusCode::CREATED
        );
    }
    assert_eq!(caller.erp.ledger().duplicates[0].live, 2);
    assert_eq!(
        caller
            .find("creditMemos", "externalDocumentNumber eq 'k'")
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn the_rules_of_the_business() {
    let config = Config {
        two_steps: false,
        strict_invoices: true,
        ..Profile::Bare.config()
    };
    let caller = Caller::of(config).await;
    for (number, blocked) in [("C10010", false), ("C-BAD", true)] {
        caller.erp.register_customer(Customer {
            number: number.into(),
            blocked,
        });
    }
    refused(caller.create(&memo("k")).await, 422, "UNKNOWN_INVOICE").await;
    caller.erp.register_invoice(Invoice {
        number: "INV-1".into(),
        customer_number: "C10010".into(),
        currency_code: "USD".into(),
        gross_amount: "100.00".parse().unwrap(),
        lines: Vec::new(),
    });
    let with = |member: &str, value: Value| {
        let mut memo = memo("k");
        memo[member] = value;
        memo
    };
    let wrong = [
        (with("customerNumber", json!("C-NEW")), "UNKNOWN_CUSTOMER"),
        (with("customerNumber", json!("C-BAD")), "CUSTOMER_BLOCKED"),
        (with("grossAmount", json!("61.56")), "WRONG_TOTALS"),
        (with("netAmount", json!("66.00")), "WRONG_TOTALS"),
        (with("lines", json!([])), "EMPTY_DOCUMENT"),
    ];
    for (memo, code) in wrong {
        refused(caller.create(&memo).await, 422, code).await;
    }
    refused(
        caller.create(&with("grossAmount", json!(61.55))).await,
        400,
        "MALFORMED",
    )
    .await;
    refused(
        caller
            .create(&with("documentDate", json!("2026-02-31")))
            .await,
        400,
        "MALFORMED",
    )
    .await;
    caller
        .erp
        .close_through(Some("2026-03-02".parse().unwrap()));
    refused(caller.create(&memo("k")).await, 422, "PERIOD_CLOSED").await;
    caller.erp.close_through(None);
    assert_eq!(
        caller.create(&memo("k")).await.status(),
        StatusCode::CREATED
    );
    refused(caller.create(&memo("k2")).await, 422, "AMOUNT_OVER_INVOICE").await;
    let ledger = caller.erp.ledger();
    assert_eq!(ledger.counts[&Collection::CreditMemos], 1);
    assert_eq!(ledger.receivable("C10010", "USD"), "38.45".parse().unwrap());
}

#[tokio::test]
async fn stock_moves_between_statuses() {
    let caller = Caller::of(Profile::Bare.config()).await;
    let send = |body: Value| {
        let request = caller.post("/api/stockMovements", &body);
        async move { request.send().await.unwrap() }
    };
    let receipt = movement("m1", "receipt", None, Some("hold"));
    let transfer = movement("m2", "transfer", Some("hold"), Some("available"));
    let scrap = movement("m3", "scrap", Some("hold"), None);
    for body in [receipt, transfer, scrap.clone()] {
        assert_eq!(send(body).await.status(), StatusCode::CREATED);
    }
    let ledger = caller.erp.ledger();
    let on_hand = |status: &str| ledger.on_hand("SKU-100", "DC-EAST", status).to_string();
    assert_eq!(
        (on_hand("hold"), on_hand("available")),
        ("-3".into(), "3".into())
    );
    assert_eq!(
        ledger.negative_stock.len(),
        1,
        "scrapped what was no longer there"
    );
    let mut wrong = scrap;
    wrong["movementType"] = "receipt".into();
    refused(send(wrong).await, 422, "INVALID_MOVEMENT").await;
}

#[tokio::test]
async fn return_orders_are_amended_and_cancelled() {
    let caller = Caller::of(Profile::Bare.config()).await;
    let order = json!({
        "externalDocumentNumber": "ro1", "customerNumber": "C10010", "rmaNumber": "RMA-1",
        "documentDate": "2026-03-02",
        "lines": [{"lineNumber": 1, "itemNumber": "A", "quantity": "3", "unitOfMeasureCode": "EA"}]
    });
    let created = caller
        .post("/api/returnOrders", &order)
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    let path = created.headers()["location"].to_str().unwrap().to_owned();
    let mut lines = order["lines"].clone();
    lines[0]["quantity"] = "2".into();
    let amend = caller
        .client
        .patch(caller.url(&path))
        .json(&json!({ "lines": lines }));
    let amended: Value = amend.send().await.unwrap().json().await.unwrap();
    assert_eq!(amended["lines"][0]["quantity"], "2");
    assert_eq!(
        caller
            .find("returnOrders", "rmaNumber eq 'RMA-1'")
            .await
            .len(),
        1
    );
    let cancel = || caller.post(&format!("{path}/cancel"), &json!({})).send();
    assert_eq!(cancel().await.unwrap().status(), StatusCode::OK);
    refused(cancel().await.unwrap(), 409, "ALREADY_CANCELLED").await;
}

#[tokio::test]
async fn the_back_doors_show_the_books_and_take_master_data() {
    let caller = Caller::of(Config::default()).await;
    let answer = caller
        .post("/__customers", &json!([{"number": "C1"}]))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = caller
        .post("/__periods", &json!({"closedThrough": "2026-01-31"}))
        .send();
    assert_eq!(answer.await.unwrap().status(), StatusCode::OK);
    let invoice = json!([{
        "number": "I1", "customerNumber": "C1", "currencyCode": "EUR", "grossAmount": "10.00"
    }]);
    assert!(
        caller
            .post("/__invoices", &invoice)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let ledger = caller
        .client
        .get(caller.url("/__ledger"))
        .send()
        .await
        .unwrap();
    let ledger: Value = ledger.json().await.unwrap();
    assert_eq!(ledger["receivables"][0]["balance"], "10.00");
    assert_eq!(ledger["counts"]["creditMemos"], 0);
    caller.erp.shutdown().await;
}

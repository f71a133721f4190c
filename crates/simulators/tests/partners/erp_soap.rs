//! The SOAP ERP keeps its wire and its books.

use std::time::{Duration, Instant};

use crate::support;
use crate::support::soap::{
    FINANCE, SOAP_11, SoapCaller, envelope, memo, movement, order, reversal, send,
};
use http::StatusCode;
use simulators::Decimal;
use simulators::erp_soap::{
    Closed, Code, Config, Customer, Duplicates, Invoice, Kind, SoapSim, Window,
};

async fn plain() -> SoapCaller {
    SoapCaller::of(Config::default()).await
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_memo_is_posted_found_and_taken_back_in_both_versions() {
    let caller = plain().await;
    let answer = caller.call("PostCreditMemo", &memo("k")).await;
    assert_eq!(answer.posted(), "CM00000001");
    assert_eq!(answer.content_type, "text/xml; charset=utf-8");
    assert_eq!(answer.one("Duplicate"), "false");
    assert_eq!(answer.all("CODE"), ["INVOICE_NOT_CHECKED", "POSTED"]);
    assert_eq!(answer.one("Gross"), "61.55");
    assert_eq!(answer.one("Reverses"), "", "nil");
    let owed = || caller.erp.ledger().receivable("C10010", "USD");
    assert_eq!(owed(), dec("-61.55"));

    let other = caller.call_12("PostCreditMemo", &memo("k2")).await;
    assert_eq!(other.posted(), "CM00000002");
    assert_eq!(other.content_type, "application/soap+xml; charset=utf-8");

    let found = caller.find("CM", "k").await;
    assert_eq!(
        (found.one("Count"), found.one("Number")),
        ("1".into(), "CM00000001".into())
    );
    assert_eq!(found.all("Net"), ["56.10", "66.00"]);
    let nothing = caller.find("CM", "nobody").await;
    assert_eq!(nothing.status, StatusCode::OK);
    assert_eq!(nothing.one("Count"), "0");
    assert_eq!(nothing.one("CODE"), "NOTHING_FOUND");

    let taken = caller.call("ReverseCreditMemo", &reversal("r", "k")).await;
    assert_eq!(taken.posted(), "RV00000001");
    assert_eq!(taken.one("Reverses"), "CM00000001");
    assert_eq!(owed(), dec("-61.55"), "only the other memo is left");
    let found = caller.find("CM", "k").await;
    assert_eq!(found.one("Status"), "Reversed");
    assert_eq!(found.one("ReversedBy"), "RV00000001");
    caller
        .call("ReverseCreditMemo", &reversal("r2", "k"))
        .await
        .refused("ALREADY_REVERSED");
    caller
        .call("ReverseCreditMemo", &reversal("r3", "nobody"))
        .await
        .fault("UNKNOWN_DOCUMENT");
    let ledger = caller.erp.ledger();
    assert_eq!(ledger.live(Kind::CreditMemo, "k"), 0);
    let entry = ledger.with_key(Kind::CreditMemo, "k2")[0];
    assert_eq!((entry.gross, entry.lines.len()), (Some(dec("61.55")), 1));
}

#[tokio::test]
async fn orders_and_movements_are_booked() {
    let caller = plain().await;
    caller
        .call("CreateReturnOrder", &order("o", "C1"))
        .await
        .posted();
    let to = "<f:ToStatus>hold</f:ToStatus>";
    let from_to = "<f:FromStatus>hold</f:FromStatus><f:ToStatus>available</f:ToStatus>\
                   <f:Serials><f:Serial>s1</f:Serial></f:Serials>";
    let post = async |key: &str, kind: &str, statuses: &str| {
        let inner = movement(key, kind, statuses);
        caller.call("PostStockMovement", &inner).await
    };
    post("m1", "receipt", to).await.posted();
    post("m2", "transfer", from_to).await.posted();
    post("m3", "scrap", to).await.fault("INVALID_MOVEMENT");
    post("m4", "sale", to).await.fault("SCHEMA");
    let ledger = caller.erp.ledger();
    assert_eq!(ledger.on_hand("SKU-100", "DC-EAST", "hold"), Decimal::ZERO);
    assert_eq!(ledger.on_hand("SKU-100", "DC-EAST", "available"), dec("3"));
    assert!(ledger.negative_stock.is_empty());
    assert_eq!(ledger.counts[&Kind::StockMovement], 2);
    assert_eq!(ledger.counts[&Kind::ReturnOrder], 1);
}

#[tokio::test]
async fn duplicates_by_nature() {
    let post =
        async |caller: &SoapCaller, key: &str| caller.call("PostCreditMemo", &memo(key)).await;
    let other = memo("k").replace("SKU-100", "SKU-200");

    let caller = plain().await;
    post(&caller, "k").await.posted();
    let again = post(&caller, "k").await;
    assert_eq!(again.posted(), "CM00000001");
    assert_eq!(again.one("Duplicate"), "true");
    assert!(again.all("CODE").contains(&"EXISTING_DOCUMENT".to_owned()));
    caller
        .call("PostCreditMemo", &other)
        .await
        .fault("KEY_CONFLICT");

    let guard = |duplicates| Config {
        duplicates,
        ..Config::default()
    };
    let caller = SoapCaller::of(guard(Duplicates::Fault)).await;
    post(&caller, "k").await.posted();
    let again = post(&caller, "k").await;
    again.fault("DUPLICATE_DOCUMENT");
    assert_eq!(again.all("Document"), ["CM00000001"]);
    assert_eq!(caller.erp.ledger().counts[&Kind::CreditMemo], 1);

    let caller = SoapCaller::of(guard(Duplicates::None)).await;
    for _ in 0..2 {
        post(&caller, "k").await.posted();
    }
    let ledger = caller.erp.ledger();
    assert_eq!(
        (ledger.duplicates.len(), ledger.duplicates[0].count),
        (1, 2)
    );
    assert_eq!(caller.find("CM", "k").await.one("Count"), "2");
}

#[tokio::test]
async fn the_rules_of_the_business_are_told_softly_or_by_fault() {
    let caller = SoapCaller::of(Config {
        strict_customers: true,
        strict_invoices: true,
        ..Config::default()
    })
    .await;
    for (number, blocked) in [("C10010", false), ("C-BAD", true)] {
        caller.erp.register_customer(Customer {
            number: number.into(),
            blocked,
        });
    }
    let post = async |inner: String| caller.call("PostCreditMemo", &inner).await;
    let with = |from: &str, to: &str| memo("k").replace(from, to);
    post(memo("k")).await.fault("UNKNOWN_INVOICE");
    caller.erp.register_invoice(Invoice {
        number: "INV-1".into(),
        customer_number: "C10010".into(),
        currency_code: "USD".into(),
        gross_amount: dec("100.00"),
        lines: Vec::new(),
    });
    post(with("C10010", "C-NEW"))
        .await
        .fault("UNKNOWN_CUSTOMER");
    post(with("C10010", "C-BAD"))
        .await
        .fault("CUSTOMER_BLOCKED");
    post(with("61.55", "61.56")).await.refused("WRONG_TOTALS");
    post(with("56.10", "66.00")).await.refused("WRONG_TOTALS");
    let date = Some("2026-03-02".parse().unwrap());
    caller.erp.close_through(date);
    let closed = post(memo("k")).await;
    closed.refused("PERIOD_CLOSED");
    assert_eq!(closed.one("FIELD"), "PostingDate");
    caller.erp.close_through(None);
    post(memo("k")).await.posted();
    post(memo("k2")).await.refused("AMOUNT_OVER_INVOICE");
    let ledger = caller.erp.ledger();
    assert_eq!(ledger.counts[&Kind::CreditMemo], 1, "a refused key is free");
    assert_eq!(ledger.receivable("C10010", "USD"), dec("38.45"));

    let hard = SoapCaller::of(Config {
        soft: [Code::CustomerBlocked].into(),
        closed_through: date,
        ..Config::default()
    })
    .await;
    let blocked = Customer {
        number: "C-BAD".into(),
        blocked: true,
    };
    hard.erp.register_customer(blocked);
    hard.call("PostCreditMemo", &memo("k"))
        .await
        .fault("PERIOD_CLOSED");
    hard.call("CreateReturnOrder", &order("o", "C-BAD"))
        .await
        .refused("CUSTOMER_BLOCKED");
    let warned = hard.call("CreateReturnOrder", &order("o", "C1")).await;
    warned.posted();
    assert_eq!(warned.all("TYPE"), ["W", "S"]);
    assert_eq!(warned.all("CODE"), ["CUSTOMER_NOT_IN_MASTER", "POSTED"]);
}

#[tokio::test]
async fn faults_look_as_each_version_has_them() {
    let caller = plain().await;
    let wrong = memo("k").replace("<f:Gross>61.55</f:Gross>", "");
    let fault = caller.call("PostCreditMemo", &wrong).await;
    fault.fault("SCHEMA");
    assert!(fault.one("faultcode").ends_with(":Client.Schema"));
    assert_eq!(fault.one("Field"), "Memo/Gross");
    let fault = caller.call_12("PostCreditMemo", &wrong).await;
    fault.fault("SCHEMA");
    let values = fault.all("Value");
    assert!(values[0].ends_with(":Sender"), "{values:?}");
    assert!(values[1].ends_with(":Schema"), "{values:?}");
    assert_eq!(fault.one("Text"), "Gross is missing");
    let out_of_order =
        memo("k").replace("<f:Invoice>INV-1</f:Invoice>", "") + "<f:Invoice>INV-1</f:Invoice>";
    let fault = caller.call("PostCreditMemo", &out_of_order).await;
    fault.fault("SCHEMA");
    assert!(caller.erp.ledger().documents.is_empty());
}

#[tokio::test]
async fn what_is_no_proper_request_is_told_apart() {
    let caller = plain().await;
    let endpoint = caller.erp.endpoint();
    let post = async |kind: &str, action: Option<&str>, body: &str| {
        let mut request = caller.client.post(&endpoint).header("content-type", kind);
        if let Some(action) = action {
            request = request.header("soapaction", action);
        }
        send(request.body(body.to_owned())).await.unwrap()
    };
    let ping = envelope(SOAP_11, "Ping", "", "");
    let json = post("application/json", None, "{}").await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    post("text/xml", None, &ping).await.fault("WRONG_ACTION");
    let wrong = format!("\"{FINANCE}#PostCreditMemo\"");
    post("text/xml", Some(&wrong), &ping)
        .await
        .fault("WRONG_ACTION");
    let pong = post("text/xml", Some("\"\""), &ping).await;
    assert_eq!(pong.one("Open"), "true");
    let soap = "application/soap+xml";
    let mismatch = post(soap, None, &ping).await;
    assert_eq!(mismatch.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(mismatch.all("Value")[0].ends_with("VersionMismatch"));
    for body in ["", "<a/>", "{}", "<!DOCTYPE a><a/>"] {
        post("text/xml", Some(""), body).await.fault("MALFORMED");
    }
    let unknown = envelope(SOAP_11, "SellEverything", "", "");
    post("text/xml", Some(""), &unknown)
        .await
        .fault("UNKNOWN_OPERATION");
    let header = "<x:Strange xmlns:x='urn:x' e:mustUnderstand='1'/>";
    let strange = envelope(SOAP_11, "Ping", header, "");
    let fault = post("text/xml", Some(""), &strange).await;
    assert!(fault.one("faultcode").ends_with("MustUnderstand"));
}

#[tokio::test]
async fn the_wsdl_names_this_server() {
    let caller = plain().await;
    let url = format!("{}?wsdl", caller.erp.endpoint());
    let wsdl = send(caller.client.get(&url)).await.unwrap();
    assert_eq!(wsdl.status, StatusCode::OK);
    assert_eq!(wsdl.all("definitions").len(), 1, "well-formed");
    assert_eq!(wsdl.body.matches(&caller.erp.endpoint()).count(), 2);
    for operation in ["PostCreditMemo", "FindDocument", "Ping"] {
        assert!(wsdl.body.contains(&format!("\"{FINANCE}#{operation}\"")));
    }
    let bare = send(caller.client.get(caller.erp.endpoint()))
        .await
        .unwrap();
    assert_eq!(bare.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn closed_outside_the_window_but_for_pings() {
    let window = |says| Window {
        opens_for_ms: 1,
        closed_for_ms: 600_000,
        says,
    };
    let closed = |says, look_ups_when_closed| Config {
        window: Some(window(says)),
        look_ups_when_closed,
        ..Config::default()
    };
    let caller = SoapCaller::of(closed(Closed::Fault, true)).await;
    let deadline = Instant::now() + support::PATIENCE;
    while caller.call("Ping", "").await.one("Open") == "true" {
        assert!(Instant::now() < deadline, "it never closes");
    }
    let fault = caller.call("PostCreditMemo", &memo("k")).await;
    fault.fault("CLOSED");
    assert!(fault.one("faultcode").ends_with(":Server.Closed"));
    assert_eq!(caller.find("CM", "k").await.one("Count"), "0");
    assert!(caller.erp.ledger().documents.is_empty());

    let caller = SoapCaller::of(closed(Closed::Unavailable, false)).await;
    while caller.call("Ping", "").await.one("Open") == "true" {}
    let inner = "<f:Kind>CM</f:Kind><f:ExternalKey>k</f:ExternalKey>";
    let answer = caller.call("FindDocument", inner).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn one_session_at_a_time() {
    let config = Config {
        one_session: true,
        processing_ms: 600,
        ..Config::default()
    };
    let caller = SoapCaller::of(config).await;
    let (first, second) = (memo("a"), memo("b"));
    let (one, other) = tokio::join!(
        caller.call("PostCreditMemo", &first),
        caller.call("PostCreditMemo", &second)
    );
    let (served, turned_away) = if one.status == StatusCode::OK {
        (one, other)
    } else {
        (other, one)
    };
    served.posted();
    turned_away.fault("BUSY");
    assert_eq!(caller.erp.ledger().counts[&Kind::CreditMemo], 1);
}

#[tokio::test]
async fn look_ups_lag() {
    let config = Config {
        look_up_lag_ms: 1_500,
        ..Config::default()
    };
    let caller = SoapCaller::of(config).await;
    caller.call("PostCreditMemo", &memo("k")).await.posted();
    assert_eq!(caller.find("CM", "k").await.one("Count"), "0", "not yet");
    let deadline = Instant::now() + support::PATIENCE;
    while caller.find("CM", "k").await.one("Count") == "0" {
        assert!(Instant::now() < deadline, "never found");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn served_on_a_given_listener_and_configured_by_text() {
    let text = r#"{"duplicates": "fault", "soft": ["PERIOD_CLOSED"], "security": {"basic": {"user": "u", "password": "p"}},
                   "window": {"opens_for_ms": 5, "closed_for_ms": 6, "says": "unavailable"}}"#;
    let config: Config = serde_json::from_str(text).unwrap();
    assert_eq!(config.duplicates, Duplicates::Fault);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}/soap", listener.local_addr().unwrap());
    let cancel = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(simulators::erp_soap::serve(
        config,
        listener,
        cancel.clone(),
    ));
    let client = support::client();
    let ping = || {
        let request = client.post(&url).header("content-type", "text/xml");
        request
            .header("soapaction", "")
            .body(envelope(SOAP_11, "Ping", "", ""))
    };
    let stranger = send(ping()).await.unwrap();
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    let known = send(ping().basic_auth("u", Some("p"))).await.unwrap();
    assert_eq!(known.status, StatusCode::OK);
    cancel.cancel();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_back_doors_fill_the_books() {
    let erp = SoapSim::start(Config::default()).await.unwrap();
    let client = support::client();
    let put = async |path: &str, body: serde_json::Value| {
        let request = client.post(format!("{}{path}", erp.url())).json(&body);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    };
    let invoice = serde_json::json!([{"number": "INV-1", "customerNumber": "C10010", "currencyCode": "USD", "grossAmount": "100.00"}]);
    put("/__invoices", invoice).await;
    put("/__customers", serde_json::json!([{"number": "C10010"}])).await;
    put(
        "/__periods",
        serde_json::json!({"closedThrough": "2026-01-31"}),
    )
    .await;
    let ledger = client.get(format!("{}/__ledger", erp.url())).send();
    let ledger: serde_json::Value = ledger.await.unwrap().json().await.unwrap();
    assert_eq!(ledger["receivables"][0]["balance"], "100.00");
    assert_eq!(ledger["counts"]["CM"], 0);
    erp.shutdown().await;
}

//! What the tests of the simulators share: a client, a credit memo, a receiver of webhooks.

pub(crate) mod caller;
pub(crate) mod edi;
pub(crate) mod files;
pub(crate) mod soap;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use url::Url;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// A memo that adds up: 66.00 + 5.45 − 9.90.
pub(crate) fn memo(key: &str) -> Value {
    json!({
        "externalDocumentNumber": key, "customerNumber": "C10010", "currencyCode": "USD",
        "documentDate": "2026-03-02", "postingDate": "2026-03-02", "invoiceNumber": "INV-1",
        "lines": [{
            "lineNumber": 1, "itemNumber": "SKU-100", "quantity": "3", "unitOfMeasureCode": "EA",
            "netAmount": "66.00", "taxes": [{"taxCode": "US-TX/SALES", "rate": "8.25", "amount": "5.45"}]
        }],
        "charges": [{"code": "RESTOCKING", "netAmount": "9.90", "taxAmount": "0.00"}],
        "netAmount": "56.10", "taxAmount": "5.45", "grossAmount": "61.55"
    })
}

pub(crate) fn movement(key: &str, kind: &str, from: Option<&str>, to: Option<&str>) -> Value {
    let mut line = json!({
        "lineNumber": 1, "itemNumber": "SKU-100", "quantity": "3", "unitOfMeasureCode": "EA"
    });
    if let Some(from) = from {
        line["fromStatus"] = from.into();
    }
    if let Some(to) = to {
        line["toStatus"] = to.into();
    }
    json!({
        "externalDocumentNumber": key, "movementType": kind, "siteCode": "DC-EAST",
        "postingDate": "2026-03-02", "lines": [line]
    })
}

pub(crate) fn asn(rma: &str) -> Value {
    json!({
        "externalReference": format!("key-{rma}"), "rmaNumber": rma, "site": "DC-EAST",
        "lines": [
            {"line": 1, "sku": "DRILL", "quantity": "3", "uom": "EA", "serials": ["s1", "s2", "s3"]},
            {"line": 2, "sku": "GLOVE", "quantity": "2", "uom": "EA"}
        ]
    })
}

/// Tries until it holds, or fails the test.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A webhook as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) id: String,
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Inbox {
    arrived: Vec<Arrived>,
    /// Statuses for the next requests; then 200.
    statuses: Vec<StatusCode>,
}

/// A receiver of webhooks that answers as told.
#[derive(Clone)]
pub(crate) struct Receiver {
    inbox: Arc<Mutex<Inbox>>,
    pub(crate) url: Url,
}

impl Receiver {
    pub(crate) async fn start(statuses: &[StatusCode]) -> Self {
        let mut statuses = statuses.to_vec();
        statuses.reverse();
        let inbox = Arc::new(Mutex::new(Inbox {
            arrived: Vec::new(),
            statuses,
        }));
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(inbox.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inbox, url }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.inbox.lock().unwrap().arrived.clone()
    }
}

async fn take(
    State(inbox): State<Arc<Mutex<Inbox>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert!(text("x-timestamp").parse::<u64>().is_ok());
    let mut inbox = inbox.lock().unwrap();
    let arrived = Arrived {
        id: text("x-webhook-id"),
        signature: text("x-signature"),
        body,
    };
    inbox.arrived.push(arrived);
    inbox.statuses.pop().unwrap_or(StatusCode::OK)
}

#![doc = include_str!("WIRE.md")]

mod books;

use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::request::Parts;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use books::{Invoice, InvoiceLine, Ledger};

use crate::answer::{Done, Refusal, read};
use crate::faults::gateway::{self, Call, Gateway, Manner};
use crate::faults::{self, Faults};
use crate::server::{self, Running};

/// The engine's state.
struct Desk {
    books: books::Books,
    faults: Faults,
}

impl Desk {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            books: books::Books::default(),
            faults: Faults::new([]),
        })
    }
}

fn router(desk: Arc<Desk>, cancel: CancellationToken) -> Router {
    let faults = desk.faults.clone();
    let layer = Gateway {
        faults: faults.clone(),
        name,
        manner: Manner::JSON,
        cancel,
    };
    Router::new()
        .route("/api/v2/utilities/ping", get(ping))
        .route("/api/v2/transactions/create", post(create))
        .route("/api/v2/companies/{company}/transactions/{code}", get(find))
        .route(
            "/api/v2/companies/{company}/transactions/{code}/void",
            post(void),
        )
        .route("/__invoices", post(invoices))
        .route("/__ledger", get(ledger))
        .with_state(desk)
        .merge(faults::backdoor(faults))
        .layer(from_fn_with_state(layer, gateway::pass))
}

/// How faults name a request: method and path without codes; the key is the transaction's code.
fn name(parts: &Parts, body: &[u8]) -> Call {
    let path = parts.uri.path();
    let pieces: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (route, of_path) = match pieces.as_slice() {
        ["api", "v2", "companies", _, "transactions", code] => ("/transactions", Some(*code)),
        ["api", "v2", "companies", _, "transactions", code, "void"] => {
            ("/transactions/void", Some(*code))
        }
        ["api", "v2", "transactions", "create"] => ("/transactions/create", None),
        _ => (path, None),
    };
    let sent = || {
        let body: Value = serde_json::from_slice(body).ok()?;
        Some(body.get("code")?.as_str()?.to_owned())
    };
    let key = of_path.map(str::to_owned).or_else(sent);
    Call {
        operation: format!("{} {route}", parts.method),
        key: key.unwrap_or_default(),
    }
}

async fn ping() -> Json<Value> {
    Json(json!({ "version": "simulated", "authenticated": true }))
}

async fn create(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    answer(read(&body).and_then(|sent| desk.books.create(sent)))
}

async fn find(
    State(desk): State<Arc<Desk>>,
    Path((company, code)): Path<(String, String)>,
) -> Response {
    answer(desk.books.find(&company, &code))
}

async fn void(
    State(desk): State<Arc<Desk>>,
    Path((company, code)): Path<(String, String)>,
) -> Response {
    answer(desk.books.void(&company, &code))
}

fn answer(outcome: Result<Done, Refusal>) -> Response {
    match outcome {
        Ok(done) => (done.status, Json(done.body)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn invoices(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let invoices: Vec<Invoice> = read(&body)?;
    let count = invoices.len();
    for invoice in invoices {
        desk.books.register(invoice);
    }
    Ok(Json(json!({ "registered": count })))
}

async fn ledger(State(desk): State<Arc<Desk>>) -> Json<Ledger> {
    Json(desk.books.ledger())
}

/// Serves the engine until cancelled.
pub async fn serve(listener: TcpListener, cancel: CancellationToken) -> io::Result<()> {
    server::serve(router(Desk::new(), cancel.clone()), listener, cancel).await
}

/// A running tax engine.
pub struct TaxSim {
    running: Running,
    desk: Arc<Desk>,
}

impl TaxSim {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        let (desk, cancel) = (Desk::new(), CancellationToken::new());
        let running = Running::start(router(desk.clone(), cancel.clone()), cancel).await?;
        Ok(Self { running, desk })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its faults.
    pub fn faults(&self) -> &Faults {
        &self.desk.faults
    }

    /// Registers an invoice and the rates of its lines.
    pub fn register(&self, invoice: Invoice) {
        self.desk.books.register(invoice);
    }

    /// What was recorded.
    pub fn ledger(&self) -> Ledger {
        self.desk.books.ledger()
    }
}

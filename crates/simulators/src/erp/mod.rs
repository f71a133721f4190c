#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`ErpSim::start`] runs it on a free port; [`serve`] runs it on a listener of the caller's until cancelled.

mod address;
mod api;
mod backdoor;
mod booking;
mod books;
mod config;
mod document;
mod filter;
mod form;
mod gate;
mod ledger;
mod memory;
mod onward;
mod paper;
mod refusals;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, post};
use http::request::Parts;
use jiff::civil::Date;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use address::Collection;
pub use config::{Auth, Config, Guard, Profile, UnknownProfile};
pub use ledger::{Duplicate, JournalEntry, KeyCount, Ledger, Receivable, StockRow};
pub use paper::{Customer, Invoice, InvoiceLine, InvoiceTax};

use crate::faults::gateway::{self, Call, Gateway, Manner};
use crate::faults::{self, Faults};
use crate::server::{self, Running};

/// The ERP's state: configuration, books, tokens, remembered answers.
pub(crate) struct Desk {
    config: Config,
    books: books::Books,
    gate: gate::Gate,
    memory: memory::Memory,
    faults: Faults,
}

impl Desk {
    fn new(config: Config) -> Arc<Self> {
        let faults = Faults::new(config.faults.iter().cloned());
        let books = books::Books::new(config.closed_through);
        let (gate, memory) = (gate::Gate::default(), memory::Memory::default());
        Arc::new(Self {
            config,
            books,
            gate,
            memory,
            faults,
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
        .route("/oauth/token", post(gate::issue_token))
        .route("/csrf", any(api::fetch_csrf))
        .route("/api/{*path}", any(api::handle))
        .merge(backdoor::router())
        .fallback(api::nowhere)
        .with_state(desk)
        .merge(faults::backdoor(faults))
        .layer(from_fn_with_state(layer, gateway::pass))
}

/// How faults name a request: operation by route, key by `externalDocumentNumber` (sent or asked for), else by id.
fn name(parts: &Parts, body: &[u8]) -> Call {
    let path = parts.uri.path();
    let address = path.strip_prefix("/api/").and_then(address::Address::parse);
    let route = address
        .as_ref()
        .map_or_else(|| path.to_owned(), address::Address::route);
    let sent = || {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        Some(body.get("externalDocumentNumber")?.as_str()?.to_owned())
    };
    let key = sent()
        .or_else(|| filter::asked_key(parts.uri.query()?))
        .or_else(|| address.and_then(|address| address.id))
        .unwrap_or_default();
    Call {
        operation: format!("{} {route}", parts.method),
        key,
    }
}

/// Serves the ERP until cancelled.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    cancel: CancellationToken,
) -> io::Result<()> {
    server::serve(router(Desk::new(config), cancel.clone()), listener, cancel).await
}

/// A running ERP.
pub struct ErpSim {
    running: Running,
    desk: Arc<Desk>,
}

impl ErpSim {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start(config: Config) -> io::Result<Self> {
        let (desk, cancel) = (Desk::new(config), CancellationToken::new());
        let running = Running::start(router(desk.clone(), cancel.clone()), cancel).await?;
        Ok(Self { running, desk })
    }

    /// Where it listens.
    pub fn addr(&self) -> std::net::SocketAddr {
        self.running.addr()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its faults.
    pub fn faults(&self) -> &Faults {
        &self.desk.faults
    }

    /// The books as they stand.
    pub fn ledger(&self) -> Ledger {
        self.desk.books.ledger()
    }

    /// Adds or changes a customer; once there is one, others are unknown.
    pub fn register_customer(&self, customer: Customer) {
        self.desk.books.register_customer(customer);
    }

    /// Registers an invoice and books its receivable.
    pub fn register_invoice(&self, invoice: Invoice) {
        self.desk.books.register_invoice(invoice);
    }

    /// How often each invoice was asked for, by its number.
    pub fn questions(&self) -> std::collections::BTreeMap<String, u32> {
        self.desk.books.questions()
    }

    /// Keys a credit memo by hand (the form of the wire, `externalDocumentNumber` left out or somebody's own): posted at
    /// once. The document as it stands, or the refusal's text.
    pub fn key_by_hand(&self, memo: &serde_json::Value) -> Result<serde_json::Value, String> {
        let keyed = self.desk.books.key_by_hand(memo.to_string().as_bytes());
        keyed.map_err(|refusal| format!("{refusal:?}"))
    }

    /// A clerk takes the credit memo of that id back.
    pub fn cancel_by_hand(&self, id: &str) -> Result<(), String> {
        let body = serde_json::json!({ "externalDocumentNumber": format!("by hand: {id}") });
        let body = body.to_string();
        let cancelled =
            (self.desk.books).cancel_memo(&self.desk.config, id, Some("*"), body.as_bytes());
        cancelled
            .map(drop)
            .map_err(|refusal| format!("{refusal:?}"))
    }

    /// Closes the periods up to a date, or opens them all.
    pub fn close_through(&self, date: Option<Date>) {
        self.desk.books.close_through(date);
    }

    /// Ends it.
    pub async fn shutdown(self) {
        self.running.shutdown().await;
    }
}

#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`SoapSim::start`] runs it on a free port; [`serve`] runs it on a listener of the caller's until cancelled.

mod accounts;
mod answer;
mod api;
mod backdoor;
mod books;
mod config;
mod document;
mod envelope;
mod fields;
mod ledger;
mod memo;
mod paper;
mod rules;
mod security;
mod trouble;
mod window;
mod writing;
mod xml;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use http::request::Parts;
use jiff::civil::Date;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use config::{Account, Closed, Config, Duplicates, Security, Window};
pub use document::Kind;
pub use ledger::{Duplicate, Entry, EntryLine, Ledger, Receivable, StockRow};
pub use trouble::Code;

pub use crate::erp::{Customer, Invoice};

use crate::faults::gateway::{self, Call, Gateway, Manner};
use crate::faults::{self, Faults};
use crate::server::{self, Running};

/// Namespace of everything that is the ERP's own.
const FINANCE: &str = "urn:legacy:finance:v2";

/// The ERP's state: configuration, books, nonces, the one session.
pub(crate) struct Desk {
    config: Config,
    books: books::Books,
    nonces: security::Nonces,
    session: Semaphore,
    began: Instant,
    faults: Faults,
}

impl Desk {
    fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            books: books::Books::new(config.closed_through),
            nonces: security::Nonces::default(),
            session: Semaphore::new(1),
            began: Instant::now(),
            faults: Faults::new(config.faults.iter().cloned()),
            config,
        })
    }
}

/// How it fails on demand: in SOAP's words.
const MANNER: Manner = Manner {
    refused: |parts| api::fault_for(parts, Code::SimulatedRefusal, "refused on demand"),
    broken: |parts| {
        let message = "ORA-03113: end-of-file on communication channel";
        api::fault_for(parts, Code::Internal, message)
    },
    garbage,
};

/// An envelope of which one end is missing.
fn garbage(_: &Parts) -> Response {
    let rubbish = "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
                   <soap:Body><Response><Result>OK<Result></Response></soap:Body></soap:Envelope>";
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], rubbish).into_response()
}

fn router(desk: Arc<Desk>, cancel: CancellationToken) -> Router {
    let faults = desk.faults.clone();
    let layer = Gateway {
        faults: faults.clone(),
        name,
        manner: MANNER,
        cancel,
    };
    Router::new()
        .route("/soap", get(api::describe).post(api::handle))
        .merge(backdoor::router())
        .with_state(desk)
        .merge(faults::backdoor(faults))
        .layer(from_fn_with_state(layer, gateway::pass))
}

/// How faults name a request: by the operation in its body, key by `ExternalKey`.
fn name(parts: &Parts, body: &[u8]) -> Call {
    match api::subject(&parts.headers, body) {
        Some((operation, key)) => Call {
            operation: format!("SOAP {operation}"),
            key,
        },
        None => Call {
            operation: format!("{} {}", parts.method, parts.uri.path()),
            key: String::new(),
        },
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

/// A running SOAP ERP.
pub struct SoapSim {
    running: Running,
    desk: Arc<Desk>,
}

impl SoapSim {
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

    /// `http://127.0.0.1:PORT/soap`.
    pub fn endpoint(&self) -> String {
        format!("{}/soap", self.running.url())
    }

    /// Its faults.
    pub fn faults(&self) -> &Faults {
        &self.desk.faults
    }

    /// The books as they stand.
    pub fn ledger(&self) -> Ledger {
        self.desk.books.ledger()
    }

    /// Adds or changes a customer.
    pub fn register_customer(&self, customer: Customer) {
        self.desk.books.register_customer(customer);
    }

    /// Registers an invoice and books its receivable.
    pub fn register_invoice(&self, invoice: Invoice) {
        self.desk.books.register_invoice(invoice);
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

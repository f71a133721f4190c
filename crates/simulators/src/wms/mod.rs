#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`WmsSim::start`] runs it on a free port; [`serve`] runs it on a listener of the caller's until cancelled.

mod api;
mod asn;
mod config;
mod dialect;
pub(crate) mod fact;
mod floor;
mod ledger;
mod notifications;
mod play;
mod receipts;
mod story;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::request::Parts;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use asn::{Asn, AsnLine, AsnStatus};
pub use config::{Config, Dialect, DuplicateAsn, UnknownDialect};
pub use ledger::{Ledger, SentEvent, StockRow};
pub use story::{Story, UnknownStory};

use crate::emit::{Sender, SenderOptions};
use crate::faults::gateway::{self, Call, Gateway, Manner};
use crate::faults::{self, Faults};
use crate::server::{self, Running};

/// The warehouse's state.
pub(crate) struct Warehouse {
    config: Config,
    floor: floor::Floor,
    notifications: notifications::Notifications,
    target: Mutex<Option<Url>>,
    sender: Sender,
    /// How many returns are played at once.
    hands: Semaphore,
    faults: Faults,
    cancel: CancellationToken,
}

impl Warehouse {
    fn new(config: Config, cancel: CancellationToken) -> io::Result<Arc<Self>> {
        let faults = Faults::new(config.faults.iter().cloned());
        let sender = Sender::new(SenderOptions {
            secret: config.secret.clone(),
            seed: config.seed,
            max_attempts: config.max_attempts,
            faults: faults.clone(),
            operation: "EMIT webhook",
            cancel: cancel.clone(),
        })
        .map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            floor: floor::Floor::default(),
            notifications: notifications::Notifications::default(),
            target: Mutex::new(config.target.clone()),
            sender,
            hands: Semaphore::new(config.parallel.max(1)),
            faults,
            cancel,
            config,
        }))
    }

    fn target(&self) -> Option<Url> {
        self.target
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn router(warehouse: Arc<Warehouse>) -> Router {
    let faults = warehouse.faults.clone();
    let cancel = warehouse.cancel.clone();
    let layer = Gateway {
        faults: faults.clone(),
        name,
        manner: Manner::JSON,
        cancel,
    };
    api::router(warehouse)
        .merge(faults::backdoor(faults))
        .layer(from_fn_with_state(layer, gateway::pass))
}

/// How faults name a request: operation by route, key by `externalReference` or `key` (sent or asked for), else by RMA.
fn name(parts: &Parts, body: &[u8]) -> Call {
    const KEYS: [&str; 3] = ["externalReference", "cancelReference", "key"];
    let mut segments = parts
        .uri
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty());
    let (first, rma, action) = (segments.next(), segments.next(), segments.next());
    let mut route = format!("/{}", first.unwrap_or_default());
    if rma.is_some() {
        route.push_str("/{rma}");
    }
    if let Some(action) = action {
        route = format!("{route}/{action}");
    }
    let sent = || {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        KEYS.iter()
            .find_map(|name| Some(body.get(name)?.as_str()?.to_owned()))
    };
    let asked = || {
        let mut pairs = url::form_urlencoded::parse(parts.uri.query()?.as_bytes());
        pairs
            .find(|(name, _)| KEYS.contains(&name.as_ref()))
            .map(|(_, key)| key.into_owned())
    };
    let key = sent()
        .or_else(asked)
        .or_else(|| rma.map(str::to_owned))
        .unwrap_or_default();
    Call {
        operation: format!("{} {route}", parts.method),
        key,
    }
}

/// Serves the WMS until cancelled.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    cancel: CancellationToken,
) -> io::Result<()> {
    let warehouse = Warehouse::new(config, cancel.clone())?;
    server::serve(router(warehouse), listener, cancel).await
}

/// A running WMS.
pub struct WmsSim {
    running: Running,
    warehouse: Arc<Warehouse>,
}

impl WmsSim {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start(config: Config) -> io::Result<Self> {
        let cancel = CancellationToken::new();
        let warehouse = Warehouse::new(config, cancel.clone())?;
        let running = Running::start(router(warehouse.clone()), cancel).await?;
        Ok(Self { running, warehouse })
    }

    /// Where it listens.
    pub fn addr(&self) -> std::net::SocketAddr {
        self.running.addr()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its faults, of receiving and of sending (`EMIT`).
    pub fn faults(&self) -> &Faults {
        &self.warehouse.faults
    }

    /// From now on webhooks go there.
    pub fn aim(&self, target: Url) {
        *self
            .warehouse
            .target
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(target);
    }

    /// Plays the story of an announced return now (for when `autoplay` is off). False when there is nothing to play.
    pub fn play(&self, rma: &str) -> bool {
        play::start(&self.warehouse, rma)
    }

    /// Books a receipt, or a reversal, by hand: it is listed, and nobody is told. The event has the shape that is told.
    pub fn book(&self, event: serde_json::Value) {
        self.warehouse.floor.book(event);
    }

    /// Strikes what was booked by hand for a receipt.
    pub fn strike(&self, receipt_id: &str) {
        self.warehouse.floor.strike(receipt_id);
    }

    /// Everything that happened.
    pub fn ledger(&self) -> Ledger {
        ledger::of(&self.warehouse)
    }

    /// Whether every announced return was played to its end and every message settled.
    pub fn is_idle(&self) -> bool {
        self.warehouse.floor.is_idle()
    }

    /// Ends it.
    pub async fn shutdown(self) {
        self.running.shutdown().await;
    }
}

#![doc = include_str!("WIRE.md")]

mod desk;
mod key;
mod ledger;
mod token;

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

pub use key::Signing;
pub use ledger::Ledger;
pub use token::Trick;

use crate::server::Running;

/// Its one client.
#[derive(Debug, Clone)]
pub struct Client {
    /// By which it is known.
    pub id: String,
    /// None: a public client.
    pub secret: Option<String>,
}

/// Whoever signs in.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Subject: the account.
    pub sub: String,
    /// What the token says of them besides.
    pub claims: Map<String, Value>,
}

/// A running identity provider.
pub struct OidcSim {
    running: Running,
    desk: Arc<desk::Desk>,
}

impl OidcSim {
    /// Starts it on a free port of 127.0.0.1, with a key of that kind.
    pub async fn start(client: Client, signing: Signing) -> io::Result<Self> {
        let cancel = CancellationToken::new();
        let desk = Arc::new(desk::Desk::new(client, signing)?);
        let router = desk::router(Arc::clone(&desk), cancel.clone());
        let running = Running::start(router, cancel).await?;
        desk.is_at(running.url());
        Ok(Self { running, desk })
    }

    /// Its address, which is its issuer: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.desk.state().issuer.clone()
    }

    /// For browsers it is another site from now on, `http://localhost:PORT`, and it shows a page with a link instead of sending them back at
    /// once: what follows is then begun by another site.
    pub fn stands_elsewhere(&self) {
        let mut held = self.desk.state();
        held.issuer = format!("http://localhost:{}", self.running.addr().port());
        held.shows_page = true;
    }

    /// Whoever comes from now on is this person.
    pub fn signs_in(&self, person: Person) {
        self.desk.state().person = person;
    }

    /// It misbehaves so from now on; none: it behaves.
    pub fn trick(&self, trick: Option<Trick>) {
        self.desk.state().trick = trick;
    }

    /// It signs with a new key from now on, and publishes that one alone.
    pub fn rotate(&self) -> io::Result<()> {
        self.desk.rotate()
    }

    /// What it was asked, and what it did.
    pub fn ledger(&self) -> Ledger {
        self.desk.state().ledger.clone()
    }
}

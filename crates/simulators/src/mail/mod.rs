#![doc = include_str!("WIRE.md")]

mod session;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::faults::{Faults, Rule};

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// From its header, without the angle brackets. Empty if it has none.
    pub message_id: String,
    /// Who handed it over.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The message, dots unstuffed.
    pub text: String,
}

/// How the server is set up.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// User and password that everybody needs. None: everybody may.
    pub login: Option<(String, String)>,
    /// Faults from the start.
    pub faults: Vec<Rule>,
}

/// What the server knows.
struct Office {
    login: Option<(String, String)>,
    faults: Faults,
    ledger: Mutex<Vec<Mail>>,
}

/// A mail server in the background of this process; ends when dropped.
pub struct MailSim {
    office: Arc<Office>,
    addr: SocketAddr,
    cancel: CancellationToken,
}

impl MailSim {
    /// Starts it on a free port of this host.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(config: Config) -> io::Result<Self> {
        let office = Arc::new(Office {
            login: config.login,
            faults: Faults::new(config.faults),
            ledger: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let cancel = CancellationToken::new();
        tokio::spawn(accept(Arc::clone(&office), listener, cancel.clone()));
        Ok(Self {
            office,
            addr,
            cancel,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its faults.
    pub fn faults(&self) -> &Faults {
        &self.office.faults
    }

    /// What it has taken.
    pub fn ledger(&self) -> Vec<Mail> {
        self.office.ledger().clone()
    }
}

impl Drop for MailSim {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Office {
    fn ledger(&self) -> std::sync::MutexGuard<'_, Vec<Mail>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(office: Arc<Office>, listener: TcpListener, cancel: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = cancel.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (office, cancel) = (Arc::clone(&office), cancel.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                ended = session::converse(&office, stream) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a client of the mail server went away");
                    }
                }
            }
        });
    }
}

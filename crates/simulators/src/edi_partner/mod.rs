#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`EdiSim::start`] runs a partner in the background; [`run`] runs one until cancelled.

mod acks;
mod ask;
mod booking;
mod config;
mod consignment;
mod dispatch;
mod document;
mod edi;
mod edifact_said;
mod folders;
mod incoming;
mod ledger;
mod office;
mod outgoing;
mod paper;
mod receipt;
mod request;
mod story;
mod understand;
mod writing;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use config::{Config, Nature, Party, Quirks, Receipts, Syntax, UnknownNature, UnknownSyntax};
pub use ledger::{GotAck, Ledger, SentDocument, SentInterchange, Taken};
pub use paper::{
    Answer, AnswerLine, Asked, AskedLine, Cancelled, Credit, Decision, Notice, NoticeLine, Received,
};

use crate::faults::Faults;
use crate::portal::Request;
use folders::Folders;
use office::Office;

/// Works until cancelled.
pub async fn run(config: Config, cancel: CancellationToken) -> io::Result<()> {
    let folders = Folders::open(&config).await?;
    let poll = pause(&config);
    work(Arc::new(Office::new(config)), folders, poll, cancel).await;
    Ok(())
}

fn pause(config: &Config) -> Duration {
    Duration::from_millis(config.poll_ms.max(1))
}

async fn work(
    office: Arc<Office>,
    mut folders: Folders,
    poll: Duration,
    cancel: CancellationToken,
) {
    while !cancel.is_cancelled() {
        office.round(&mut folders).await;
        tokio::select! {
            () = tokio::time::sleep(poll) => {}
            () = cancel.cancelled() => {}
        }
    }
}

/// A running partner; ends when dropped.
pub struct EdiSim {
    office: Arc<Office>,
    cancel: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl EdiSim {
    /// Starts it; makes the folders that are missing.
    pub async fn start(config: Config) -> io::Result<Self> {
        let folders = Folders::open(&config).await?;
        let cancel = CancellationToken::new();
        let poll = pause(&config);
        let office = Arc::new(Office::new(config));
        let task = tokio::spawn(work(office.clone(), folders, poll, cancel.clone()));
        Ok(Self {
            office,
            cancel,
            task: Some(task),
        })
    }

    /// Asks for these returns, besides those of its configuration. Gives the numbers of the requests.
    pub fn ask(&self, requests: &[Request]) -> Vec<String> {
        let config = self.office.config();
        let all: Vec<Asked> = requests
            .iter()
            .filter_map(|request| ask::asked(request, config))
            .collect();
        let ids = all.iter().map(|asked| asked.id.clone()).collect();
        self.office.ask(all);
        ids
    }

    /// Its faults: `EDI send`, `EDI set`, `EDI envelope`, `EDI number`, `EDI ack`.
    pub fn faults(&self) -> &Faults {
        &self.office.faults
    }

    /// Everything that happened.
    pub fn ledger(&self) -> Ledger {
        self.office.ledger()
    }

    /// Whether there is nothing to send, to send again or to wait for: every interchange of its own was acknowledged,
    /// every story is played to its end. Answers and credits may be still to come.
    pub fn is_idle(&self) -> bool {
        self.office.is_idle()
    }

    /// Ends it.
    pub async fn shutdown(mut self) {
        self.cancel.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "a simulator ended badly");
        }
    }
}

impl Drop for EdiSim {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

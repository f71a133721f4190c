#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`FileSim::start`] runs it in the background; [`run`] runs it until cancelled.

mod config;
mod dialect;
mod dispatch;
mod folders;
mod jobs;
mod ledger;
mod mail;
mod numbering;
mod order;
mod plan;
mod play;
mod reception;
mod row;
mod state;
mod yard;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

pub use config::{Config, Dialect, UnknownDialect};
pub use ledger::{Answered, GotReply, Ledger, Outcome, SentFile};

pub use crate::wms::Story;

use crate::faults::Faults;
use yard::Yard;

/// Runs the warehouse until cancelled.
pub async fn run(config: Config, cancel: CancellationToken) -> io::Result<()> {
    work(Arc::new(Yard::open(config)?), cancel).await;
    Ok(())
}

async fn work(yard: Arc<Yard>, cancel: CancellationToken) {
    let pause = Duration::from_millis(yard.config.poll_ms.max(1));
    let mut clock = tokio::time::interval(pause);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = clock.tick() => {}
        }
        let yard = yard.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || yard.tick()).await {
            tracing::error!(%error, "a look into the folder failed");
        }
    }
}

/// A running warehouse; ends when dropped.
pub struct FileSim {
    yard: Arc<Yard>,
    cancel: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl FileSim {
    /// Starts it in the background of this process. Must be called within a tokio runtime.
    pub async fn start(config: Config) -> io::Result<Self> {
        let open = tokio::task::spawn_blocking(move || Yard::open(config));
        let yard = Arc::new(open.await.map_err(io::Error::other)??);
        let cancel = CancellationToken::new();
        let task = tokio::spawn(work(yard.clone(), cancel.clone()));
        Ok(Self {
            yard,
            cancel,
            task: Some(task),
        })
    }

    /// The folder that holds the others.
    pub fn root(&self) -> &Path {
        self.yard.folders.root()
    }

    /// Where it writes.
    pub fn inbox(&self) -> &Path {
        &self.yard.folders.inbox
    }

    /// Where it reads.
    pub fn outbox(&self) -> &Path {
        &self.yard.folders.outbox
    }

    /// Its faults, of writing (`FILE write`) and of answering (`FILE ack`).
    pub fn faults(&self) -> &Faults {
        &self.yard.faults
    }

    /// Plays the story of an announced return now (for when `autoplay` is off). False when there is nothing to play.
    pub fn play(&self, rma: &str) -> bool {
        self.yard.state().begin(&self.yard.config, rma)
    }

    /// Everything that happened.
    pub fn ledger(&self) -> Ledger {
        self.yard.ledger()
    }

    /// Whether every announced return was played to its end, every file written, and all mail read.
    pub fn is_idle(&self) -> bool {
        self.yard.is_idle()
    }

    /// Ends it.
    pub async fn shutdown(mut self) {
        self.cancel.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "a warehouse ended badly");
        }
    }
}

impl Drop for FileSim {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

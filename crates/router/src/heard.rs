//! When a source was last heard: a note in the store, written at the first word and then at most once a minute.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Clock, NoteName, Store};

/// Between two notes of one connector.
pub(crate) const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// What was not noted at once is noted after that time.
const LATER: Duration = Duration::from_mins(1);

/// The note of a connector; its text is a time.
pub(crate) fn note(connector: &str) -> NoteName {
    NoteName {
        owner: crate::suspect::OWNER.to_owned(),
        space: "heard".to_owned(),
        key: connector.to_owned(),
    }
}

/// Notes when one source was heard.
pub(crate) struct Ear {
    store: Arc<dyn Store>,
    connector: String,
    clock: Clock,
    /// When it was last tried to write.
    tried: Option<Timestamp>,
    /// Heard, and not noted.
    pending: Option<Timestamp>,
}

impl Ear {
    pub(crate) fn new(store: &Arc<dyn Store>, connector: &str, clock: &Clock) -> Self {
        Self {
            store: Arc::clone(store),
            connector: connector.to_owned(),
            clock: clock.clone(),
            tried: None,
            pending: None,
        }
    }

    /// Something was taken in just now.
    pub(crate) async fn heard(&mut self) {
        let now = self.clock.now();
        self.pending = Some(now);
        let is_early = |tried: Timestamp| now.duration_since(tried).abs() < EVERY;
        if !self.tried.is_some_and(is_early) {
            self.write().await;
        }
    }

    /// Waits until something is to be written that was not written at once; for ever, if nothing is. Cancel-safe.
    pub(crate) async fn is_due(&self) {
        match self.pending {
            Some(_) => tokio::time::sleep(LATER).await,
            None => std::future::pending().await,
        }
    }

    /// Writes what is pending. What fails stays pending: it keeps no message back.
    pub(crate) async fn write(&mut self) {
        let Some(heard) = self.pending else { return };
        self.tried = Some(self.clock.now());
        let written = self
            .store
            .put_note(note(&self.connector), heard.to_string())
            .await;
        match written {
            Ok(()) => self.pending = None,
            Err(error) => {
                tracing::warn!(%error, connector.name = %self.connector, "it is not noted yet that the source was heard");
            }
        }
    }
}

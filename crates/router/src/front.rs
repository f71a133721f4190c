//! The front door of those who ask for themselves: an event is written with the request that it answers, in one
//! transaction, and published afterwards like everything else.

use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use canonical::MessageKey;
use canonical::envelope::Envelope;
use store::{OutboxMessage, Store, StoreError, Unit, UnitOutcome};

use crate::metrics::metrics;
use crate::{unit, wire};

/// How long a caller waits for the broker. What is not confirmed by then is in the outbox, and recovery publishes it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The door.
#[derive(Clone)]
pub struct Front {
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
}

/// Why an event may enter, and how often.
#[derive(Debug, Clone)]
pub struct Ticket<'a> {
    /// Name of the request. An event enters once under it, for ever.
    pub request: MessageKey,
    /// What was asked, as JSON: the same name with another content is refused.
    pub payload: &'a str,
    /// The return that the caller has seen, and its version: it must still be at that version.
    pub seen: Option<(String, u64)>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is written.
    Now,
    /// It was, by an earlier request of that name and content.
    Before,
    /// Nothing was written: that name stands for another content.
    Otherwise,
    /// Nothing was written: the return has changed since the caller saw it.
    Changed,
}

impl Front {
    /// A door to that store and that broker.
    pub fn new(broker: Arc<dyn Broker>, store: Arc<dyn Store>) -> Self {
        Self { broker, store }
    }

    /// Lets an event in. When this returns, it is durable: it may be lost neither by a crash nor by a broker that is away.
    ///
    /// # Errors
    /// The store's. Nothing was written, or it is not known; asking again under the same name is safe.
    pub async fn enter(
        &self,
        envelope: &Envelope,
        ticket: Ticket<'_>,
    ) -> Result<Entered, StoreError> {
        let message =
            wire::event(envelope).map_err(|error| StoreError::Broken(error.to_string()))?;
        let wanted = unit::inbox_row(&ticket.request, ticket.payload);
        let unit = Unit {
            inbox: vec![wanted],
            read: ticket.seen,
            outbox: vec![message.clone()],
            ..Unit::default()
        };
        let commit = self.store.commit(vec![unit], Vec::new()).await?;
        match commit.outcomes.into_iter().next() {
            Some(UnitOutcome::Done) => {}
            Some(UnitOutcome::Seen(stored)) => {
                return Ok(if stored.contains(&wanted) {
                    Entered::Before
                } else {
                    Entered::Otherwise
                });
            }
            Some(UnitOutcome::Stale) => return Ok(Entered::Changed),
            other => return Err(StoreError::Broken(format!("not written: {other:?}"))),
        }
        self.publish(message, commit.batch).await;
        Ok(Entered::Now)
    }

    /// Publishes a message that was written to the outbox in that batch, alone, rather than leave it to recovery. It is durable
    /// before: whatever goes wrong here is no failure of what led to it, and recovery publishes it, or forgets it.
    pub async fn publish(&self, message: OutboxMessage, batch: i64) {
        let confirmed = self.confirmed(message);
        if tokio::time::timeout(PATIENCE, confirmed).await != Ok(true) {
            return;
        }
        if let Err(error) = self.store.commit(Vec::new(), vec![batch]).await {
            tracing::debug!(%error, "a published message stays in the outbox: recovery forgets it");
        }
    }

    async fn confirmed(&self, message: OutboxMessage) -> bool {
        let Ok(message) = wire::to_broker(message) else {
            return false;
        };
        match self.broker.publish(vec![message]).await.first() {
            Some(Ok(())) => {
                metrics().published.add(1, &[]);
                true
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "an event is not published yet: it waits in the outbox");
                false
            }
            None => false,
        }
    }
}

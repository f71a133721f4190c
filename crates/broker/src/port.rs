//! The port: what a broker must do, whichever it is.

use std::time::Duration;

use async_trait::async_trait;

use crate::message::{Delivery, Message, Tag, Verdict};
use crate::topology::Topology;

/// A broker that keeps what it confirmed.
///
/// # Behaviour
/// - Connections come back by themselves after a restart of the broker or a cut; nothing panics.
/// - No method waits for ever: each has its own deadline and says [`PublishError::Unknown`] or
///   [`BrokerError::Unreachable`] when it passes.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Declares exchanges, queues and bindings.
    ///
    /// # Errors
    /// [`BrokerError::Mismatch`] when a queue or exchange exists with other arguments: the text names the
    /// difference and the remedy.
    async fn declare(&self, topology: &Topology) -> Result<(), BrokerError>;

    /// Publishes all with confirms, pipelined. The answer is positional: one per message.
    /// `Ok` means stored by the broker in at least one queue (or, for an optional destination, taken).
    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>>;

    /// Starts to consume a queue. `prefetch` bounds what is delivered and not settled.
    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Box<dyn Consumer>, BrokerError>;

    /// Messages waiting in the queue (ready, not in flight), as far as known.
    async fn depth(&self, queue: &str) -> Result<u64, BrokerError>;

    /// True while publishing and consuming are possible (for readiness).
    fn healthy(&self) -> bool;

    /// For how long an alarm of the broker has kept publishers out; none while messages are taken, and of a broker that
    /// has no alarms. Consumers go on under an alarm: they are what ends it when the broker is full
    /// (<https://www.rabbitmq.com/docs/alarms>).
    fn blocked_for(&self) -> Option<Duration> {
        None
    }

    /// Name and version of the broker, for people.
    async fn describe(&self) -> Result<String, BrokerError>;

    /// Stops: waits for outstanding confirms, closes the connections. Idempotent.
    async fn close(&self);
}

/// A subscription to one queue.
#[async_trait]
pub trait Consumer: Send {
    /// Waits for at least one delivery, then takes whatever else waits, up to `max`, without lingering.
    /// Survives reconnects. `None` after [`Consumer::cancel`] once everything delivered was handed out,
    /// or when the broker was closed.
    ///
    /// Cancel-safe: dropping the future loses no delivery.
    async fn next_batch(&mut self, max: usize) -> Option<Vec<Delivery>>;

    /// Settles deliveries. Tags of an earlier session are ignored. Consecutive acks are sent as one.
    async fn settle(&mut self, verdicts: &[(Tag, Verdict)]) -> Result<(), BrokerError>;

    /// Asks the broker for no more. What was already delivered stays to be settled.
    async fn cancel(&mut self);
}

/// Why a publish failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Nobody is bound to that key: the topology or the configuration is wrong.
    #[error("no queue takes {0}: declare the topology or mend the route")]
    Unroutable(String),
    /// The broker refused it (queue full, alarm): not stored.
    #[error("the broker refused the message: {0}")]
    Refused(String),
    /// No answer in time, or the connection was lost: may be stored. Publish again with the same id.
    #[error("the broker did not confirm: {0}")]
    Unknown(String),
}

/// Why something else failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Cannot be reached now; it is tried again by the caller's next call.
    #[error("the broker cannot be reached: {0}")]
    Unreachable(String),
    /// Exists with other arguments.
    #[error("{0}")]
    Mismatch(String),
    /// Access refused, unknown virtual host, no such queue.
    #[error("{0}")]
    Refused(String),
}

//! What a connector may ask of the sidecar: a path on its HTTP listener, a queue on its broker, notes in its store.
//!
//! Connectors hold no listener and no AMQP client of their own: one process, one listener, one place that acks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::notes::Notes;

/// Something that came in and waits for its answer.
#[derive(Debug, Clone)]
pub struct InletDelivery {
    /// For [`Inlet::answer`].
    pub id: u64,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body as received, byte for byte.
    pub body: Bytes,
    /// When.
    pub received_at: Timestamp,
}

/// The answer to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Stored. HTTP 202; AMQP ack.
    Accepted,
    /// Understood to be wrong, and kept. HTTP with that status and a problem document; AMQP ack (it is in the exception
    /// store).
    Refused {
        /// HTTP status, 4xx.
        status: u16,
        /// Code of the failure.
        code: String,
        /// The sentence.
        detail: String,
        /// Place in the input, or empty.
        place: String,
    },
    /// Not now. HTTP 503 with `Retry-After`; AMQP back to the queue.
    Later(Duration),
}

/// A way in that the sidecar provides.
#[async_trait]
pub trait Inlet: Send {
    /// The next delivery; waits for it. `None`: no more. Cancel-safe.
    async fn next(&mut self) -> Result<Option<InletDelivery>, Failure>;

    /// Answers a delivery. A sender that has gone away meanwhile is not an error.
    async fn answer(&mut self, id: u64, answer: Answer) -> Result<(), Failure>;
}

/// What the sidecar provides.
pub trait Ports: Send + Sync {
    /// Requests by `POST` to that path of the sidecar's listener. A body above `max_bytes` is answered 413 and handed over
    /// cut to that length with the header `x-backhaul-truncated: true`.
    fn http(&self, path: &str, max_bytes: usize) -> Result<Box<dyn Inlet>, Failure>;

    /// Messages of that queue of the sidecar's broker.
    fn amqp(&self, queue: &str) -> Result<Box<dyn Inlet>, Failure>;

    /// Durable notes of that connector instance.
    fn notes(&self, instance: &str) -> Arc<dyn Notes>;
}

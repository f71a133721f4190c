//! What travels: messages out, deliveries in, and what a consumer says of each.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::topology::{PARKED, Rung};

/// Where a message is published to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A topic exchange with a routing key. Unroutable is a failure, unless `optional`.
    Topic {
        /// Name of the exchange.
        exchange: String,
        /// Routing key, dotted words.
        key: String,
        /// True for announcements that nobody has to listen to (status events).
        optional: bool,
    },
    /// Straight to one queue, through the default exchange.
    Queue(String),
    /// The wait ladder: after the rung's delay the message arrives in `queue`.
    Wait {
        /// How long to wait.
        rung: Rung,
        /// The queue it comes back to.
        queue: String,
    },
}

/// A message to publish. Always persistent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Message id, derived from business identity; a re-publish carries the same one.
    pub id: String,
    /// Where it goes.
    pub to: Destination,
    /// Media type of the body.
    pub content_type: String,
    /// Application headers (CloudEvents attributes, `traceparent`, attempt counters).
    pub headers: BTreeMap<String, String>,
    /// The body, untouched by the broker.
    pub body: Bytes,
}

/// Identifies a delivery within its consumer. Only good for settling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// Which session of the consumer delivered it; a tag of an earlier session (before a reconnect)
    /// settles nothing, since the broker has already queued that message again.
    pub session: u64,
    /// Number within the session, increasing.
    pub number: u64,
}

/// A message as consumed.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// For settling.
    pub tag: Tag,
    /// Message id as published ("" if the publisher gave none).
    pub id: String,
    /// Routing key it was published with (for a message back from the wait ladder: the queue's name).
    pub routing_key: String,
    /// Media type, if given.
    pub content_type: Option<String>,
    /// Application headers that are text; others are shown in their debug form.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
    /// True if the broker says that it was delivered before.
    pub redelivered: bool,
    /// True if the broker laid it into this dead-letter queue because it had been delivered too often. RabbitMQ counts every
    /// lost connection there, whoever's fault that was (quorum queues, `x-delivery-limit`).
    pub over_limit: bool,
}

/// What the consumer says of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done: everything that follows from it is durable.
    Ack,
    /// Tried and failed: back to the queue, and it counts towards the delivery limit.
    Failed,
    /// Not tried (we are stopping): back to the queue. Counts only on brokers older than 4.3.
    NotTried,
    /// To the queue's dead-letter queue. A dead-letter queue has none: there it is the same as `Failed`, since
    /// nothing may be dropped.
    DeadLetter,
}

impl Verdict {
    /// What it comes to in this queue.
    pub(crate) fn on(self, queue: &str) -> Self {
        match self {
            Self::DeadLetter if queue.ends_with(PARKED) => Self::Failed,
            other => other,
        }
    }
}

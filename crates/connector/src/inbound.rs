//! Raw bytes as they came, and what the source is told of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Header with the W3C trace context (<https://www.w3.org/TR/trace-context/>). A source passes it on in
/// [`Origin::headers`], so that a partner's trace goes on through Backhaul.
pub const TRACEPARENT: &str = "traceparent";

/// Where raw bytes came from. Kept with them, so that they can enter again by the front door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Connector instance.
    pub connector: String,
    /// Way in: "http", "amqp", "folder", "replay" …
    pub channel: String,
    /// The sender's name for it: webhook id, message id, file name. Empty if none.
    pub reference: String,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// Headers that the codec may need. Never credentials.
    pub headers: BTreeMap<String, String>,
    /// The source's own handle, for [`crate::Source::settle`]. Means nothing elsewhere.
    pub token: u64,
}

/// Raw bytes and their origin. Not decoded: decoding belongs to the router's failure boundary.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Where from.
    pub origin: Origin,
    /// The bytes, untouched.
    pub raw: Bytes,
    /// Set when the source itself refuses them (wrong signature, too large): they are kept and shown, not decoded.
    pub refused: Option<Failure>,
}

/// What became of an inbound.
#[derive(Debug, Clone)]
pub enum Settlement {
    /// Its events are durable: archive it, answer 2xx.
    Stored,
    /// It is in the exception store, with that reason, and durable there: answer that it was refused, do not send again.
    Parked(Failure),
    /// Nothing is durable: keep it, or let the sender send it again.
    NotNow,
}

//! Messages that are written with what leads to them, and published afterwards.

use bytes::Bytes;
use jiff::Timestamp;

/// A message to be published after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Message id.
    pub id: String,
    /// Destination, in the broker crate's words, JSON.
    pub destination: String,
    /// Media type.
    pub content_type: String,
    /// Headers, a JSON object of strings.
    pub headers: String,
    /// Body.
    pub body: Bytes,
}

/// A message of the outbox as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Commit that wrote it.
    pub batch: i64,
    /// Number within the commit.
    pub n: i64,
    /// When it was written.
    pub at: Timestamp,
    /// The message.
    pub message: OutboxMessage,
}

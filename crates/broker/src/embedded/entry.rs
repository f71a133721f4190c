//! A message in a queue, in memory and as the log keeps it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use store::queue_log::QueueEntry;

use crate::message::{Delivery, Message, Tag};

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) failed: u32,
    pub(super) redelivered: bool,
    message_id: String,
    routing_key: String,
    content_type: String,
    headers: BTreeMap<String, String>,
    body: Bytes,
}

impl Entry {
    pub(super) fn new(id: i64, routing_key: String, message: &Message) -> Self {
        Self {
            id,
            failed: 0,
            redelivered: false,
            message_id: message.id.clone(),
            routing_key,
            content_type: message.content_type.clone(),
            headers: message.headers.clone(),
            body: message.body.clone(),
        }
    }

    /// From the log. It may have been delivered before the restart; nobody knows.
    pub(super) fn restored(entry: QueueEntry) -> Self {
        Self {
            id: entry.id,
            failed: entry.failed,
            redelivered: true,
            message_id: entry.message_id,
            routing_key: entry.routing_key,
            content_type: entry.content_type,
            // We wrote it ourselves; headers that cannot be read are no reason to lose the body.
            headers: serde_json::from_str(&entry.headers).unwrap_or_default(),
            body: entry.body,
        }
    }

    pub(super) fn logged(&self, queue: &str, due_ms: Option<i64>) -> QueueEntry {
        QueueEntry {
            id: self.id,
            queue: queue.to_owned(),
            due_ms,
            failed: self.failed,
            message_id: self.message_id.clone(),
            routing_key: self.routing_key.clone(),
            content_type: self.content_type.clone(),
            headers: serde_json::to_string(&self.headers).unwrap_or_default(),
            body: self.body.clone(),
        }
    }

    pub(super) fn delivery(&self, tag: Tag) -> Delivery {
        Delivery {
            tag,
            id: self.message_id.clone(),
            routing_key: self.routing_key.clone(),
            content_type: Some(self.content_type.clone()),
            headers: self.headers.clone(),
            body: self.body.clone(),
            redelivered: self.redelivered,
            // Here failures alone are counted.
            over_limit: false,
        }
    }
}

/// Milliseconds since 1970: the wait ladder must go on after a restart, which no monotonic clock survives.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

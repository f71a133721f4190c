//! A consumer of an embedded queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::Inner;
use super::entry::Entry;
use crate::message::{Delivery, Tag, Verdict};
use crate::port::{BrokerError, Consumer};

/// The one session of a consumer: it has no connection to lose.
const SESSION: u64 = 1;

/// Takes from the queue when asked, at most `prefetch` not settled. Dropped, it gives back what it holds.
#[derive(Debug)]
pub(super) struct EmbeddedConsumer {
    inner: Arc<Inner>,
    queue: String,
    prefetch: usize,
    wake: Arc<Notify>,
    held: BTreeMap<u64, Entry>,
    last: u64,
    cancelled: bool,
}

impl EmbeddedConsumer {
    pub(super) fn new(inner: Arc<Inner>, queue: String, prefetch: u16, wake: Arc<Notify>) -> Self {
        // As in AMQP: 0 means no bound.
        let prefetch = if prefetch == 0 {
            usize::MAX
        } else {
            prefetch.into()
        };
        Self {
            inner,
            queue,
            prefetch,
            wake,
            held: BTreeMap::new(),
            last: 0,
            cancelled: false,
        }
    }

    fn take(&mut self, max: usize) -> Vec<Delivery> {
        let room = self.prefetch.saturating_sub(self.held.len());
        if room == 0 {
            return Vec::new();
        }
        let taken = self.inner.queues().take(&self.queue, max.max(1).min(room));
        let mut deliveries = Vec::with_capacity(taken.len());
        for entry in taken {
            self.last += 1;
            deliveries.push(entry.delivery(Tag {
                session: SESSION,
                number: self.last,
            }));
            self.held.insert(self.last, entry);
        }
        deliveries
    }
}

#[async_trait]
impl Consumer for EmbeddedConsumer {
    async fn next_batch(&mut self, max: usize) -> Option<Vec<Delivery>> {
        let wake = Arc::clone(&self.wake);
        loop {
            if self.cancelled || self.inner.stop.is_cancelled() {
                return None;
            }
            let batch = self.take(max);
            if !batch.is_empty() {
                return Some(batch);
            }
            // With no room for more, a wake-up would be taken away from another consumer.
            let room = self.held.len() < self.prefetch;
            tokio::select! {
                () = wake.notified(), if room => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
    }

    async fn settle(&mut self, verdicts: &[(Tag, Verdict)]) -> Result<(), BrokerError> {
        let mut writes = Vec::with_capacity(verdicts.len());
        let mut queues = self.inner.queues();
        // From the last to the first: each that comes again goes to the front of the queue.
        for (tag, verdict) in verdicts
            .iter()
            .rev()
            .filter(|(tag, _)| tag.session == SESSION)
        {
            if let Some(entry) = self.held.remove(&tag.number) {
                writes.extend(queues.settle(&self.queue, entry, *verdict));
            }
        }
        drop(queues);
        if writes.is_empty() {
            return Ok(());
        }
        let written = self.inner.log.write_soon(writes);
        written.map_err(|e| BrokerError::Unreachable(e.to_string()))
    }

    async fn cancel(&mut self) {
        self.cancelled = true;
    }
}

impl Drop for EmbeddedConsumer {
    fn drop(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.inner
            .queues()
            .give_back(&self.queue, held.into_values().collect());
    }
}

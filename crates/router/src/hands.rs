//! What this process has in its hands: deliveries and inputs that were taken and not finished yet.
//!
//! Counted where they pass: consumers and sources are wrapped, so that nobody who works on them has to count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use broker::{
    Broker, BrokerError, Consumer, Delivery, Message, PublishError, Tag, Topology, Verdict,
};
use connector::{Failure, Inbound, Origin, Settlement, Source};
use store::Clock;

use crate::pace::Pace;

/// The counts of one process.
#[derive(Debug, Default)]
pub(crate) struct Hands(Mutex<Held>);

/// A picture of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// By queue.
    pub(crate) queues: BTreeMap<String, Count>,
    /// By connector.
    pub(crate) inputs: BTreeMap<String, Inputs>,
}

/// Deliveries of a queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    /// Taken and not settled.
    pub(crate) open: u64,
    /// Settled for good.
    pub(crate) finished: u64,
    /// Given back to their queue.
    pub(crate) back: u64,
}

/// Inputs of a connector.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// Taken and not settled: their references, by token.
    pub(crate) open: BTreeMap<u64, String>,
    /// Files that the source had claimed and not finished when it ended.
    pub(crate) files: Vec<String>,
    /// Settled.
    pub(crate) finished: u64,
}

impl Hands {
    /// How it is now.
    pub(crate) fn now(&self) -> Held {
        self.held().clone()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A broker whose consumers are counted, and whose confirms are timed.
pub(crate) struct CountedBroker {
    broker: Arc<dyn Broker>,
    hands: Arc<Hands>,
    pace: Arc<Pace>,
    clock: Clock,
}

impl CountedBroker {
    pub(crate) fn new(
        broker: Arc<dyn Broker>,
        hands: &Arc<Hands>,
        pace: &Arc<Pace>,
        clock: Clock,
    ) -> Self {
        Self {
            broker,
            hands: Arc::clone(hands),
            pace: Arc::clone(pace),
            clock,
        }
    }
}

#[async_trait]
impl Broker for CountedBroker {
    async fn declare(&self, topology: &Topology) -> Result<(), BrokerError> {
        self.broker.declare(topology).await
    }

    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>> {
        let (began, was_blocked) = (self.clock.now(), self.broker.blocked_for().is_some());
        let answers = self.broker.publish(messages).await;
        // What an alarm held up says nothing of how long publishing takes without one.
        if !was_blocked && self.broker.blocked_for().is_none() {
            self.pace.took(began, self.clock.now());
        }
        answers
    }

    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Box<dyn Consumer>, BrokerError> {
        Ok(Box::new(CountedConsumer {
            consumer: self.broker.consume(queue, prefetch).await?,
            queue: queue.to_owned(),
            open: BTreeSet::new(),
            hands: Arc::clone(&self.hands),
        }))
    }

    async fn depth(&self, queue: &str) -> Result<u64, BrokerError> {
        self.broker.depth(queue).await
    }

    fn healthy(&self) -> bool {
        self.broker.healthy()
    }

    fn blocked_for(&self) -> Option<Duration> {
        self.broker.blocked_for()
    }

    async fn describe(&self) -> Result<String, BrokerError> {
        self.broker.describe().await
    }

    async fn close(&self) {
        self.broker.close().await;
    }
}

struct CountedConsumer {
    consumer: Box<dyn Consumer>,
    queue: String,
    open: BTreeSet<Tag>,
    hands: Arc<Hands>,
}

#[async_trait]
impl Consumer for CountedConsumer {
    async fn next_batch(&mut self, max: usize) -> Option<Vec<Delivery>> {
        let batch = self.consumer.next_batch(max).await?;
        let mut held = self.hands.held();
        let count = held.queues.entry(self.queue.clone()).or_default();
        for delivery in &batch {
            if self.open.insert(delivery.tag) {
                count.open += 1;
            }
        }
        Some(batch)
    }

    async fn settle(&mut self, verdicts: &[(Tag, Verdict)]) -> Result<(), BrokerError> {
        self.consumer.settle(verdicts).await?;
        let mut held = self.hands.held();
        let count = held.queues.entry(self.queue.clone()).or_default();
        for (tag, verdict) in verdicts {
            if !self.open.remove(tag) {
                continue;
            }
            count.open = count.open.saturating_sub(1);
            match verdict {
                Verdict::Ack | Verdict::DeadLetter => count.finished += 1,
                Verdict::Failed | Verdict::NotTried => count.back += 1,
            }
        }
        Ok(())
    }

    async fn cancel(&mut self) {
        self.consumer.cancel().await;
    }
}

/// A source that is counted.
pub(crate) struct CountedSource {
    source: Box<dyn Source>,
    connector: String,
    hands: Arc<Hands>,
}

impl CountedSource {
    pub(crate) fn new(source: Box<dyn Source>, connector: &str, hands: &Arc<Hands>) -> Self {
        Self {
            source,
            connector: connector.to_owned(),
            hands: Arc::clone(hands),
        }
    }

    fn change(&self, how: impl FnOnce(&mut Inputs)) {
        let mut held = self.hands.held();
        how(held.inputs.entry(self.connector.clone()).or_default());
    }
}

#[async_trait]
impl Source for CountedSource {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        let next = self.source.next().await?;
        if let Some(inbound) = &next {
            let (token, reference) = (inbound.origin.token, inbound.origin.reference.clone());
            self.change(|inputs| {
                inputs.open.insert(token, reference);
            });
        }
        Ok(next)
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        let finished = !matches!(how, Settlement::NotNow);
        self.source.settle(origin, how).await?;
        self.change(|inputs| {
            if inputs.open.remove(&origin.token).is_some() && finished {
                inputs.finished += 1;
            }
        });
        Ok(())
    }

    fn unfinished(&self) -> Vec<String> {
        self.source.unfinished()
    }
}

/// However it ends, told to or cut off, the source is asked what it had in its hands.
impl Drop for CountedSource {
    fn drop(&mut self) {
        let files = self.source.unfinished();
        self.change(|inputs| inputs.files = files);
    }
}

#[cfg(test)]
mod tests;

//! Dead letters of the broker: messages that failed too often, or that nobody can read, go to the exception store.
//!
//! What was merely delivered too often goes back first.
//!
//! A queue is no place to look at things: here they have a reason, their bytes and a way back to where they came from.

use std::sync::Arc;

use broker::{Broker, Delivery, Destination, Message, Verdict};
use canonical::ExceptionCode;
use jiff::Timestamp;
use store::{Clock, ExceptionRow, Store, Unit, UnitOutcome};
use tokio_util::sync::CancellationToken;

use crate::metrics::{label, metrics};
use crate::report::Report;
use crate::wire::EffectTicket;

/// Stage of their exceptions.
pub const STAGE: &str = "dead-letter";
/// Says how often a message was given back.
const GIVEN_BACK: &str = "backhaul-given-back";
/// A message that was delivered too often is given back so many times before it is kept.
const TIMES: u32 = 10;
/// Between two tries when the store does not answer.
const BREATH: std::time::Duration = std::time::Duration::from_millis(500);

/// Takes in the dead letters of one queue.
pub struct DeadLetters {
    /// The queue that they failed in.
    pub queue: String,
    /// The queue that they lie in.
    pub parked: String,
    /// Connector that the queue belongs to, or empty.
    pub connector: String,
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Clock of this process.
    pub clock: Clock,
}

impl DeadLetters {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the queue cannot be consumed at all.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut consumer = self
            .broker
            .consume(&self.parked, 16)
            .await
            .map_err(|e| e.to_string())?;
        loop {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                batch = consumer.next_batch(16) => batch,
            };
            let Some(batch) = batch else { return Ok(()) };
            for delivery in batch {
                let verdict = self.keep(&delivery).await;
                if let Err(error) = consumer.settle(&[(delivery.tag, verdict)]).await {
                    tracing::warn!(%error, "a dead letter could not be settled: it comes again");
                }
            }
        }
    }

    /// What was delivered too often may be well: each connection that was lost while it waited its turn counted against it. What
    /// kills a process is found before that, and put aside alone. So it goes on, up to so many times.
    async fn give_back(&self, delivery: &Delivery, times: u32) -> Verdict {
        let mut headers = delivery.headers.clone();
        headers.insert(GIVEN_BACK.to_owned(), times.to_string());
        let message = Message {
            id: delivery.id.clone(),
            to: Destination::Queue(self.queue.clone()),
            content_type: delivery.content_type.clone().unwrap_or_default(),
            headers,
            body: delivery.body.clone(),
        };
        match self.broker.publish(vec![message]).await.pop() {
            Some(Ok(())) => {
                tracing::info!(message.id = %delivery.id, queue = %self.queue, times, "a message that was delivered too often goes on");
                Verdict::Ack
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a message that was delivered too often cannot go on yet");
                tokio::time::sleep(BREATH).await;
                Verdict::NotTried
            }
            None => Verdict::NotTried,
        }
    }

    async fn keep(&self, delivery: &Delivery) -> Verdict {
        let given_back = delivery.headers.get(GIVEN_BACK);
        let given_back: u32 = given_back.and_then(|n| n.parse().ok()).unwrap_or(0);
        if delivery.over_limit && given_back < TIMES {
            return self.give_back(delivery, given_back + 1).await;
        }
        let unit = Unit {
            exceptions: vec![self.row(delivery)],
            ..Unit::default()
        };
        match self.store.commit(vec![unit], Vec::new()).await {
            Ok(commit) if commit.outcomes == [UnitOutcome::Done] => {
                metrics()
                    .exceptions
                    .add(1, &[label("code", ExceptionCode::PoisonMessage.word())]);
                Verdict::Ack
            }
            Ok(commit) => {
                tracing::error!(outcome = ?commit.outcomes, "a dead letter is not kept; it stays in its queue");
                tokio::time::sleep(BREATH).await;
                Verdict::NotTried
            }
            Err(error) => {
                tracing::warn!(%error, "a dead letter is not kept yet");
                tokio::time::sleep(BREATH).await;
                Verdict::NotTried
            }
        }
    }

    fn row(&self, delivery: &Delivery) -> ExceptionRow {
        let reason = format!(
            "the broker gave up on message {:?} of queue {}: it failed too often, killed whoever took it, or cannot be \
             read; look at it, mend the cause, then replay or discard it",
            delivery.id, self.queue
        );
        row(
            &self.queue,
            &self.connector,
            delivery,
            reason,
            self.clock.now(),
        )
    }
}

/// The exception of a message that is taken out of that queue for good, unless a person gives it back.
pub(crate) fn row(
    queue: &str,
    connector: &str,
    delivery: &Delivery,
    reason: String,
    now: Timestamp,
) -> ExceptionRow {
    let ticket: Option<EffectTicket> = serde_json::from_slice(&delivery.body).ok();
    let effect = ticket.map(|t| t.effect_key).unwrap_or_default();
    let origin = serde_json::json!({
        "channel": "queue", "queue": queue, "id": delivery.id, "headers": delivery.headers
    });
    Report::new(STAGE, ExceptionCode::PoisonMessage)
        .reason(reason)
        .owner(connector, "", "")
        .about("", &effect)
        .row(now, origin.to_string(), delivery.body.clone())
}

/// The queue that a dead letter failed in.
pub(crate) fn queue_of(row: &ExceptionRow) -> Option<String> {
    let origin: serde_json::Value = serde_json::from_str(&row.origin).ok()?;
    Some(origin.get("queue")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests;

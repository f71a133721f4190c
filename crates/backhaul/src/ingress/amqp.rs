//! A queue of the sidecar's broker as a way in.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use broker::{
    Broker, BrokerError, Consumer, Delivery, Destination, Message, Queue, Rung, Topology, Verdict,
};
use connector::{Answer, Failure, Inlet, InletDelivery};
use jiff::Timestamp;

/// Messages taken from the queue and not settled at the most.
const PREFETCH: u16 = 256;

/// A queue as a way in.
///
/// - A queue that exists is consumed as it is; one that does not is declared like the sidecar's own.
/// - After a start it asks for one message at a time while messages come that were delivered before: if one of them ends
///   the process again, the broker counts that for it alone, and not for its neighbours.
/// - A message that cannot be taken now waits on the ladder and comes back, so that nothing turns in circles.
pub(super) struct AmqpInlet {
    broker: Arc<dyn Broker>,
    queue: String,
    delivery_limit: u32,
    consumer: Option<Box<dyn Consumer>>,
    fetched: VecDeque<Delivery>,
    open: HashMap<u64, Delivery>,
    next: u64,
    /// Messages that may still come one at a time; none: all come at once.
    one_by_one: u16,
    /// The consumer takes one at a time and is to be exchanged for one that takes many.
    widen: bool,
}

impl AmqpInlet {
    /// Opens nothing yet: the broker need not be up when connectors are built.
    pub(super) fn new(broker: Arc<dyn Broker>, queue: &str, delivery_limit: u32) -> Self {
        Self {
            broker,
            queue: queue.to_owned(),
            delivery_limit,
            consumer: None,
            fetched: VecDeque::new(),
            open: HashMap::new(),
            next: 0,
            one_by_one: PREFETCH,
            widen: false,
        }
    }

    async fn consumer(&mut self) -> Result<Box<dyn Consumer>, BrokerError> {
        let prefetch = if self.one_by_one > 0 { 1 } else { PREFETCH };
        match self.broker.consume(&self.queue, prefetch).await {
            Err(BrokerError::Refused(why)) => {
                tracing::info!(queue = %self.queue, %why, "the queue is not there: it is declared");
                let queue = Queue {
                    name: self.queue.clone(),
                    delivery_limit: self.delivery_limit,
                    one_consumer: false,
                    bindings: Vec::new(),
                };
                let topology = Topology {
                    exchanges: Vec::new(),
                    queues: vec![queue],
                    rungs: Vec::new(),
                };
                self.broker.declare(&topology).await?;
                self.broker.consume(&self.queue, prefetch).await
            }
            other => other,
        }
    }

    /// Puts a message on the wait ladder. The original is acked only when that is confirmed.
    async fn later(&mut self, delivery: &Delivery, wait: Duration) -> Verdict {
        let message = Message {
            id: delivery.id.clone(),
            to: Destination::Wait {
                rung: Rung::at_least(wait),
                queue: self.queue.clone(),
            },
            content_type: delivery.content_type.clone().unwrap_or_default(),
            headers: delivery.headers.clone(),
            body: delivery.body.clone(),
        };
        match self.broker.publish(vec![message]).await.pop() {
            Some(Ok(())) => Verdict::Ack,
            Some(Err(_)) | None => Verdict::Failed,
        }
    }
}

#[async_trait]
impl Inlet for AmqpInlet {
    async fn next(&mut self) -> Result<Option<InletDelivery>, Failure> {
        if self.consumer.is_none() {
            let consumer = self
                .consumer()
                .await
                .map_err(|error| failure(&self.queue, &error))?;
            self.consumer = Some(consumer);
        }
        if self.fetched.is_empty() {
            let Some(consumer) = &mut self.consumer else {
                return Ok(None);
            };
            let Some(batch) = consumer.next_batch(usize::from(PREFETCH)).await else {
                return Ok(None);
            };
            self.fetched.extend(batch);
        }
        let Some(delivery) = self.fetched.pop_front() else {
            return Ok(None);
        };
        if self.one_by_one > 0 {
            self.one_by_one = if delivery.redelivered {
                self.one_by_one - 1
            } else {
                0
            };
            self.widen = self.one_by_one == 0;
        }
        self.next += 1;
        let mut headers = delivery.headers.clone();
        if !delivery.id.is_empty() {
            headers
                .entry("message-id".to_owned())
                .or_insert_with(|| delivery.id.clone());
        }
        let handed = InletDelivery {
            id: self.next,
            headers: headers
                .into_iter()
                .map(|(k, v)| (k.to_ascii_lowercase(), v))
                .collect(),
            body: delivery.body.clone(),
            received_at: Timestamp::now(),
        };
        self.open.insert(self.next, delivery);
        Ok(Some(handed))
    }

    async fn answer(&mut self, id: u64, answer: Answer) -> Result<(), Failure> {
        let Some(delivery) = self.open.remove(&id) else {
            return Ok(());
        };
        let verdict = match answer {
            Answer::Accepted | Answer::Refused { .. } => Verdict::Ack,
            Answer::Later(wait) => self.later(&delivery, wait).await,
        };
        let Some(consumer) = &mut self.consumer else {
            return Ok(());
        };
        if self.widen {
            // First, so that it is handed no other: that one would count as delivered.
            consumer.cancel().await;
        }
        let settled = consumer.settle(&[(delivery.tag, verdict)]).await;
        if self.widen {
            self.widen = false;
            self.consumer = None;
        }
        settled.map_err(|error| failure(&self.queue, &error))
    }
}

fn failure(queue: &str, error: &BrokerError) -> Failure {
    let message = format!("queue {queue}: {error}");
    match error {
        BrokerError::Unreachable(_) => Failure::unavailable("sidecar.broker-unreachable", message),
        BrokerError::Mismatch(_) | BrokerError::Refused(_) => {
            Failure::misconfigured("sidecar.queue", message)
        }
    }
}

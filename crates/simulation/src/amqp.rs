//! The broker's port for one process, with everything that may go wrong between the two.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use broker::{
    Broker, BrokerError, Consumer, Delivery, Destination, Message, PublishError, Tag, Topology,
    Verdict,
};
use tokio::time::Instant;

use crate::hop::{Fault, Hop};
use crate::process::Process;
use crate::queues::{Queued, Queues};
use crate::world::World;

/// The broker itself.
pub struct Amqp {
    world: Arc<World>,
    queues: Mutex<Queues>,
    /// What consumers hold, by process and consumer.
    held: Mutex<BTreeMap<(u64, u64), Held>>,
    gone_until: Mutex<Option<Instant>>,
    consumers: Mutex<u64>,
}

struct Held {
    queue: String,
    session: u64,
    unsettled: BTreeMap<u64, Queued>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Amqp {
    /// An empty one.
    pub fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            queues: Mutex::default(),
            held: Mutex::default(),
            gone_until: Mutex::default(),
            consumers: Mutex::default(),
        })
    }

    /// The queues.
    pub fn queues(&self) -> MutexGuard<'_, Queues> {
        locked(&self.queues)
    }

    /// Messages delivered and not settled.
    pub fn unsettled(&self) -> usize {
        locked(&self.held)
            .values()
            .map(|held| held.unsettled.len())
            .sum()
    }

    /// A process has died: what it held comes again.
    pub fn disconnect(&self, process: u64) {
        let mut held = locked(&self.held);
        let gone: Vec<(u64, u64)> = held
            .keys()
            .filter(|(p, _)| *p == process)
            .copied()
            .collect();
        for key in gone {
            if let Some(gone) = held.remove(&key) {
                let messages = gone.unsettled.into_values().collect();
                self.queues().give_back(&gone.queue, messages);
            }
        }
    }

    fn is_gone(&self) -> bool {
        locked(&self.gone_until).is_some_and(|until| until > Instant::now())
    }

    fn leave_for_a_while(&self) {
        let pause = Duration::from_millis(self.world.chance.pick(500..20_000));
        self.world.tell(format!("the broker is gone for {pause:?}"));
        *locked(&self.gone_until) = Some(Instant::now() + pause);
        let mut held = locked(&self.held);
        for held in held.values_mut() {
            let messages = std::mem::take(&mut held.unsettled).into_values().collect();
            held.session += 1;
            self.queues().give_back(&held.queue, messages);
        }
    }

    fn store(self: &Arc<Self>, message: Message, overtakes: bool) {
        if let Destination::Wait { rung, .. } = &message.to {
            let (amqp, delay) = (Arc::clone(self), rung.delay());
            self.queues().waiting += 1;
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let mut queues = amqp.queues();
                queues.waiting -= 1;
                queues.store(&message, overtakes);
            });
        } else {
            self.queues().store(&message, overtakes);
        }
    }
}

/// The broker as one process sees it.
pub struct Connection {
    /// The broker.
    pub amqp: Arc<Amqp>,
    /// The process.
    pub process: Arc<Process>,
}

#[async_trait]
impl Broker for Connection {
    async fn declare(&self, topology: &Topology) -> Result<(), BrokerError> {
        self.amqp.queues().declare(topology);
        Ok(())
    }

    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>> {
        let visit = self.process.enter(Hop::Publish).await;
        let chance = &self.process.world.chance;
        if chance.strikes(visit, Fault::BrokerGone) {
            self.amqp.leave_for_a_while();
        }
        let gone = self.amqp.is_gone();
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            let routable = self.amqp.queues().route(&message.to).is_some();
            answers.push(if gone {
                Err(PublishError::Unknown("the broker is gone".to_owned()))
            } else if !routable {
                Err(PublishError::Unroutable(format!("{:?}", message.to)))
            } else if chance.strikes(visit, Fault::PublishRefused) {
                Err(PublishError::Refused("an alarm".to_owned()))
            } else if chance.strikes(visit, Fault::PublishLost) {
                Err(PublishError::Unknown("lost on its way".to_owned()))
            } else {
                let lost = chance.strikes(visit, Fault::ConfirmLost);
                let overtakes = chance.strikes(visit, Fault::Overtaken);
                if chance.strikes(visit, Fault::DeliveredTwice) {
                    self.amqp.store(message.clone(), false);
                }
                self.process
                    .tell(format!("publishes {} {}", message.id, place(&message.to)));
                self.amqp.store(message, overtakes);
                if lost {
                    Err(PublishError::Unknown("the confirm was lost".to_owned()))
                } else {
                    Ok(())
                }
            });
        }
        self.process.leave(visit, Hop::Publish).await;
        answers
    }

    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Box<dyn Consumer>, BrokerError> {
        let number = {
            let mut consumers = locked(&self.amqp.consumers);
            *consumers += 1;
            *consumers
        };
        let held = Held {
            queue: queue.to_owned(),
            session: 1,
            unsettled: BTreeMap::new(),
        };
        let key = (self.process.number, number);
        locked(&self.amqp.held).insert(key, held);
        Ok(Box::new(Subscription {
            amqp: Arc::clone(&self.amqp),
            process: Arc::clone(&self.process),
            key,
            queue: queue.to_owned(),
            prefetch: usize::from(prefetch),
            last: 0,
            cancelled: false,
        }))
    }

    async fn depth(&self, queue: &str) -> Result<u64, BrokerError> {
        Ok(self.amqp.queues().depth_of(queue))
    }

    fn healthy(&self) -> bool {
        !self.amqp.is_gone()
    }

    async fn describe(&self) -> Result<String, BrokerError> {
        Ok("simulated".to_owned())
    }

    async fn close(&self) {}
}

fn place(to: &Destination) -> String {
    match to {
        Destination::Topic { exchange, key, .. } => format!("to {exchange} {key}"),
        Destination::Queue(queue) => format!("to {queue}"),
        Destination::Wait { rung, queue } => format!("to {queue} after {}", rung.name()),
    }
}

/// A consumer of one queue.
struct Subscription {
    amqp: Arc<Amqp>,
    process: Arc<Process>,
    key: (u64, u64),
    queue: String,
    prefetch: usize,
    last: u64,
    cancelled: bool,
}

impl Subscription {
    /// Takes what is there, at once or not at all: nothing is lost when the caller stops waiting.
    fn take(&mut self, max: usize) -> Vec<Delivery> {
        if !self.process.is_alive() || self.amqp.is_gone() {
            return Vec::new();
        }
        let mut all = locked(&self.amqp.held);
        let Some(held) = all.get_mut(&self.key) else {
            return Vec::new();
        };
        let room = self.prefetch.saturating_sub(held.unsettled.len());
        let taken = self.amqp.queues().take(&self.queue, max.min(room));
        let mut deliveries = Vec::with_capacity(taken.len());
        for queued in taken {
            self.last += 1;
            deliveries.push(delivery(&queued, &self.queue, held.session, self.last));
            held.unsettled.insert(self.last, queued);
        }
        deliveries
    }

    /// The connection breaks: what is not settled comes again, and tags given so far mean nothing any more.
    fn cut(&self) {
        self.process
            .tell(format!("loses its connection to {}", self.queue));
        if let Some(held) = locked(&self.amqp.held).get_mut(&self.key) {
            let messages = std::mem::take(&mut held.unsettled).into_values().collect();
            held.session += 1;
            self.amqp.queues().give_back(&self.queue, messages);
        }
    }

    /// Something was delivered: the connection may break, the process may die.
    fn befalls(&self) {
        let chance = &self.process.world.chance;
        let visit = chance.visit(Hop::Deliver);
        if chance.strikes(visit, Fault::ConnectionCut) {
            self.cut();
        }
        if chance.strikes(visit, Fault::CrashBefore) || chance.strikes(visit, Fault::CrashAfter) {
            self.process
                .tell(format!("dies when {} delivers", self.queue));
            self.process.kill();
        }
    }
}

#[async_trait]
impl Consumer for Subscription {
    async fn next_batch(&mut self, max: usize) -> Option<Vec<Delivery>> {
        loop {
            if self.cancelled {
                return None;
            }
            let wake = self.amqp.queues().wake(&self.queue)?;
            let notified = wake.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            let batch = self.take(max);
            if !batch.is_empty() {
                self.befalls();
                if self.process.is_alive() {
                    return Some(batch);
                }
            }
            // Also now and then: the broker may have come back.
            drop(tokio::time::timeout(Duration::from_secs(5), notified).await);
        }
    }

    async fn settle(&mut self, verdicts: &[(Tag, Verdict)]) -> Result<(), BrokerError> {
        let visit = self.process.enter(Hop::Ack).await;
        if self.amqp.is_gone() {
            return Err(BrokerError::Unreachable("the broker is gone".to_owned()));
        }
        if self
            .process
            .world
            .chance
            .strikes(visit, Fault::ConnectionCut)
        {
            self.cut();
            return Err(BrokerError::Unreachable("the connection broke".to_owned()));
        }
        {
            let mut all = locked(&self.amqp.held);
            if let Some(held) = all.get_mut(&self.key) {
                for (tag, verdict) in verdicts
                    .iter()
                    .filter(|(tag, _)| tag.session == held.session)
                {
                    if let Some(queued) = held.unsettled.remove(&tag.number) {
                        let refused = self
                            .process
                            .world
                            .chance
                            .strikes(visit, Fault::DeadLetterRefused);
                        if *verdict != Verdict::Ack {
                            self.process.tell(format!(
                                "{verdict:?} {} of {}",
                                queued.message.id, self.queue
                            ));
                        }
                        self.amqp
                            .queues()
                            .settle(&self.queue, queued, *verdict, refused);
                    }
                }
            }
        }
        // Room for more.
        if let Some(wake) = self.amqp.queues().wake(&self.queue) {
            wake.notify_waiters();
        }
        self.process.leave(visit, Hop::Ack).await;
        Ok(())
    }

    async fn cancel(&mut self) {
        self.cancelled = true;
    }
}

fn delivery(queued: &Queued, queue: &str, session: u64, number: u64) -> Delivery {
    let routing_key = match &queued.message.to {
        Destination::Topic { key, .. } => key.clone(),
        Destination::Queue(_) | Destination::Wait { .. } => queue.to_owned(),
    };
    Delivery {
        tag: Tag { session, number },
        id: queued.message.id.clone(),
        routing_key,
        content_type: Some(queued.message.content_type.clone()),
        headers: queued.message.headers.clone(),
        body: queued.message.body.clone(),
        redelivered: queued.redelivered,
        // Failures alone are counted.
        over_limit: false,
    }
}

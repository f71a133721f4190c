//! The router's loop: four stages joined by short channels, so that a batch is decided while the next is read and the one
//! before is published.
//!
//! consumer → read → decide and commit (one batch at a time, whatever waits, no lingering) → publish with confirm → ack.
//! Nothing is published before it is committed. Nothing is acked before what follows from it is confirmed, with one
//! exception: while a lasting alarm of the broker keeps publishers out, what follows is left in the outbox and the
//! deliveries are acked, because a broker that is full gets empty by acks alone.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::topology::EVENTS_QUEUE;
use broker::{Broker, Delivery, PublishError, Tag, Verdict};
use jiff::SignedDuration;
use store::{Clock, OutboxMessage, Store, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use workflow::PolicySet;

use crate::batch::{self, Done, Opened, Rules};
use crate::cache::Cache;
use crate::metrics::metrics;
use crate::routes::Routes;
use crate::watch::Watch;
use crate::wire;

mod first;

/// Events in one batch at the most.
const BATCH: usize = 256;
/// Events delivered and not settled at the most.
const PREFETCH: u16 = 2048;
/// Parsed returns kept in memory, in each of two generations.
const CACHED: usize = 2048;
/// Between two tries when the store or the broker does not answer.
const BREATH: Duration = Duration::from_millis(500);

/// How long an alarm of the broker may keep publishers out until what is to be published is left in the outbox.
const ALARM_LASTS: Duration = Duration::from_secs(15);

/// What the engine works with.
pub struct Engine {
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Policies in force; exchanged as a whole on reload.
    pub policies: Arc<RwLock<Arc<PolicySet>>>,
    /// Routes of effects.
    pub routes: Arc<Routes>,
    /// How long an event waits for a return that is not known.
    pub park_for: SignedDuration,
    /// How long an effect may be under way before a person is told.
    pub effect_sla: SignedDuration,
    /// Clock of this process.
    pub clock: Clock,
    /// What is being computed.
    pub watch: Arc<Watch>,
}

impl Engine {
    /// Runs until told to stop, then finishes what was begun.
    ///
    /// # Errors
    /// When the queue cannot be consumed at all (wrong credentials, no such queue), or the store is broken.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut cache = Cache::new(CACHED);
        let forget = first::suspects(&self, &mut cache, &stop).await?;
        let mut consumer = self
            .broker
            .consume(EVENTS_QUEUE, PREFETCH)
            .await
            .map_err(|e| e.to_string())?;
        let (batches, inbox) = mpsc::channel::<Vec<Delivery>>(1);
        let (decided, to_publish) = mpsc::channel::<Done>(2);
        let (settled, mut verdicts) = mpsc::unbounded_channel::<Vec<(Tag, Verdict)>>();
        let (confirmed, published) = mpsc::unbounded_channel::<Vec<i64>>();
        let broker = Arc::clone(&self.broker);
        let (read, to_decide) = mpsc::channel::<Read>(1);
        // Stages that end with this future, if it is dropped.
        let reader = AbortOnDropHandle::new(tokio::spawn(read_ahead(
            inbox,
            read,
            Arc::clone(&self.watch),
        )));
        let deciding = decide(self, cache, forget, to_decide, decided, published);
        let decider = AbortOnDropHandle::new(tokio::spawn(deciding));
        let publishing = publish_decided(broker, to_publish, settled, confirmed);
        let publisher = AbortOnDropHandle::new(tokio::spawn(publishing));

        let mut batches = Some(batches);
        let mut waiting: Option<Vec<Delivery>> = None;
        let mut asked_to_stop = false;
        loop {
            tokio::select! {
                biased;
                said = verdicts.recv() => match said {
                    Some(said) => if let Err(error) = consumer.settle(&said).await {
                        tracing::warn!(%error, "deliveries could not be settled: they will come again");
                    },
                    None => break,
                },
                () = stop.cancelled(), if !asked_to_stop => {
                    asked_to_stop = true;
                    consumer.cancel().await;
                }
                permit = reserve(batches.clone()), if waiting.is_some() => match (permit, waiting.take()) {
                    (Some(permit), Some(batch)) => drop(permit.send(batch)),
                    (None, _) | (_, None) => batches = None,
                },
                batch = consumer.next_batch(BATCH), if waiting.is_none() && batches.is_some() => match batch {
                    Some(batch) => waiting = Some(batch),
                    None => batches = None,
                },
            }
        }
        reader.await.map_err(|e| e.to_string())?;
        let decided = decider.await.map_err(|e| e.to_string())?;
        publisher.await.map_err(|e| e.to_string())?;
        decided.map_err(|e| e.to_string())
    }
}

async fn reserve(
    batches: Option<mpsc::Sender<Vec<Delivery>>>,
) -> Option<mpsc::OwnedPermit<Vec<Delivery>>> {
    batches?.reserve_owned().await.ok()
}

/// A batch as delivered, and as read.
struct Read {
    deliveries: Vec<Delivery>,
    opened: Vec<Opened>,
}

/// Second stage: reads envelopes while the batch before is decided and committed.
async fn read_ahead(
    mut inbox: mpsc::Receiver<Vec<Delivery>>,
    read: mpsc::Sender<Read>,
    watch: Arc<Watch>,
) {
    while let Some(deliveries) = inbox.recv().await {
        let opened = batch::read_all(&deliveries, &watch);
        if read.send(Read { deliveries, opened }).await.is_err() {
            return;
        }
    }
}

/// Third stage: decides and commits. Nothing is acked while the store cannot be reached.
async fn decide(
    engine: Engine,
    mut cache: Cache,
    mut forget: Vec<i64>,
    mut inbox: mpsc::Receiver<Read>,
    decided: mpsc::Sender<Done>,
    mut published: mpsc::UnboundedReceiver<Vec<i64>>,
) -> Result<(), StoreError> {
    while let Some(Read { deliveries, opened }) = inbox.recv().await {
        while let Ok(batches) = published.try_recv() {
            forget.extend(batches);
        }
        let done = answered(&engine, &mut cache, &deliveries, opened, &forget).await?;
        forget.clear();
        if decided.send(done).await.is_err() {
            break;
        }
    }
    // The publisher ends after the last batch: what it has published then is forgotten here, as no commit follows.
    drop(decided);
    while let Some(batches) = published.recv().await {
        forget.extend(batches);
    }
    if !forget.is_empty()
        && let Err(error) = engine.store.commit(Vec::new(), forget).await
    {
        tracing::debug!(%error, "published messages stay in the outbox: recovery forgets them");
    }
    Ok(())
}

/// Decides and commits a batch. Tries on while the store cannot be reached.
async fn answered(
    engine: &Engine,
    cache: &mut Cache,
    deliveries: &[Delivery],
    opened: Vec<Opened>,
    forget: &[i64],
) -> Result<Done, StoreError> {
    let mut opened = Some(opened);
    loop {
        let policies = policies(&engine.policies);
        let rules = Rules {
            policies: &policies,
            routes: &engine.routes,
            park_for: engine.park_for,
            effect_sla: engine.effect_sla,
            clock: &engine.clock,
            watch: &engine.watch,
        };
        let store = engine.store.as_ref();
        let batch = opened
            .take()
            .unwrap_or_else(|| batch::read_all(deliveries, &engine.watch));
        match batch::work(store, cache, &rules, batch, forget.to_vec()).await {
            Ok(done) => return Ok(done),
            Err(StoreError::Unavailable(reason)) => {
                tracing::warn!(%reason, "the store does not answer; trying again");
                *cache = Cache::new(CACHED);
                tokio::time::sleep(BREATH).await;
            }
            Err(broken @ StoreError::Broken(_)) => return Err(broken),
        }
    }
}

/// The policies in force now.
pub(crate) fn policies(shared: &RwLock<Arc<PolicySet>>) -> Arc<PolicySet> {
    match shared.read() {
        Ok(current) => Arc::clone(&current),
        Err(poisoned) => Arc::clone(&poisoned.into_inner()),
    }
}

/// Last stage: publishes with confirm, then lets the deliveries be acked.
async fn publish_decided(
    broker: Arc<dyn Broker>,
    mut decided: mpsc::Receiver<Done>,
    settled: mpsc::UnboundedSender<Vec<(Tag, Verdict)>>,
    confirmed: mpsc::UnboundedSender<Vec<i64>>,
) {
    while let Some(done) = decided.recv().await {
        let left = publish(broker.as_ref(), done.outbox, UnderAlarm::Leave).await;
        // What is not published stays in the outbox: recovery publishes it, once its queue is there or the alarm is over.
        if left.is_empty() && !done.batches.is_empty() && confirmed.send(done.batches).is_err() {
            tracing::debug!("the deciding stage has ended; its outbox rows are left to recovery");
        }
        if settled.send(done.verdicts).is_err() {
            return;
        }
    }
}

/// What becomes of messages while an alarm of the broker keeps publishers out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnderAlarm {
    /// They wait for its end.
    Wait,
    /// They are left to the outbox if it lasts: for messages that are committed there, and whose senders hold deliveries.
    Leave,
}

/// Publishes until everything is confirmed; what is refused or not confirmed is published again with the same id.
/// Gives back the positions of those that nobody takes.
pub(crate) async fn publish_all(broker: &dyn Broker, outbox: Vec<OutboxMessage>) -> Vec<usize> {
    publish(broker, outbox, UnderAlarm::Wait).await
}

/// The same. Gives back the positions of those that nobody takes, and of those that are left under an alarm.
pub(crate) async fn publish(
    broker: &dyn Broker,
    outbox: Vec<OutboxMessage>,
    under_alarm: UnderAlarm,
) -> Vec<usize> {
    let mut stuck = Vec::new();
    let mut messages = Vec::with_capacity(outbox.len());
    for (at, stored) in outbox.into_iter().enumerate() {
        match wire::to_broker(stored) {
            Ok(message) => messages.push((at, message)),
            Err(error) => {
                tracing::error!(%error, "an outbox message cannot be read; it stays in the outbox");
                stuck.push(at);
            }
        }
    }
    while !messages.is_empty() {
        if under_alarm == UnderAlarm::Leave
            && broker
                .blocked_for()
                .is_some_and(|so_far| so_far >= ALARM_LASTS)
        {
            tracing::info!(
                messages = messages.len(),
                "the broker keeps publishers out: left in the outbox until its alarm is over"
            );
            stuck.extend(messages.into_iter().map(|(at, _)| at));
            break;
        }
        let burst = messages
            .iter()
            .map(|(_, message)| message.clone())
            .collect();
        let answers = broker.publish(burst).await;
        let mut again = Vec::new();
        let mut confirmed = 0;
        for ((at, message), answer) in messages.into_iter().zip(answers) {
            match answer {
                Ok(()) => confirmed += 1,
                Err(PublishError::Unroutable(route)) => {
                    tracing::error!(%route, "nobody takes a message; it stays in the outbox");
                    stuck.push(at);
                }
                Err(PublishError::Refused(reason) | PublishError::Unknown(reason)) => {
                    tracing::warn!(%reason, message.key = %message.id, "not confirmed; publishing again");
                    again.push((at, message));
                }
            }
        }
        metrics().published.add(confirmed, &[]);
        messages = again;
        if !messages.is_empty() {
            tokio::time::sleep(BREATH).await;
        }
    }
    stuck
}

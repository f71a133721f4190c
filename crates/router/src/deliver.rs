//! Delivery of one connector's effects: lease, send or look up, record what is known, publish what follows, ack.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use broker::topology::effect_queue;
use broker::{Broker, Delivery, Tag, Verdict};
use canonical::{Command, EffectKey};
use connector::{Codec, Failure, Found, Outbound, Sink};
use jiff::Timestamp;
use store::{Clock, EffectRow, Lease, LeaseRequest, OutboxMessage, Store, StoreError};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::alone::Alone;
use crate::breaker::{Breakers, Gate};
use crate::engine::{self, UnderAlarm};
use crate::metrics::{label, metrics};
use crate::outcome::{self, Next};
use crate::reading::Reading;
use crate::retry::RetryPolicy;
use crate::settle::outcome_of;
use crate::trace;
use crate::wire::EffectTicket;

/// The way out of one connector instance.
pub struct Delivering {
    /// Name of the instance.
    pub connector: String,
    /// Name of this process and worker, for leases.
    pub owner: String,
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Codec.
    pub codec: Arc<dyn Codec>,
    /// Sink.
    pub sink: Arc<dyn Sink>,
    /// Patience.
    pub policy: RetryPolicy,
    /// Effects worked on at the same time.
    pub max_in_flight: usize,
    /// Longest time that a send or a look-up may take.
    pub deadline: Duration,
    /// Clock of this process.
    pub clock: Clock,
    /// Told how far the queue is read.
    pub(crate) reading: Arc<Reading>,
}

/// State shared by the effects being worked on.
struct Worker {
    way: Delivering,
    /// Which kinds of effects the target seems unable to take.
    breakers: std::sync::Mutex<Breakers>,
    /// Told when a counted effect is done with.
    freed: Notify,
    kept: std::sync::Mutex<Kept>,
    paused_until: std::sync::Mutex<Option<tokio::time::Instant>>,
    fitted: std::sync::Mutex<cap::Fitted>,
    /// Why the store cannot be used any more.
    broken: OnceLock<String>,
    ended: CancellationToken,
    alone: Alone,
}

impl Delivering {
    /// Runs until told to stop, then finishes what was begun.
    ///
    /// # Errors
    /// When the queue cannot be consumed at all.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let queue = effect_queue(&self.connector);
        let prefetch = u16::try_from(self.max_in_flight.saturating_mul(2)).unwrap_or(u16::MAX);
        let mut consumer = self
            .broker
            .consume(&queue, prefetch)
            .await
            .map_err(|e| e.to_string())?;
        let slots = Arc::new(Semaphore::new(self.max_in_flight));
        let worker = Arc::new(Worker::new(self));
        let (settled, mut verdicts) = mpsc::unbounded_channel::<(Tag, Verdict)>();
        let mut tasks = JoinSet::new();
        let mut more = true;
        let mut asked_to_stop = false;
        while more || !tasks.is_empty() {
            tokio::select! {
                biased;
                Some(first) = verdicts.recv() => {
                    let mut said = vec![first];
                    while let Ok(next) = verdicts.try_recv() {
                        said.push(next);
                    }
                    if let Err(error) = consumer.settle(&said).await {
                        tracing::warn!(%error, "deliveries could not be settled: they will come again");
                    }
                }
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                () = worker.ended.cancelled() => {
                    let reason = worker.broken.get().cloned().unwrap_or_default();
                    return Err(format!("the store is broken: {reason}"));
                }
                () = stop.cancelled(), if !asked_to_stop => {
                    asked_to_stop = true;
                    consumer.cancel().await;
                }
                batch = consumer.next_batch(worker.way.max_in_flight), if more => match batch {
                    None => more = false,
                    Some(batch) => for delivery in batch {
                        let (worker, slots) = (Arc::clone(&worker), Arc::clone(&slots));
                        let (settled, stop) = (settled.clone(), stop.clone());
                        tasks.spawn(async move {
                            let tag = delivery.tag;
                            let verdict = worker.turn(delivery, &slots, &stop).await;
                            if settled.send((tag, verdict)).is_err() {
                                tracing::debug!("the loop has ended; the delivery comes again");
                            }
                        });
                    },
                },
            }
        }
        let mut rest = Vec::new();
        while let Ok(next) = verdicts.try_recv() {
            rest.push(next);
        }
        consumer.settle(&rest).await.map_err(|e| e.to_string())
    }
}

impl Worker {
    fn new(way: Delivering) -> Self {
        Self {
            alone: Alone::new(&way.store, &way.connector, &way.clock),
            breakers: std::sync::Mutex::new(Breakers::new(way.max_in_flight)),
            way,
            freed: Notify::new(),
            kept: std::sync::Mutex::default(),
            fitted: std::sync::Mutex::default(),
            paused_until: std::sync::Mutex::new(None),
            broken: OnceLock::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Waits for its turn, works on the effect, and says what to tell the broker.
    async fn turn(
        &self,
        delivery: Delivery,
        slots: &Semaphore,
        stop: &CancellationToken,
    ) -> Verdict {
        let Ok(ticket) = serde_json::from_slice::<EffectTicket>(&delivery.body) else {
            tracing::error!(message.key = %delivery.id, "not an effect's ticket; dead-lettered");
            return Verdict::DeadLetter;
        };
        if let Some(since) = ticket.since {
            self.way.reading.has_read(&self.way.connector, since);
        }
        let key = &ticket.effect_key;
        let Some((_slot, kind, gate)) = self.admit(key, slots, stop).await else {
            return Verdict::NotTried;
        };
        if let Gate::Later(wait) = gate {
            return self.keep_back(key, wait).await;
        }
        let attributes = [label("connector", self.way.connector.clone())];
        metrics().in_flight.add(1, &attributes);
        let trial = gate == Gate::Counted { trial: true };
        let verdict = self.work(key, trial).await;
        if matches!(gate, Gate::Counted { .. }) {
            self.leave(&kind);
        }
        metrics().in_flight.add(-1, &attributes);
        verdict
    }

    async fn work(&self, effect_key: &str, trial: bool) -> Verdict {
        let now = self.way.clock.now();
        let lease_for = self.way.deadline.saturating_mul(2) + Duration::from_secs(10);
        let request = LeaseRequest {
            effect_key: effect_key.to_owned(),
            owner: self.way.owner.clone(),
            now,
            until: now.saturating_add(lease_for).unwrap_or(Timestamp::MAX),
        };
        let lease = match self.way.store.lease(vec![request]).await {
            Ok(mut leases) => leases.pop().unwrap_or(Lease::Missing),
            Err(error) => {
                tracing::warn!(%error, effect.key = effect_key, "no lease; the effect goes back to its queue");
                self.give_up_if_broken(&error);
                return Verdict::NotTried;
            }
        };
        let lasts = |row: &EffectRow| {
            row.lease_until
                .is_none_or(|until| self.way.clock.now() < until)
        };
        match lease {
            // A process that stood still since it got the lease: somebody else may be sending now.
            Lease::Send(row) if !lasts(&row) => Verdict::NotTried,
            Lease::Send(row) => self.act(*row, true, trial).await,
            Lease::Verify(row) => self.act(*row, false, trial).await,
            // Another message comes for these, or recovery finds them.
            Lease::Held(_) | Lease::Early(_) | Lease::Settled(_) => Verdict::Ack,
            Lease::Missing => {
                tracing::error!(
                    effect.key = effect_key,
                    "no such effect in the store; dead-lettered"
                );
                Verdict::DeadLetter
            }
        }
    }

    async fn act(&self, row: EffectRow, send: bool, trial: bool) -> Verdict {
        let name = if send { "send" } else { "find" };
        let span = if trace::on() {
            let span = tracing::info_span!(
                "deliver",
                what = name,
                connector.name = %self.way.connector,
                effect.key = %row.effect_key,
                effect.kind = %row.kind,
                rma.id = %row.return_id,
                correlation.id = %row.correlation_id,
            );
            trace::adopt(&span, &row.traceparent);
            span
        } else {
            tracing::Span::none()
        };
        let attempt = self.attempt(&row, send, trial).instrument(span.clone());
        let Some(next) = self.alone.attempt(&row, attempt).await else {
            // Recovery finds it when the lease has run out.
            return Verdict::Ack;
        };
        self.note(&row, &next, name);
        self.learn(&row, &next);
        let next = if trial { spared(&row, next) } else { next };
        self.record(row, next, trace::of(&span, "")).await
    }

    /// Asks the target, within the deadline.
    async fn attempt(&self, row: &EffectRow, send: bool, trial: bool) -> Next {
        let way = &self.way;
        let patient = trial.then(|| patient(&way.policy));
        let policy = patient.as_ref().unwrap_or(&way.policy);
        let encoded = serde_json::from_str::<Command>(&row.command)
            .map_err(|e| {
                Failure::rejected(
                    "router.bad-command",
                    format!("the stored command cannot be read: {e}"),
                )
            })
            .and_then(|command| Ok((way.codec.encode(&command)?, command)));
        let (body, command) = match encoded {
            Ok(encoded) => encoded,
            Err(failure) if send => {
                let lacks = failure.lacks.clone();
                let next = outcome::after_send(row, Err(failure), policy);
                return Next { lacks, ..next };
            }
            // It was sent before: that it cannot be encoded any more says nothing about what became of it.
            Err(failure) => return self.looked(row, Err(failure)).await,
        };
        let key = EffectKey(row.effect_key.clone());
        let outbound = Outbound {
            key: &key,
            command: &command,
            body: &body,
        };
        if send {
            if let Err(failure) = self.fits(row, &command).await {
                return outcome::after_send(row, Err(failure), policy);
            }
            let answer = tokio::time::timeout(way.deadline, way.sink.send(outbound)).await;
            let answer = answer.unwrap_or_else(|_| Err(too_slow()));
            outcome::after_send(row, answer, policy)
        } else {
            let answer = tokio::time::timeout(way.deadline, way.sink.find(outbound)).await;
            let answer = answer.unwrap_or_else(|_| Err(too_slow()));
            self.looked(row, answer).await
        }
    }

    /// What a look-up means.
    async fn looked(&self, row: &EffectRow, answer: Result<Found, Failure>) -> Next {
        let way = &self.way;
        let doubts = self.doubts(row).await;
        let guard = way.sink.guard();
        outcome::after_find(row, answer, guard, &way.policy, doubts, way.clock.now())
    }

    /// A store that is broken cannot be waited for: the worker ends, and the process with it.
    fn give_up_if_broken(&self, error: &StoreError) {
        if let StoreError::Broken(reason) = error {
            // Only the first reason counts.
            drop(self.broken.set(reason.clone()));
            self.ended.cancel();
        }
    }

    /// Sends since the effect was planned, or given back by a person, whose outcome never became known.
    async fn doubts(&self, row: &EffectRow) -> u32 {
        let Ok(history) = self.way.store.attempts(&row.effect_key).await else {
            // Not known how many: as if all were in doubt, which at worst calls a person.
            return row.attempts;
        };
        outcome::doubts(&history, row.attempts)
    }

    /// Counts and logs the attempt; rests the connector if it is misconfigured.
    fn note(&self, row: &EffectRow, next: &Next, what: &'static str) {
        metrics().attempts.add(
            1,
            &[
                label("connector", self.way.connector.clone()),
                label("kind", row.kind.clone()),
                label("what", what),
                label("class", next.class),
            ],
        );
        if !next.failure_code.is_empty() {
            tracing::warn!(
                connector.name = %self.way.connector, effect.key = %row.effect_key, effect.kind = %row.kind,
                rma.id = %row.return_id, correlation.id = %row.correlation_id, attempt = row.attempts,
                failure.code = %next.failure_code, class = next.class, "{}", next.failure_text
            );
        }
        if next.pause {
            let until = tokio::time::Instant::now() + self.way.policy.pause;
            *locked(&self.paused_until) = Some(until);
        }
    }

    fn pause(&self) -> Option<tokio::time::Instant> {
        let paused = *locked(&self.paused_until);
        paused.filter(|until| *until > tokio::time::Instant::now())
    }

    /// Writes down what is known, publishes what follows.
    async fn record(&self, row: EffectRow, next: Next, traceparent: String) -> Verdict {
        let now = self.way.clock.now();
        let outcome = match outcome_of(&self.way.connector, &row, next, &traceparent, now) {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(%error, effect.key = %row.effect_key, "an outcome cannot be written down");
                return Verdict::Failed;
            }
        };
        let outbox = outcome.outbox.clone();
        loop {
            match self
                .way
                .store
                .settle(vec![outcome.clone()], Vec::new())
                .await
            {
                Ok((batch, written)) => {
                    if written.first() == Some(&true) {
                        self.publish(batch, outbox).await;
                    } else {
                        tracing::warn!(effect.key = %row.effect_key, "the lease was lost; its new holder looks it up");
                    }
                    return Verdict::Ack;
                }
                Err(error) => {
                    tracing::warn!(%error, effect.key = %row.effect_key, "an outcome is not stored yet");
                    if self.way.clock.now() > row.lease_until.unwrap_or(now) {
                        // The lease has run out: whoever comes next looks it up.
                        return Verdict::Failed;
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    async fn publish(&self, batch: i64, outbox: Vec<OutboxMessage>) {
        if outbox.is_empty() {
            return;
        }
        let left = engine::publish(self.way.broker.as_ref(), outbox, UnderAlarm::Leave).await;
        if !left.is_empty() {
            return;
        }
        if let Err(error) = self.way.store.settle(Vec::new(), vec![batch]).await {
            tracing::debug!(%error, "published messages stay in the outbox: recovery forgets them");
        }
    }
}

fn too_slow() -> Failure {
    Failure::in_doubt(
        "router.deadline",
        "the target did not answer within the connector's deadline",
    )
}

mod cap;
mod outage;

use outage::{Kept, locked, patient, spared};

#[cfg(test)]
mod tests;

//! Status events told to a webhook: every milestone, at least once, those of one return in their order.
//!
//! The broker's queue of the webhook → notes of the store, and only then acked → called in the order of each return's
//! numbers → the note dropped. A call that fails is tried again up the ladder's delays, while later events of the same
//! return wait and those of others go on. What failed for the last time becomes an exception; its replay gives the event
//! back to the queue.

mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use broker::topology::{Queue, STATUS};
use broker::{Broker, Delivery, Verdict};
use bytes::Bytes;
use canonical::status::StatusEvent;
use canonical::{BusinessCode, ExceptionCode};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Clock, ExceptionRow, NoteName, Store, StoreError, Unit};
use tokio_util::sync::CancellationToken;

use crate::dead_letters;
use crate::report::Report;
use crate::retry::RetryPolicy;

pub(crate) use progress::Listener;

/// Events taken from the queue at once.
const BATCH: u16 = 64;
/// Notes read at once.
const PAGE: usize = 200;
/// Between two rounds.
const EVERY: Duration = Duration::from_millis(500);
/// Returns told about at the same time.
const AT_ONCE: usize = 8;
/// How long the process that calls may be silent before another one calls.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How long an event waits for the one before it, which another process may still have to publish.
const GAP: SignedDuration = SignedDuration::from_secs(30);

const PENDING: &str = "pending";
const TOLD: &str = "told";
const HOLDER: &str = "holder";
/// Since when there is somebody to be told: what was reached before was told to nobody.
const BEGAN: &str = "began";

/// Who calls.
#[async_trait]
pub trait Caller: Send + Sync {
    /// Tells an event. The error says what is known, in words.
    async fn call(&self, event: &StatusEvent) -> Result<(), String>;
}

/// A webhook.
pub struct Webhook {
    /// Name.
    pub name: String,
    /// Which milestones; all if empty.
    pub codes: BTreeSet<BusinessCode>,
    /// Calls of one event before a person is told.
    pub max_tries: u32,
    /// Who calls.
    pub caller: Arc<dyn Caller>,
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Name of this process. Must differ between processes.
    pub process: String,
    /// Clock of this process.
    pub clock: Clock,
}

/// The queue of a webhook: bound to every status.
pub fn queue(name: &str, delivery_limit: u32) -> Queue {
    Queue {
        name: queue_name(name),
        delivery_limit,
        one_consumer: true,
        bindings: vec![(STATUS.to_owned(), "return.#".to_owned())],
    }
}

/// Owner of the notes of a webhook, and of its exceptions. No connector may be called so.
fn owner(name: &str) -> String {
    format!("webhook/{name}")
}

/// Key of an event that is to be told: in the order of the numbers within its return.
fn pending_key(return_id: &str, seq: u64) -> String {
    format!("{return_id}|{seq:010}")
}

fn queue_name(name: &str) -> String {
    format!("returns.webhook.{name}")
}

/// An event that is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    event: StatusEvent,
    noted_at: Timestamp,
    tries: u32,
    due: Timestamp,
}

/// Who calls at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    process: String,
    until: Timestamp,
}

impl Webhook {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the queue cannot be consumed at all.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let queue = queue_name(&self.name);
        let mut consumer = self
            .broker
            .consume(&queue, BATCH)
            .await
            .map_err(|error| error.to_string())?;
        let now = self.clock.now().to_string();
        let began = self.store.claim_note(self.named(BEGAN, ""), now).await;
        began.map_err(|error| error.to_string())?;
        loop {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                batch = consumer.next_batch(usize::from(BATCH)) => match batch {
                    Some(batch) => batch,
                    None => return Ok(()),
                },
                () = tokio::time::sleep(EVERY) => Vec::new(),
            };
            let mut verdicts = Vec::with_capacity(batch.len());
            for delivery in batch {
                let verdict = match self.note(&delivery).await {
                    Ok(()) => Verdict::Ack,
                    Err(error) => {
                        tracing::warn!(%error, webhook = %self.name, "a status event is not noted yet");
                        Verdict::NotTried
                    }
                };
                verdicts.push((delivery.tag, verdict));
            }
            if let Err(error) = consumer.settle(&verdicts).await {
                tracing::warn!(%error, webhook = %self.name, "status events come again, and are known then");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                told = self.round(self.clock.now()) => if let Err(error) = told {
                    tracing::warn!(%error, webhook = %self.name, "a round was cut short");
                },
            }
        }
    }

    fn named(&self, space: &str, key: impl Into<String>) -> NoteName {
        NoteName {
            owner: owner(&self.name),
            space: space.to_owned(),
            key: key.into(),
        }
    }

    /// Makes an event durable. One that cannot be read becomes an exception.
    async fn note(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let now = self.clock.now();
        let event: StatusEvent = match serde_json::from_slice(&delivery.body) {
            Ok(event) => event,
            Err(error) => {
                let why = format!(
                    "a status event of queue {} cannot be read: {error}",
                    queue_name(&self.name)
                );
                return self
                    .keep(self.exception("", &delivery.id, why, delivery.body.clone(), now))
                    .await;
            }
        };
        let name = self.named(PENDING, pending_key(&event.return_id, event.seq));
        let pending = Pending {
            event,
            noted_at: now,
            tries: 0,
            due: now,
        };
        self.store.claim_note(name, text(&pending)).await?;
        Ok(())
    }

    /// Tells what is due, if it is this process that calls.
    async fn round(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut stuck = BTreeSet::new();
        let mut after = self.named(PENDING, "");
        loop {
            let page = self.store.notes(&after, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            if !self.holds(now).await? {
                return Ok(());
            }
            after = self.named(PENDING, last.clone());
            let mut returns = BTreeMap::<String, Vec<(String, String)>>::new();
            for (key, value) in page {
                let id = key.split('|').next().unwrap_or_default().to_owned();
                if !stuck.contains(&id) {
                    returns.entry(id).or_default().push((key, value));
                }
            }
            let told = futures_util::stream::iter(returns)
                .map(|(id, events)| async move { (self.tell(events).await, id) })
                .buffer_unordered(AT_ONCE)
                .collect::<Vec<_>>()
                .await;
            for (whole, id) in told {
                if !whole? {
                    stuck.insert(id);
                }
            }
        }
    }

    /// Tells the events of one return in their order. `false`: one of them waits, and so do those behind it.
    async fn tell(&self, events: Vec<(String, String)>) -> Result<bool, StoreError> {
        for (key, value) in events {
            let now = self.clock.now();
            let mut pending: Pending = match serde_json::from_str(&value) {
                Ok(pending) => pending,
                Err(error) => return Err(StoreError::Broken(format!("note {key}: {error}"))),
            };
            let event = &pending.event;
            let last = self.named(TOLD, event.return_id.clone());
            let before = self.store.note(&last).await?;
            let before = before.and_then(|seq| seq.parse::<u64>().ok()).unwrap_or(0);
            let waited = now.duration_since(pending.noted_at);
            if pending.due > now || (event.seq > before + 1 && waited < GAP) {
                return Ok(false);
            }
            let wanted = self.codes.is_empty() || self.codes.contains(&event.business_code);
            if wanted && let Err(why) = self.caller.call(event).await {
                pending.tries += 1;
                if pending.tries < self.max_tries {
                    let rung = RetryPolicy::default().rung(pending.tries);
                    let wait = SignedDuration::try_from(rung.delay()).unwrap_or_default();
                    pending.due = now.saturating_add(wait).unwrap_or(now);
                    let name = self.named(PENDING, key);
                    self.store.put_note(name, text(&pending)).await?;
                    return Ok(false);
                }
                self.give_up(&pending, &why, now).await?;
            }
            let seq = pending.event.seq.max(before).to_string();
            self.store.put_note(last, seq).await?;
            self.store.drop_note(self.named(PENDING, key)).await?;
        }
        Ok(true)
    }

    /// The event becomes an exception; what comes behind it goes on.
    async fn give_up(
        &self,
        pending: &Pending,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = &pending.event;
        let why = format!(
            "webhook {:?} was not told that return {} is {} after {} calls ({why}): mend it, then replay; or discard it",
            self.name, event.rma_number, event.business_code, pending.tries
        );
        let raw = serde_json::to_vec(event).unwrap_or_default().into();
        self.keep(self.exception(&event.return_id, &event.event_id, why, raw, now))
            .await
    }

    fn exception(
        &self,
        return_id: &str,
        id: &str,
        why: String,
        raw: Bytes,
        now: Timestamp,
    ) -> ExceptionRow {
        let origin =
            serde_json::json!({ "channel": "queue", "queue": queue_name(&self.name), "id": id });
        Report::new(dead_letters::STAGE, ExceptionCode::DeliveryExhausted)
            .reason(why)
            .about(return_id, "")
            .owner(&owner(&self.name), "", "")
            .row(now, origin.to_string(), raw)
    }

    async fn keep(&self, row: ExceptionRow) -> Result<(), StoreError> {
        let unit = Unit {
            exceptions: vec![row],
            ..Unit::default()
        };
        self.store.commit(vec![unit], Vec::new()).await?;
        Ok(())
    }

    /// True if this process calls. Two may think so for a moment: then an event is told twice, and recognised by its id.
    async fn holds(&self, now: Timestamp) -> Result<bool, StoreError> {
        let name = self.named(HOLDER, "");
        let there = self.store.note(&name).await?;
        let there = there.and_then(|text| serde_json::from_str::<Holder>(&text).ok());
        if there.is_some_and(|holder| holder.process != self.process && now < holder.until) {
            return Ok(false);
        }
        let ours = text(&Holder {
            process: self.process.clone(),
            until: now.saturating_add(LEASE).unwrap_or(now),
        });
        self.store.put_note(name.clone(), ours.clone()).await?;
        Ok(self.store.note(&name).await?.as_ref() == Some(&ours))
    }
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

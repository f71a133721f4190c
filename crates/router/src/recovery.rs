//! What a crash, a lost message, a clock or an operator left: looked for again and again, and put back into motion.
//!
//! Everything here may happen twice, or in two processes at once: inbox, leases and the workflow make the second time
//! harmless.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::Broker;
use broker::topology::effect_queue;
use canonical::envelope::{Context, Envelope};
use canonical::event::{TimerFired, TimerKind};
use canonical::{Event, EventData, MessageKey, ReturnName};
use jiff::{SignedDuration, Timestamp};
use store::{Clock, EffectRow, Store, StoreError, TimerRow};
use tokio_util::sync::CancellationToken;
use workflow::PolicySet;

use crate::engine::{self, publish_all};
use crate::pace::Pace;
use crate::reading::Reading;
use crate::{overdue, silent, sla, trace, wire};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// Outbox rows older than this were not published by those who wrote them, or who took them up, if the broker is quick.
const OUTBOX_GRACE: SignedDuration = SignedDuration::from_secs(5);
/// Longer than that nobody waits for others to publish, however slow the broker is.
const OUTBOX_GRACE_AT_MOST: SignedDuration = SignedDuration::from_mins(2);
/// How often as long as this process's slowest publication another one's may take, with what it waits for before.
const SLOWER: i32 = 3;
/// Effects that did not move for so long have lost their message.
const STALLED: SignedDuration = SignedDuration::from_secs(30);
/// An effect that still stands where it stood gets its next message after that time: it may lie beside a target that rests.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// Rows per round.
const AT_ONCE: usize = 500;

/// The recovery loop.
pub struct Recovery {
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// How long an effect may be under way before a person is told.
    pub effect_sla: SignedDuration,
    /// How often connectors must be heard before a person is told.
    pub expect_every: BTreeMap<String, SignedDuration>,
    /// Policies: they say which goods are taken in without a return.
    pub policies: Arc<RwLock<Arc<PolicySet>>>,
    /// Clock of this process.
    pub clock: Clock,
    /// How far this process has read the queues of effects.
    pub(crate) reading: Arc<Reading>,
    /// How long publishing takes this process; the others have the same broker.
    pub(crate) pace: Arc<Pace>,
}

impl Recovery {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the store is broken.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut told = Told::default();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.round(self.clock.now(), &mut told).await {
                Ok(()) => {}
                Err(broken @ StoreError::Broken(_)) => return Err(broken.to_string()),
                Err(error @ StoreError::Unavailable(_)) => {
                    tracing::warn!(%error, "a round of recovery was cut short");
                }
            }
        }
    }

    /// One round.
    async fn round(&self, now: Timestamp, told: &mut Told) -> Result<(), StoreError> {
        self.outbox(now).await?;
        self.timers(now).await?;
        self.overdue(now).await?;
        self.stalled(now, told).await?;
        silent::look(&self.store, &self.expect_every, now).await
    }

    /// Publishes what was committed and not published.
    async fn outbox(&self, now: Timestamp) -> Result<(), StoreError> {
        let grace = self.publishing(now).max(OUTBOX_GRACE);
        let before = now.saturating_sub(grace).unwrap_or(now);
        let rows = self.store.take_up(before, now, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<(i64, i64)> = rows.iter().map(|row| (row.batch, row.n)).collect();
        let messages = rows.into_iter().map(|r| r.message).collect();
        let stuck = publish_all(self.broker.as_ref(), messages).await;
        let gone = keys
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !stuck.contains(at));
        self.store.forget(gone.map(|(_, key)| key).collect()).await
    }

    /// Turns due timers into events.
    async fn timers(&self, now: Timestamp) -> Result<(), StoreError> {
        let rows = self.store.due(now, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let (own, rows): (Vec<TimerRow>, Vec<TimerRow>) = rows.into_iter().partition(sla::is_ours);
        for timer in own {
            sla::ring(&self.store, &timer, now, self.effect_sla).await?;
            self.store.fired(vec![timer]).await?;
        }
        let outbox = rows.iter().filter_map(|row| ring(row, now)).collect();
        if !publish_all(self.broker.as_ref(), outbox).await.is_empty() {
            return Ok(());
        }
        self.store.fired(rows).await
    }

    /// Events that waited long enough for their return. The outbox is published by the next round.
    async fn overdue(&self, now: Timestamp) -> Result<(), StoreError> {
        let policies = engine::policies(&self.policies);
        overdue::look(self.store.as_ref(), &policies, now, AT_ONCE).await
    }

    /// Gives effects whose message was lost a new one.
    async fn stalled(&self, now: Timestamp, told: &mut Told) -> Result<(), StoreError> {
        let before = now.saturating_sub(STALLED).unwrap_or(now);
        let mut rows = self
            .store
            .stalled(before, told.read_to.take(), AT_ONCE)
            .await?;
        if rows.len() == AT_ONCE {
            let last = rows.last();
            told.read_to = last.map(|row| (row.stands_since(), row.effect_key.clone()));
        }
        told.forget(now);
        let turns = self.turns(&rows, now).await;
        rows.retain(|row| !turns.waits(row) && told.is_due(row, now));
        if rows.is_empty() {
            return Ok(());
        }
        tracing::info!(
            effects = rows.len(),
            "effects that stood still are put into motion again"
        );
        let outbox = rows
            .iter()
            .map(|row| wire::effect(&row.effect_key, &row.connector, now))
            .collect();
        for stuck in publish_all(self.broker.as_ref(), outbox).await {
            if let Some(row) = rows.get(stuck) {
                told.since.remove(&row.effect_key);
            }
        }
        Ok(())
    }

    /// How long it may take at present until what is committed stands in its queue.
    fn publishing(&self, now: Timestamp) -> SignedDuration {
        let slowest = self.pace.slowest(now).saturating_mul(SLOWER);
        slowest.min(OUTBOX_GRACE_AT_MOST)
    }

    /// How far the queues of these effects are read.
    async fn turns(&self, rows: &[EffectRow], now: Timestamp) -> Turns {
        let connectors: BTreeSet<&str> = rows.iter().map(|row| row.connector.as_str()).collect();
        let mut read = BTreeMap::new();
        for connector in connectors {
            // Of an empty queue everything was read. Whoever never reads of a queue knows nothing of it, and must not wait for
            // ever.
            let until = match self.broker.depth(&effect_queue(connector)).await {
                Ok(0) => Timestamp::MAX,
                Ok(_) => self.reading.until(connector).unwrap_or(Timestamp::MAX),
                Err(_) => Timestamp::MIN,
            };
            read.insert(connector.to_owned(), until);
        }
        Turns {
            read,
            margin: self.publishing(now).max(STALLED),
        }
    }
}

/// Who waits for nothing but its turn.
struct Turns {
    /// By connector, until when its queue is read.
    read: BTreeMap<String, Timestamp>,
    /// By how much a message may stand behind younger ones.
    margin: SignedDuration,
}

impl Turns {
    /// True if the effect's message is further back in its queue than was read: it comes to its turn.
    fn waits(&self, row: &EffectRow) -> bool {
        let read = self.read.get(&row.connector).copied();
        let lost = row.stands_since().saturating_add(self.margin);
        read.is_some_and(|read| read <= lost.unwrap_or(Timestamp::MAX))
    }
}

/// Effects that got a new message: since when they stood, and when that was. Without it a queue that is long, or whose
/// connector rests, would get longer by all its oldest effects every second.
#[derive(Default)]
struct Told {
    since: HashMap<String, (Timestamp, Timestamp)>,
    /// Where the last page ended, if there was more: a backlog of old ones must not hide those behind it.
    read_to: Option<(Timestamp, String)>,
}

impl Told {
    /// What was told long ago may be told again.
    fn forget(&mut self, now: Timestamp) {
        self.since
            .retain(|_, (_, at)| now.duration_since(*at) < AGAIN);
    }

    /// True if the effect needs a message now; noted then.
    fn is_due(&mut self, row: &EffectRow, now: Timestamp) -> bool {
        let since = row.stands_since();
        match self.since.get(&row.effect_key) {
            Some((known, _)) if *known == since => false,
            _ => {
                self.since.insert(row.effect_key.clone(), (since, now));
                true
            }
        }
    }
}

/// The event of a timer.
fn ring(row: &TimerRow, now: Timestamp) -> Option<store::OutboxMessage> {
    let (kind, of) = row.kind.split_once('/').unwrap_or((&row.kind, ""));
    let kind: TimerKind = match serde_json::from_value(serde_json::Value::from(kind)) {
        Ok(kind) => kind,
        Err(error) => {
            tracing::error!(%error, timer.key = %row.key, "a timer of an unknown kind is dropped");
            return None;
        }
    };
    let event = Event {
        key: MessageKey::derive(&["timer", &row.key, &row.due_at.to_string()]),
        subject: ReturnName::Id(row.return_id.clone()),
        occurred_at: row.due_at,
        data: EventData::TimerFired(TimerFired {
            kind,
            of: of.to_owned(),
            due_at: row.due_at,
        }),
    };
    let context = Context {
        connector: "timer".to_owned(),
        correlation_id: row.return_id.clone(),
        causation_id: row.key.clone(),
        traceparent: trace::derived(&row.return_id),
        ingested_at: now,
    };
    Envelope::seal(&event, &context)
        .and_then(|e| wire::event(&e))
        .ok()
}

#[cfg(test)]
mod tests {
    use store::Unit;

    use super::*;
    use crate::outcome::tests::row;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// A store with so many effects that stood still, the first for longest, and nothing in the queue of their connector.
    async fn standing(effects: usize) -> (tempfile::TempDir, Arc<dyn Broker>, Recovery) {
        use store::{EffectState, EffectWrite, SqliteStore};

        let clock = Clock::default();
        let store = Arc::new(SqliteStore::simulated(clock.clone()).unwrap());
        let dir = tempfile::tempdir().unwrap();
        let broker = broker::Embedded::open(&dir.path().join("queue.db"))
            .await
            .unwrap();
        let broker: Arc<dyn Broker> = Arc::new(broker);
        broker
            .declare(&wire::topology(&["erp".to_owned()], &[], 20))
            .await
            .unwrap();
        let effects = (0..effects).map(|n| {
            let mut effect = row();
            effect.effect_key = format!("e{n}");
            effect.state = EffectState::Ready;
            effect.updated_at = at(i64::try_from(n).unwrap());
            EffectWrite::Plan(effect)
        });
        let unit = Unit {
            effects: effects.collect(),
            ..Unit::default()
        };
        store.commit(vec![unit], Vec::new()).await.unwrap();
        let recovery = Recovery {
            broker: Arc::clone(&broker),
            store,
            effect_sla: SignedDuration::from_hours(2),
            expect_every: BTreeMap::new(),
            policies: Arc::default(),
            clock,
            reading: Arc::default(),
            pace: Arc::default(),
        };
        (dir, broker, recovery)
    }

    async fn rounds(recovery: &Recovery, told: &mut Told, now: i64) -> u64 {
        for _ in 0..3 {
            recovery.stalled(at(now), told).await.unwrap();
        }
        let queue = effect_queue("erp");
        recovery.broker.depth(&queue).await.unwrap()
    }

    #[tokio::test]
    async fn a_backlog_hides_nothing_behind_it() {
        let (_dir, _broker, recovery) = standing(AT_ONCE + 1).await;
        let mut told = Told::default();
        let sent = rounds(&recovery, &mut told, 10_000).await;
        assert_eq!(sent, AT_ONCE as u64 + 1, "each one, and once");
    }

    /// What waits in a long queue gets no further message, from no process and however long it waits; nor from one that was
    /// started a moment ago.
    #[tokio::test]
    async fn what_waits_its_turn_gets_no_further_message() {
        let (_dir, broker, mut recovery) = standing(100).await;
        let (mut told, mut other) = (Told::default(), Told::default());
        assert_eq!(rounds(&recovery, &mut told, 10_000).await, 100);
        recovery.reading = Arc::new(Reading::of(["erp"].into_iter()));
        assert_eq!(rounds(&recovery, &mut other, 10_000).await, 100, "started");
        recovery.reading.has_read("erp", at(0));
        for now in [10_000, 10_700, 50_000] {
            let elsewhere = rounds(&recovery, &mut other, now).await;
            assert_eq!(elsewhere, 100, "another process, at {now}");
            assert_eq!(rounds(&recovery, &mut told, now).await, 100, "at {now}");
        }
        // Messages that were written at 60 were read: those of the effects up to 29 were lost.
        recovery.reading.has_read("erp", at(60));
        assert_eq!(rounds(&recovery, &mut other, 50_000).await, 130);
        drop(broker);
    }

    /// Where publishing takes long, what was written later may stand in the queue earlier.
    #[tokio::test]
    async fn what_is_published_late_is_not_lost() {
        let (_dir, _broker, recovery) = standing(100).await;
        let (mut told, mut other) = (Told::default(), Told::default());
        assert_eq!(rounds(&recovery, &mut told, 10_000).await, 100);
        recovery.reading.has_read("erp", at(60));
        recovery.pace.took(at(9_980), at(10_000));
        assert_eq!(recovery.publishing(at(10_000)).as_secs(), 60);
        assert_eq!(rounds(&recovery, &mut other, 10_000).await, 100, "slow");
        assert_eq!(rounds(&recovery, &mut other, 10_200).await, 130, "quick");
    }

    #[test]
    fn an_effect_far_back_in_its_queue_gets_no_message_every_second() {
        let mut told = Told::default();
        let mut effect = row();
        let messages = (40..640)
            .filter(|now| {
                told.forget(at(*now));
                told.is_due(&effect, at(*now))
            })
            .count();
        assert_eq!(messages, 1);
        told.forget(at(641));
        assert!(told.is_due(&effect, at(641)), "it may have been lost again");
        effect.not_before = Some(at(620));
        assert!(told.is_due(&effect, at(651)), "it moved, and stands again");
    }
}

//! What a crash, a lost message, a clock or an operator left: looked for again and again, and put back into motion.
//!
//! Everything here may happen twice, or in two processes at once: inbox, leases and the workflow make the second time
//! harmless.

use std::collections::{BTreeMap, BTreeSet};
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
/// Times that many messages of the outbox in one round at the most: the rest of the round has its turn, too.
const OUTBOX_BURSTS: usize = 20;

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

/// How far the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outbox {
    /// What was to be published is, but for what nobody takes.
    Published,
    /// There is more.
    Behind,
}

impl Recovery {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the store is broken.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut behind = None;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.round(self.clock.now(), &mut behind).await {
                Ok(()) => {}
                Err(broken @ StoreError::Broken(_)) => return Err(broken.to_string()),
                Err(error @ StoreError::Unavailable(_)) => {
                    tracing::warn!(%error, "a round of recovery was cut short");
                }
            }
        }
    }

    /// One round.
    async fn round(&self, now: Timestamp, behind: &mut Behind) -> Result<(), StoreError> {
        let outbox = self.outbox(now).await?;
        self.timers(now).await?;
        self.overdue(now).await?;
        match outbox {
            Outbox::Published => self.stalled(now, behind).await?,
            // Messages of effects that seem lost may be among those that are still to be published.
            Outbox::Behind => {}
        }
        silent::look(&self.store, &self.expect_every, now).await
    }

    /// Publishes what was committed and not published.
    async fn outbox(&self, now: Timestamp) -> Result<Outbox, StoreError> {
        for _ in 0..OUTBOX_BURSTS {
            if self.burst(now).await? < AT_ONCE {
                return Ok(Outbox::Published);
            }
        }
        Ok(Outbox::Behind)
    }

    /// Publishes so many messages of the outbox at the most, and says how many.
    async fn burst(&self, now: Timestamp) -> Result<usize, StoreError> {
        let grace = self.publishing(now).max(OUTBOX_GRACE);
        let before = now.saturating_sub(grace).unwrap_or(now);
        let rows = self.store.take_up(before, now, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let taken = rows.len();
        let keys: Vec<(i64, i64)> = rows.iter().map(|row| (row.batch, row.n)).collect();
        let messages = rows.into_iter().map(|r| r.message).collect();
        let stuck = publish_all(self.broker.as_ref(), messages).await;
        let gone = keys
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !stuck.contains(at));
        self.store
            .forget(gone.map(|(_, key)| key).collect())
            .await?;
        Ok(taken)
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

    /// Gives effects whose message was lost a new one. Of several processes one does.
    async fn stalled(&self, now: Timestamp, behind: &mut Behind) -> Result<(), StoreError> {
        let before = now.saturating_sub(STALLED).unwrap_or(now);
        let mut rows = self.store.stalled(before, behind.take(), AT_ONCE).await?;
        if rows.len() == AT_ONCE {
            let last = rows.last();
            *behind = last.map(|row| (row.stands_since(), row.effect_key.clone()));
        }
        let again = now.saturating_sub(AGAIN).unwrap_or(now);
        rows.retain(|row| row.told_again_at().is_none_or(|at| at <= again));
        let turns = self.turns(&rows, now).await;
        rows.retain(|row| !turns.waits(row));
        if rows.is_empty() {
            return Ok(());
        }
        let standing = rows.iter();
        let standing = standing.map(|row| (row.effect_key.clone(), row.stands_since()));
        let claimed = self
            .store
            .claim_tickets(standing.collect(), now, again)
            .await?;
        let claimed: BTreeSet<String> = claimed.into_iter().collect();
        rows.retain(|row| claimed.contains(&row.effect_key));
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
        publish_all(self.broker.as_ref(), outbox).await;
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

/// Where the last page of effects that stand still ended, if there was more: a backlog of old ones must not hide those behind it.
type Behind = Option<(Timestamp, String)>;

/// Who waits for nothing but its turn.
struct Turns {
    /// By connector, until when its queue is read.
    read: BTreeMap<String, Timestamp>,
    /// By how much a message may stand behind younger ones.
    margin: SignedDuration,
}

impl Turns {
    /// True if the effect's last message is further back in its queue than was read: it comes to its turn.
    fn waits(&self, row: &EffectRow) -> bool {
        let read = self.read.get(&row.connector).copied();
        let written = row.told_again_at().unwrap_or_else(|| row.stands_since());
        let lost = written.saturating_add(self.margin);
        read.is_some_and(|read| read <= lost.unwrap_or(Timestamp::MAX))
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

    /// What lies in the queue after three rounds.
    async fn rounds(recovery: &Recovery, now: i64) -> u64 {
        let mut behind = None;
        for _ in 0..3 {
            recovery.stalled(at(now), &mut behind).await.unwrap();
        }
        let queue = effect_queue("erp");
        recovery.broker.depth(&queue).await.unwrap()
    }

    #[tokio::test]
    async fn a_backlog_hides_nothing_behind_it() {
        let (_dir, _broker, recovery) = standing(AT_ONCE + 1).await;
        let sent = rounds(&recovery, 10_000).await;
        assert_eq!(sent, AT_ONCE as u64 + 1, "each one, and once");
    }

    /// What waits in a long queue gets no further message, however long it waits, nor from a process that was started a moment
    /// ago. What was lost again gets one more, from one process.
    #[tokio::test]
    async fn what_waits_its_turn_gets_no_further_message() {
        let (_dir, _broker, mut recovery) = standing(100).await;
        assert_eq!(rounds(&recovery, 10_000).await, 100);
        recovery.reading = Arc::new(Reading::of(["erp"].into_iter()));
        assert_eq!(rounds(&recovery, 50_000).await, 100, "started");
        recovery.reading.has_read("erp", at(60));
        assert_eq!(rounds(&recovery, 50_000).await, 100, "theirs come later");
        recovery.reading.has_read("erp", at(10_040));
        assert_eq!(rounds(&recovery, 10_300).await, 100, "its target may rest");
        for now in [50_000, 50_001, 50_500] {
            assert_eq!(rounds(&recovery, now).await, 200, "lost again, at {now}");
        }
    }

    /// An effect that moved and stands again is looked at anew.
    #[tokio::test]
    async fn what_moved_and_stands_again_is_given_a_message_at_once() {
        use store::{Lease, LeaseRequest};

        let (_dir, _broker, recovery) = standing(2).await;
        assert_eq!(rounds(&recovery, 10_000).await, 2);
        let lease = LeaseRequest {
            effect_key: "e0".to_owned(),
            owner: "killed".to_owned(),
            now: at(10_010),
            until: at(10_040),
        };
        let leased = recovery.store.lease(vec![lease]).await.unwrap();
        assert!(matches!(leased.as_slice(), [Lease::Send(_)]), "{leased:?}");
        assert_eq!(rounds(&recovery, 10_060).await, 2, "not yet");
        assert_eq!(rounds(&recovery, 10_080).await, 3);
    }

    /// Where publishing takes long, what was written later may stand in the queue earlier.
    #[tokio::test]
    async fn what_is_published_late_is_not_lost() {
        let (_dir, broker, recovery) = standing(100).await;
        let messages = (0..100).map(|n| wire::effect(&format!("e{n}"), "erp", at(n)));
        assert!(
            publish_all(broker.as_ref(), messages.collect())
                .await
                .is_empty()
        );
        recovery.reading.has_read("erp", at(60));
        recovery.pace.took(at(9_980), at(10_000));
        assert_eq!(recovery.publishing(at(10_000)).as_secs(), 60);
        assert_eq!(rounds(&recovery, 10_000).await, 100, "slow");
        assert_eq!(rounds(&recovery, 10_200).await, 130, "quick");
    }
}

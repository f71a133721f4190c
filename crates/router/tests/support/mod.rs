//! What a router under test stands on: embedded broker and store, the house's policy, and a clock that is handed in.
#![allow(
    dead_code,
    reason = "shared by several test files, each of which uses a part"
)]

pub(crate) mod target;

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::{Broker as _, Embedded};
use canonical::envelope::{Context, Envelope};
use canonical::{Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use router::wire;
use store::{Clock, SqliteStore};
use testkit::facts;
use workflow::PolicySet;

const POLICY: &str = include_str!("../../../../deploy/policy/us01.toml");

/// See the module. Outlives the routers that are started on it.
pub(crate) struct Ground {
    _dir: tempfile::TempDir,
    pub(crate) broker: Arc<Embedded>,
    pub(crate) store: Arc<SqliteStore>,
    /// Seconds since the epoch.
    time: Arc<AtomicI64>,
    /// Facts told so far.
    told: AtomicI64,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let begin = facts::at("2026-05-01T10:00:00Z");
        Self {
            broker: Arc::new(Embedded::open(&dir.path().join("queue.db")).await.unwrap()),
            store: Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap()),
            time: Arc::new(AtomicI64::new(begin.as_second())),
            told: AtomicI64::new(0),
            _dir: dir,
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.time);
        Clock::simulated(move || Timestamp::from_second(time.load(Ordering::Relaxed)).unwrap())
    }

    /// One more fact of the return that the portal calls `P1`.
    pub(crate) async fn tell(&self, data: EventData) {
        let now = self.clock().now();
        let number = self.told.fetch_add(1, Ordering::Relaxed);
        let event = Event {
            key: MessageKey(format!("event-{number}")),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: "P1".to_owned(),
            },
            occurred_at: now,
            data,
        };
        let context = Context {
            connector: "portal".to_owned(),
            correlation_id: String::new(),
            causation_id: String::new(),
            traceparent: String::new(),
            ingested_at: now,
        };
        let envelope = Envelope::seal(&event, &context).unwrap();
        let message = wire::to_broker(wire::event(&envelope).unwrap()).unwrap();
        let sent = self.broker.publish(vec![message]).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    }

    /// Lets so many minutes pass.
    pub(crate) fn pass(&self, minutes: i64) {
        self.time.fetch_add(minutes * 60, Ordering::Relaxed);
    }
}

pub(crate) fn policies() -> Arc<RwLock<Arc<PolicySet>>> {
    let documents = [("us01.toml".to_owned(), POLICY.to_owned())];
    let policies = PolicySet::load(&documents).unwrap();
    Arc::new(RwLock::new(Arc::new(policies)))
}

pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .expect(what);
}

//! A source from which nothing comes, through the whole router: the clock is handed in, nobody waits for a day.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use broker::Embedded;
use bytes::Bytes;
use canonical::Command;
use connector::{Built, Codec, Decoded, Failure, Inbound, Origin, Settlement, Source};
use jiff::SignedDuration;
use router::{Instance, RetryPolicy, Routes, Running, Sidecar, Tuning};
use store::{ExceptionFilter, ExceptionRow, ExceptionState, NoteName, SqliteStore, Store};
use support::{Ground, policies, until};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

struct Nothing;

impl Codec for Nothing {
    fn decode(&self, _: &Inbound) -> Result<Vec<Decoded>, Failure> {
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

/// Hears what the test says, in one process or another.
struct Mouth {
    said: Arc<Mutex<UnboundedReceiver<Inbound>>>,
}

#[async_trait]
impl Source for Mouth {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        Ok(self.said.lock().await.recv().await)
    }

    async fn settle(&mut self, _: &Origin, _: Settlement) -> Result<(), Failure> {
        Ok(())
    }
}

struct House {
    ground: Ground,
    says: UnboundedSender<Inbound>,
    said: Arc<Mutex<UnboundedReceiver<Inbound>>>,
}

impl House {
    async fn new() -> Self {
        let (says, said) = unbounded_channel();
        Self {
            ground: Ground::new().await,
            says,
            said: Arc::new(Mutex::new(said)),
        }
    }

    /// That many minutes pass while somebody watches; the watch of all but the last one is over.
    async fn watched(&self, minutes: i64) {
        for _ in 0..minutes {
            self.ground.pass(1);
            let now = self.ground.clock().now().to_string();
            until("the watch goes on", || async {
                let note = self.note("watched").await;
                note.is_some_and(|note| note.contains(&now))
            })
            .await;
        }
    }

    /// Says something, and waits until it is known when.
    async fn says_something(&self) {
        let now = self.ground.clock().now();
        let inbound = Inbound {
            origin: Origin {
                connector: "wms".to_owned(),
                channel: "folder".to_owned(),
                reference: "a file".to_owned(),
                received_at: now,
                headers: BTreeMap::new(),
                token: 0,
            },
            raw: Bytes::from_static(b"something"),
            refused: None,
        };
        self.says.send(inbound).unwrap();
        until("it is heard", || async {
            self.note("heard").await == Some(now.to_string())
        })
        .await;
    }

    async fn note(&self, space: &str) -> Option<String> {
        let name = NoteName {
            owner: "router".to_owned(),
            space: space.to_owned(),
            key: "wms".to_owned(),
        };
        self.ground.store.note(&name).await.unwrap()
    }

    async fn start(&self, process: &str) -> Running {
        let sidecar = Sidecar {
            published: connector::Published::default(),
            broker: Arc::<Embedded>::clone(&self.ground.broker),
            store: Arc::<SqliteStore>::clone(&self.ground.store),
            policies: policies(),
            routes: Routes::new(Vec::new()),
            instances: vec![Instance {
                name: "wms".to_owned(),
                built: Built {
                    codec: Arc::new(Nothing),
                    source: Some(Box::new(Mouth {
                        said: Arc::clone(&self.said),
                    })),
                    sink: None,
                },
                retry: RetryPolicy::default(),
                max_in_flight: 1,
                deadline: Duration::from_secs(5),
            }],
            all_connectors: vec!["wms".to_owned()],
            one_session: Vec::new(),
            tuning: Tuning {
                process: process.to_owned(),
                expect_every: [("wms".to_owned(), SignedDuration::from_hours(24))].into(),
                ..Tuning::default()
            },
            clock: self.ground.clock(),
        };
        sidecar.start().await.unwrap()
    }

    async fn told(&self) -> Vec<ExceptionRow> {
        let filter = ExceptionFilter {
            code: Some("SOURCE_SILENT".to_owned()),
            ..ExceptionFilter::default()
        };
        self.ground.store.exceptions(&filter).await.unwrap()
    }

    async fn told_in(&self, state: ExceptionState) -> usize {
        let told = self.told().await;
        told.iter().filter(|row| row.state == state).count()
    }
}

#[tokio::test]
async fn a_silence_is_told_once_by_however_many_and_ends_when_the_source_speaks() {
    let house = House::new().await;
    let first = house.start("first").await;
    house.says_something().await;
    house.ground.pass(23 * 60);
    house.watched(4).await;
    assert_eq!(house.told().await, []);
    house.ground.pass(60);
    house.watched(4).await;
    let told = house.told().await;
    let [row] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((row.state, row.occurrences), (ExceptionState::Open, 1));
    assert_eq!(
        (row.connector.as_str(), row.stage.as_str()),
        ("wms", "watch")
    );
    assert_eq!(row.fingerprint, "silent|wms");
    assert!(row.reason.contains("since 2026-05-01T10:00:00Z"), "{row:?}");

    // Neither a restart nor a second process tells it again.
    assert!(first.drain().await.whole);
    let first = house.start("first").await;
    let second = house.start("second").await;
    house.watched(4).await;
    assert_eq!(house.told().await, told);

    house.says_something().await;
    until("it is over", || async {
        house.told_in(ExceptionState::Resolved).await == 1
    })
    .await;
    house.ground.pass(24 * 60);
    house.watched(4).await;
    until("the next silence is told", || async {
        house.told_in(ExceptionState::Open).await == 1
    })
    .await;
    assert_eq!(house.told_in(ExceptionState::Resolved).await, 1);
    assert!(first.drain().await.whole && second.drain().await.whole);
}

#[tokio::test]
async fn what_was_never_heard_counts_from_the_first_start_whatever_restarts() {
    let house = House::new().await;
    let running = house.start("first").await;
    house.watched(1).await;
    assert!(running.drain().await.whole);
    // Nobody watched for longer than the source may be silent: what lies there is to be read before anything is told.
    house.ground.pass(26 * 60);
    let running = house.start("second").await;
    house.watched(1).await;
    assert!(running.drain().await.whole);
    assert_eq!(house.told().await, []);
    let running = house.start("third").await;
    house.watched(3).await;
    let told = house.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0]
            .reason
            .contains("watched since 2026-05-01T10:01:00Z"),
        "{told:?}"
    );
    // A person closes it: it is not told again.
    let audit = store::AuditEntry {
        at: house.ground.clock().now(),
        actor: "person".to_owned(),
        action: "discard".to_owned(),
        subject: told[0].exception_id.clone(),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: String::new(),
    };
    let closed = house.ground.store.close_exception(
        &told[0].exception_id,
        ExceptionState::Discarded,
        "the warehouse is closed",
        house.ground.clock().now(),
        Vec::new(),
        audit,
    );
    assert!(closed.await.unwrap());
    house.watched(3).await;
    assert_eq!(house.told_in(ExceptionState::Open).await, 0);
    house.says_something().await;
    house.ground.pass(24 * 60);
    house.watched(4).await;
    assert_eq!(house.told_in(ExceptionState::Open).await, 1);
    assert!(running.drain().await.whole);
}

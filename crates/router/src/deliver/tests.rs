//! What an attempt may say of an effect that was sent before.

use async_trait::async_trait;
use broker::Embedded;
use connector::{Confirmation, Decoded, DuplicateGuard, Inbound};
use store::{Clock, EffectState, SqliteStore};

use super::*;
use crate::outcome::tests::row;

/// A partner that is never reached: the tests end before it.
struct Nobody;

impl Codec for Nobody {
    fn decode(&self, _: &Inbound) -> Result<Vec<Decoded>, Failure> {
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Nobody {
    async fn send(&self, _: Outbound<'_>) -> Result<Confirmation, Failure> {
        Err(Failure::in_doubt("x.asked", "it was asked"))
    }

    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        Ok(Found::Nothing)
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::NativeKey
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}

async fn worker(dir: &tempfile::TempDir) -> Worker {
    let way = Delivering {
        connector: "erp".to_owned(),
        owner: "w".to_owned(),
        broker: Arc::new(Embedded::open(&dir.path().join("queue.db")).await.unwrap()),
        store: Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap()),
        codec: Arc::new(Nobody),
        sink: Arc::new(Nobody),
        policy: RetryPolicy::default(),
        max_in_flight: 1,
        deadline: Duration::from_secs(1),
        clock: Clock::default(),
    };
    let alone = Alone::new(&way.store, &way.connector, &way.clock);
    Worker {
        alone,
        way,
        failures: AtomicU32::new(0),
        probe: Mutex::new(()),
        paused_until: std::sync::Mutex::new(None),
        broken: OnceLock::new(),
        ended: CancellationToken::new(),
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_encoded_any_more_does_not_refuse_what_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let worker = worker(&dir).await;
    let mut effect = row();
    effect.command = "no command".to_owned();
    let sent = worker.attempt(&effect, true).await;
    assert_eq!(sent.state, EffectState::Rejected, "surely not sent");
    effect.last_sent_at = Some(Timestamp::now());
    let looked = worker.attempt(&effect, false).await;
    assert_eq!(looked.state, EffectState::Unknown);
    assert!(looked.tell.is_none() && looked.wait.is_some(), "{looked:?}");
    assert_eq!(looked.failure_code, "router.bad-command");
}

//! What an attempt may say of an effect that was sent before.

use async_trait::async_trait;
use broker::Embedded;
use connector::{Confirmation, Decoded, DuplicateGuard, Inbound};
use store::{Clock, EffectState, SqliteStore};

use super::*;
use crate::outcome::tests::row;
use crate::wire;

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
        reading: Arc::default(),
    };
    Worker::new(way)
}

#[tokio::test]
async fn a_command_that_cannot_be_encoded_any_more_does_not_refuse_what_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let worker = worker(&dir).await;
    let mut effect = row();
    effect.command = "no command".to_owned();
    let sent = worker.attempt(&effect, true, false).await;
    assert_eq!(sent.state, EffectState::Rejected, "surely not sent");
    effect.last_sent_at = Some(Timestamp::now());
    let looked = worker.attempt(&effect, false, false).await;
    assert_eq!(looked.state, EffectState::Unknown);
    assert!(looked.tell.is_none() && looked.wait.is_some(), "{looked:?}");
    assert_eq!(looked.failure_code, "router.bad-command");
}

#[tokio::test]
async fn during_an_outage_the_others_are_kept_back_and_the_one_that_is_tried_is_not_parked() {
    let dir = tempfile::tempdir().unwrap();
    let worker = worker(&dir).await;
    let mut effect = row();
    effect.tries = worker.way.policy.max_tries - 1;
    let down = || Failure::unavailable("x.down", "it is down");
    let usual = outcome::after_send(&effect, Err(down()), &worker.way.policy);
    assert_eq!(usual.state, EffectState::Parked, "without an outage");
    let tried = outcome::after_send(&effect, Err(down()), &patient(&worker.way.policy));
    let tried = spared(&effect, tried);
    assert_eq!(tried.state, EffectState::Ready);
    assert_eq!(tried.tries, effect.tries);
    assert!(tried.wait.is_some() && tried.tell.is_none(), "{tried:?}");

    let topology = wire::topology(&["erp".to_owned()], &[], 20);
    worker.way.broker.declare(&topology).await.unwrap();
    let wait = Duration::from_secs(1);
    for key in ["rt1-x", "rt1-x", "rt1-y"] {
        assert_eq!(worker.keep_back(key, wait).await, Verdict::Ack);
    }
    let queue = effect_queue("erp");
    let mut consumer = worker.way.broker.consume(&queue, 9).await.unwrap();
    let mut back = Vec::new();
    while back.last().is_none_or(|key| key != "rt1-y") {
        for delivery in consumer.next_batch(9).await.unwrap() {
            let ticket: EffectTicket = serde_json::from_slice(&delivery.body).unwrap();
            back.push(ticket.effect_key);
        }
    }
    assert_eq!(back, ["rt1-x", "rt1-y"], "one message for one effect");
}

//! What is asked of a target before a credit is sent, and of whom a credit is.

use std::sync::Mutex;

use async_trait::async_trait;
use canonical::Currency;
use canonical::invoice::InvoiceRef;
use connector::{Confirmation, DuplicateGuard, Found, Outbound, Sink};
use store::{Clock, EffectWrite, SqliteStore, Unit};

use super::*;
use crate::cap::tests::{command, shown};
use crate::deliver::Delivering;
use crate::outcome::tests::row;
use crate::retry::RetryPolicy;

/// A target that shows what it is told, and takes everything.
struct Target {
    shows: Mutex<Result<CreditsAgainst, Failure>>,
    sent: Mutex<u32>,
}

impl connector::Codec for Target {
    fn decode(&self, _: &connector::Inbound) -> Result<Vec<connector::Decoded>, Failure> {
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Target {
    async fn send(&self, _: Outbound<'_>) -> Result<Confirmation, Failure> {
        *self.sent.lock().unwrap() += 1;
        Err(Failure::in_doubt("x.sent", "it was sent"))
    }

    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        Ok(Found::Nothing)
    }

    async fn credits_against(
        &self,
        _: &InvoiceRef,
        _: Currency,
    ) -> Result<CreditsAgainst, Failure> {
        self.shows.lock().unwrap().clone()
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::NativeKey
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}

struct Desk {
    worker: Worker,
    target: std::sync::Arc<Target>,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let target = std::sync::Arc::new(Target {
            shows: Mutex::new(Ok(CreditsAgainst::CannotSay)),
            sent: Mutex::new(0),
        });
        let broker = broker::Embedded::open(&dir.path().join("queue.db"))
            .await
            .unwrap();
        let way = Delivering {
            connector: "erp".to_owned(),
            owner: "w".to_owned(),
            broker: std::sync::Arc::new(broker),
            store: std::sync::Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap()),
            codec: target.clone(),
            sink: target.clone(),
            policy: RetryPolicy::default(),
            max_in_flight: 1,
            deadline: Duration::from_secs(1),
            clock: Clock::default(),
            reading: std::sync::Arc::default(),
        };
        Self {
            worker: Worker::new(way),
            target,
            _dir: dir,
        }
    }

    fn shows(&self, shows: Result<CreditsAgainst, Failure>) {
        *self.target.shows.lock().unwrap() = shows;
    }

    /// Sends a memo over 7 of 10 pieces: the state after it, its failure code, and how often something was sent.
    async fn send(&self) -> (EffectState, String, u32) {
        let mut effect = row();
        effect.command = serde_json::to_string(&command("rt1-x", 7)).unwrap();
        let next = self.worker.attempt(&effect, true, false).await;
        let sent = *self.target.sent.lock().unwrap();
        (next.state, next.failure_code, sent)
    }
}

#[tokio::test]
async fn a_target_that_cannot_say_stops_nothing() {
    let desk = Desk::open().await;
    assert_eq!(
        desk.send().await,
        (EffectState::Unknown, "x.sent".into(), 1)
    );
}

#[tokio::test]
async fn a_foreign_credit_that_leaves_too_little_refuses_it_unsent() {
    let desk = Desk::open().await;
    let four = shown(Some("1"), 4, "EA", 4 * 2382);
    desk.shows(Ok(CreditsAgainst::Shown(vec![four])));
    let refused = (EffectState::Rejected, OVER_INVOICE.to_owned(), 0);
    assert_eq!(desk.send().await, refused);
    let code = crate::report::by_reason(OVER_INVOICE);
    assert_eq!(code, Some(canonical::ExceptionCode::CreditCapExceeded));
    let three = shown(Some("1"), 3, "EA", 3 * 2382);
    desk.shows(Ok(CreditsAgainst::Shown(vec![three])));
    assert_eq!(desk.send().await.2, 1, "that fits");
}

#[tokio::test]
async fn a_question_without_an_answer_is_asked_again_and_nothing_is_sent() {
    let desk = Desk::open().await;
    for failure in [
        Failure::rejected("x.no", "no"),
        Failure::in_doubt("x.lost", "lost"),
        Failure::malformed("x.html", "a page"),
        Failure::unavailable("x.down", "down"),
    ] {
        let code = failure.code.to_owned();
        desk.shows(Err(failure));
        assert_eq!(desk.send().await, (EffectState::Ready, code, 0));
    }
}

#[tokio::test]
async fn ours_are_known_by_an_effect_of_that_key_and_not_by_its_looks() {
    let desk = Desk::open().await;
    let mut credit = shown(Some("1"), 9, "EA", 9 * 2382);
    credit.key = "RT1-OTHER".to_owned();
    desk.shows(Ok(CreditsAgainst::Shown(vec![credit.clone()])));
    assert_eq!(desk.send().await.0, EffectState::Rejected, "no such effect");
    let mut other = row();
    other.effect_key = "rt1-other".to_owned();
    other.return_id = "R2".to_owned();
    other.state = EffectState::Ready;
    let unit = Unit {
        effects: vec![EffectWrite::Plan(other)],
        ..Unit::default()
    };
    desk.worker
        .way
        .store
        .commit(vec![unit], Vec::new())
        .await
        .unwrap();
    assert_eq!(desk.send().await.2, 1, "ours, although in capitals");
    // The memo itself is there: sending it again recognises it.
    credit.key = "rt1-x".to_owned();
    desk.shows(Ok(CreditsAgainst::Shown(vec![credit])));
    assert_eq!(desk.send().await.2, 2);
}

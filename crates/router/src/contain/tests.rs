//! A connector that breaks everywhere, and what is left of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use broker::{Broker as _, Embedded};
use bytes::Bytes;
use jiff::Timestamp;
use store::{ExceptionFilter, SqliteStore, Store as _};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::intake::Intake;
use crate::wire;

/// Breaks on what says so, and is content with the rest.
struct Brittle;

impl Codec for Brittle {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        assert!(!raw.raw.starts_with(b"break"), "index 7 of 3");
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        panic!("no such field")
    }
}

#[async_trait]
impl Sink for Brittle {
    async fn send(&self, _: Outbound<'_>) -> Result<Confirmation, Failure> {
        panic!("sent half of it")
    }

    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        panic!("found half of it")
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::None
    }

    async fn probe(&self) -> Result<String, Failure> {
        panic!("nobody there")
    }
}

/// Hands over a list; breaks once before it, and whenever it is told of the first.
struct List {
    broke: bool,
    next: u64,
    settled: Arc<AtomicUsize>,
    stored: Arc<AtomicUsize>,
}

const BODIES: [&[u8]; 5] = [b"a", b"b", b"break here", b"c", b"d"];

#[async_trait]
impl Source for List {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        if !self.broke {
            self.broke = true;
            panic!("the first call breaks");
        }
        let Some(body) = BODIES.get(usize::try_from(self.next).unwrap()) else {
            return Ok(None);
        };
        self.next += 1;
        Ok(Some(Inbound {
            origin: Origin {
                connector: "list".to_owned(),
                channel: "test".to_owned(),
                reference: self.next.to_string(),
                received_at: Timestamp::UNIX_EPOCH,
                headers: BTreeMap::new(),
                token: self.next,
            },
            raw: Bytes::from_static(body),
            refused: None,
        }))
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        self.settled.fetch_add(1, Ordering::Relaxed);
        if matches!(how, Settlement::Stored) {
            self.stored.fetch_add(1, Ordering::Relaxed);
        }
        assert_ne!(origin.token, 1, "told of the first");
        Ok(())
    }
}

#[tokio::test]
async fn a_message_that_breaks_the_codec_is_kept_alone_and_a_source_that_breaks_is_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Arc::new(Embedded::open(&dir.path().join("queue.db")).await.unwrap());
    broker
        .declare(&wire::topology(&["list".to_owned()], &[], 20))
        .await
        .unwrap();
    let store = Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap());
    let (settled, stored) = (Arc::default(), Arc::default());
    let built = Built {
        codec: Arc::new(Brittle),
        source: Some(Box::new(List {
            broke: false,
            next: 0,
            settled: Arc::clone(&settled),
            stored: Arc::clone(&stored),
        })),
        sink: None,
    };
    let built = contained(built, "list", &Arc::default());
    let store_for_intake: Arc<dyn store::Store> = Arc::<SqliteStore>::clone(&store);
    let intake = Intake {
        connector: "list".to_owned(),
        broker,
        store: store_for_intake,
        codec: built.codec,
        clock: store::Clock::default(),
    };
    let run = intake.run(built.source.unwrap(), CancellationToken::new());
    tokio::time::timeout(Duration::from_mins(1), run)
        .await
        .expect("it goes on");
    assert_eq!(settled.load(Ordering::Relaxed), 5, "each is told once");
    assert_eq!(
        stored.load(Ordering::Relaxed),
        4,
        "the neighbours go through"
    );
    let kept = store.exceptions(&ExceptionFilter::default()).await.unwrap();
    let [only] = kept.as_slice() else {
        panic!("one exception: {kept:?}")
    };
    assert_eq!(only.code, "POISON_MESSAGE");
    assert!(only.reason.contains("index 7 of 3"), "{}", only.reason);
    let whole = store.exception(&only.exception_id).await.unwrap().unwrap();
    assert_eq!(whole.raw.as_ref(), b"break here");
}

#[tokio::test]
async fn a_sink_that_breaks_leaves_a_doubt_and_a_codec_that_breaks_sends_nothing() {
    let command: Command = serde_json::from_value(serde_json::json!({
        "effect_key": "k", "key_text": "R1|X", "kind": "WMS_RMA_CANCEL", "return_id": "R1",
        "rma_number": "RMA-1", "legal_entity": "US01", "site": "DC-EAST", "customer_account": "C1",
        "correlation_id": "id:R1", "issued_at": "2026-03-02T10:00:00Z",
        "data": { "do": "cancel-announcement", "announced_as": "a", "reason": "none" }
    }))
    .unwrap();
    let codec = ContainedCodec {
        codec: Arc::new(Brittle),
        instance: "brittle".to_owned(),
        watch: Arc::default(),
    };
    let refused = codec.encode(&command).unwrap_err();
    assert_eq!(refused.kind, connector::FailureKind::Rejected);
    assert!(refused.message.contains("no such field"), "{refused}");
    let sink = ContainedSink(Arc::new(Brittle));
    let key = canonical::EffectKey("k".to_owned());
    let outbound = Outbound {
        key: &key,
        command: &command,
        body: &[],
    };
    let sent = sink.send(outbound).await.unwrap_err();
    assert_eq!(sent.kind, connector::FailureKind::InDoubt);
    assert!(sent.message.contains("sent half of it"), "{sent}");
    assert_eq!(
        sink.find(outbound).await.unwrap_err().kind,
        connector::FailureKind::InDoubt
    );
    assert!(sink.probe().await.is_err());
}

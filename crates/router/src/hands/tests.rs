//! Sources are counted from the taking to the settling, and asked when they end.

use bytes::Bytes;
use jiff::Timestamp;

use super::*;

struct Two(u64);

#[async_trait]
impl Source for Two {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        self.0 += 1;
        Ok((self.0 <= 2).then(|| Inbound {
            origin: Origin {
                connector: "two".to_owned(),
                channel: "test".to_owned(),
                reference: format!("a#{}", self.0),
                received_at: Timestamp::UNIX_EPOCH,
                headers: BTreeMap::new(),
                token: self.0,
            },
            raw: Bytes::new(),
            refused: None,
        }))
    }

    async fn settle(&mut self, _: &Origin, _: Settlement) -> Result<(), Failure> {
        Ok(())
    }

    fn unfinished(&self) -> Vec<String> {
        vec!["a".to_owned()]
    }
}

#[tokio::test]
async fn what_is_not_settled_stays_in_hand() {
    let hands = Arc::new(Hands::default());
    let mut source = CountedSource::new(Box::new(Two(0)), "two", &hands);
    let first = source.next().await.unwrap().unwrap();
    source.next().await.unwrap();
    source
        .settle(&first.origin, Settlement::Stored)
        .await
        .unwrap();
    let inputs = hands.now().inputs["two"].clone();
    assert_eq!((inputs.finished, inputs.files.len()), (1, 0));
    assert_eq!(inputs.open, BTreeMap::from([(2, "a#2".to_owned())]));
    drop(source);
    assert_eq!(hands.now().inputs["two"].files, ["a"]);
}

#[tokio::test]
async fn deliveries_are_counted_by_what_was_said_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let broker = broker::Embedded::open(&folder.path().join("queue.db"))
        .await
        .unwrap();
    let hands = Arc::new(Hands::default());
    let broker = CountedBroker::new(Arc::new(broker), &hands, &Arc::default(), Clock::default());
    let topology = Topology::of(&["erp".to_owned()], 5);
    broker.declare(&topology).await.unwrap();
    let queue = broker::topology::effect_queue("erp");
    let message = |n: u8| Message {
        id: n.to_string(),
        to: broker::Destination::Queue(queue.clone()),
        content_type: "text/plain".to_owned(),
        headers: BTreeMap::new(),
        body: Bytes::from(vec![n]),
    };
    let published = broker.publish((0..3).map(message).collect()).await;
    assert!(published.iter().all(Result::is_ok), "{published:?}");
    let mut consumer = broker.consume(&queue, 10).await.unwrap();
    let mut taken = Vec::new();
    while taken.len() < 3 {
        taken.extend(consumer.next_batch(10).await.unwrap());
    }
    let verdicts = [
        (taken[0].tag, Verdict::Ack),
        (taken[1].tag, Verdict::NotTried),
    ];
    consumer.settle(&verdicts).await.unwrap();
    let count = hands.now().queues[&queue];
    assert_eq!((count.finished, count.back, count.open), (1, 1, 1));
    drop(consumer);
    broker.close().await;
    assert_eq!(hands.now().queues[&queue].open, 1, "nobody finished it");
}

/// Takes its time to publish, under an alarm or not.
struct Slow {
    blocked: Option<Duration>,
}

#[async_trait]
impl Broker for Slow {
    async fn declare(&self, _: &Topology) -> Result<(), BrokerError> {
        Ok(())
    }

    async fn publish(&self, _: Vec<Message>) -> Vec<Result<(), PublishError>> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Vec::new()
    }

    async fn consume(&self, _: &str, _: u16) -> Result<Box<dyn Consumer>, BrokerError> {
        Err(BrokerError::Refused("nothing is consumed here".to_owned()))
    }

    async fn depth(&self, _: &str) -> Result<u64, BrokerError> {
        Ok(0)
    }

    fn healthy(&self) -> bool {
        true
    }

    fn blocked_for(&self) -> Option<Duration> {
        self.blocked
    }

    async fn describe(&self) -> Result<String, BrokerError> {
        Ok(String::new())
    }

    async fn close(&self) {}
}

#[tokio::test]
async fn what_an_alarm_holds_up_is_no_measure_of_publishing() {
    let hands = Arc::new(Hands::default());
    for (blocked, is_measured) in [(None, true), (Some(Duration::from_secs(1)), false)] {
        let pace = Arc::new(Pace::default());
        let clock = Clock::default();
        let broker = CountedBroker::new(Arc::new(Slow { blocked }), &hands, &pace, clock.clone());
        broker.publish(Vec::new()).await;
        assert_eq!(
            pace.slowest(clock.now()).is_positive(),
            is_measured,
            "{blocked:?}"
        );
    }
}

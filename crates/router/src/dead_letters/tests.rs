//! On a real RabbitMQ: it alone counts what is nobody's fault.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::time::Duration;

use broker::{Queue, Rabbit, RabbitConfig, Topology};
use bytes::Bytes;
use store::{ExceptionFilter, SqliteStore};
use tokio::time::{sleep, timeout};

use super::*;

const PATIENCE: Duration = Duration::from_mins(1);

async fn house(name: &str) -> (Arc<dyn Broker>, DeadLetters) {
    let server = testkit::rabbit::Rabbit::shared().await.unwrap();
    let url = server.vhost(name).await.unwrap();
    let broker: Arc<dyn Broker> = Arc::new(Rabbit::start(RabbitConfig::new(url)).unwrap());
    let topology = Topology {
        exchanges: Vec::new(),
        queues: vec![Queue {
            name: "q".to_owned(),
            delivery_limit: 1,
            one_consumer: false,
            bindings: Vec::new(),
        }],
        rungs: Vec::new(),
    };
    broker.declare(&topology).await.unwrap();
    let letters = DeadLetters {
        queue: "q".to_owned(),
        parked: "q.parked".to_owned(),
        connector: String::new(),
        broker: Arc::clone(&broker),
        store: Arc::new(SqliteStore::simulated(Clock::default()).unwrap()),
        clock: Clock::default(),
    };
    (broker, letters)
}

async fn publish(broker: &dyn Broker, given_back: u32) {
    let message = Message {
        id: "m-1".to_owned(),
        to: Destination::Queue("q".to_owned()),
        content_type: "application/json".to_owned(),
        headers: BTreeMap::from([(GIVEN_BACK.to_owned(), given_back.to_string())]),
        body: Bytes::from_static(b"{}"),
    };
    assert_eq!(broker.publish(vec![message]).await, [Ok(())]);
}

/// Delivers it so often that the broker gives it up.
async fn deliver_too_often(broker: &dyn Broker, verdict: Verdict, times: u32) {
    let mut consumer = broker.consume("q", 1).await.unwrap();
    for _ in 0..times {
        let batch = timeout(PATIENCE, consumer.next_batch(1)).await.unwrap();
        let delivery = batch.unwrap().remove(0);
        consumer.settle(&[(delivery.tag, verdict)]).await.unwrap();
    }
    consumer.cancel().await;
}

async fn exceptions(store: &dyn Store) -> usize {
    let all = store.exceptions(&ExceptionFilter::default()).await;
    all.unwrap().len()
}

#[tokio::test]
async fn what_was_delivered_too_often_goes_on() {
    let (broker, letters) = house("given-back").await;
    publish(broker.as_ref(), 4).await;
    deliver_too_often(broker.as_ref(), Verdict::Failed, 2).await;
    let (store, stop) = (Arc::clone(&letters.store), CancellationToken::new());
    let running = tokio::spawn(letters.run(stop.clone()));
    let mut consumer = broker.consume("q", 1).await.unwrap();
    let batch = timeout(PATIENCE, consumer.next_batch(1)).await.unwrap();
    let again = batch.unwrap().remove(0);
    assert_eq!((again.id.as_str(), &again.body[..]), ("m-1", &b"{}"[..]));
    let times = again.headers.get(GIVEN_BACK);
    assert_eq!(times.map(String::as_str), Some("5"));
    assert_eq!(exceptions(store.as_ref()).await, 0);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_given_back_too_often_or_refused_is_kept() {
    for (name, given_back, verdict, deliveries) in [
        ("too-often", TIMES, Verdict::Failed, 2),
        ("refused", 0, Verdict::DeadLetter, 1),
    ] {
        let (broker, letters) = house(name).await;
        publish(broker.as_ref(), given_back).await;
        deliver_too_often(broker.as_ref(), verdict, deliveries).await;
        let (store, stop) = (Arc::clone(&letters.store), CancellationToken::new());
        let running = tokio::spawn(letters.run(stop.clone()));
        let kept = async {
            while exceptions(store.as_ref()).await == 0 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(PATIENCE, kept).await.is_ok(), "{name}: not kept");
        assert_eq!(broker.depth("q").await, Ok(0), "{name}");
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}

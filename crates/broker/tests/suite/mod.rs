//! What every broker must do. Each scenario is a function; `rabbit.rs` and `embedded.rs` run them all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]
#![allow(dead_code, reason = "not every file uses every helper")]

pub(crate) mod ladder;
pub(crate) mod publishing;
pub(crate) mod settling;
pub(crate) mod subscribing;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use broker::{
    Broker, Consumer, Delivery, Destination, Exchange, Message, Queue, Rung, Tag, Topology, Verdict,
};
use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout};

/// No scenario waits longer for a thing to happen.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// One exchange, one queue bound with `a.*`, its `.parked`, one rung.
pub(crate) fn topology(delivery_limit: u32) -> Topology {
    Topology {
        exchanges: vec![Exchange {
            name: "e".to_owned(),
        }],
        queues: vec![Queue {
            name: "q".to_owned(),
            delivery_limit,
            one_consumer: false,
            bindings: vec![("e".to_owned(), "a.*".to_owned())],
        }],
        rungs: vec![Rung::S1],
    }
}

pub(crate) fn message(id: impl Display, to: Destination) -> Message {
    Message {
        id: id.to_string(),
        to,
        content_type: "application/json".to_owned(),
        headers: BTreeMap::from([("attempt".to_owned(), "1".to_owned())]),
        body: Bytes::from(format!("body of {id}")),
    }
}

pub(crate) fn topic(key: &str) -> Destination {
    Destination::Topic {
        exchange: "e".to_owned(),
        key: key.to_owned(),
        optional: false,
    }
}

pub(crate) fn queue() -> Destination {
    Destination::Queue("q".to_owned())
}

/// Declares the topology and publishes `count` messages with the ids 0, 1, … to the queue.
pub(crate) async fn filled(broker: &dyn Broker, delivery_limit: u32, count: usize) {
    broker.declare(&topology(delivery_limit)).await.unwrap();
    publish_all(
        broker,
        (0..count).map(|n| message(n, topic("a.x"))).collect(),
    )
    .await;
}

pub(crate) async fn publish_all(broker: &dyn Broker, messages: Vec<Message>) {
    for answer in broker.publish(messages).await {
        answer.unwrap();
    }
}

pub(crate) async fn consume(broker: &dyn Broker, queue: &str) -> Box<dyn Consumer> {
    broker.consume(queue, 1024).await.unwrap()
}

/// Exactly `count` deliveries, in the order of delivery.
pub(crate) async fn take(consumer: &mut dyn Consumer, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let batch = timeout(PATIENCE, consumer.next_batch(count - taken.len())).await;
        taken.extend(batch.expect("deliveries in time").expect("a live consumer"));
    }
    taken
}

pub(crate) async fn settle_all(
    consumer: &mut dyn Consumer,
    deliveries: &[Delivery],
    verdict: Verdict,
) {
    let verdicts: Vec<(Tag, Verdict)> = deliveries.iter().map(|d| (d.tag, verdict)).collect();
    consumer.settle(&verdicts).await.unwrap();
}

/// Nothing comes within a moment.
pub(crate) async fn silent(consumer: &mut dyn Consumer) {
    let moment = Duration::from_millis(300);
    let came = timeout(moment, consumer.next_batch(10)).await;
    assert!(came.is_err(), "unexpected: {came:?}");
}

pub(crate) async fn eventually_deep(broker: &dyn Broker, queue: &str, depth: u64) {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = broker.depth(queue).await;
        if found == Ok(depth) {
            return;
        }
        assert!(
            Instant::now() < until,
            "{queue}: {found:?} instead of {depth}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|d| d.id.as_str()).collect()
}

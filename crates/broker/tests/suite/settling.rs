//! Settling: what each verdict does, and what no verdict does.

use std::time::Duration;

use broker::{Broker, Tag, Verdict};
use tokio::time::timeout;

use super::{consume, eventually_deep, filled, ids, settle_all, silent, take};

pub(crate) async fn what_was_not_settled_comes_again(broker: &dyn Broker) {
    filled(broker, 3, 5).await;
    let mut first = consume(broker, "q").await;
    let batch = take(first.as_mut(), 5).await;
    settle_all(first.as_mut(), &batch[..2], Verdict::Ack).await;
    drop(first);
    let mut second = consume(broker, "q").await;
    let again = take(second.as_mut(), 3).await;
    assert_eq!(ids(&again), ["2", "3", "4"]);
    assert!(again.iter().all(|d| d.redelivered));
    settle_all(second.as_mut(), &again, Verdict::Ack).await;
    silent(second.as_mut()).await;
}

pub(crate) async fn failed_comes_again_until_the_limit_then_is_parked(broker: &dyn Broker) {
    filled(broker, 2, 1).await;
    let mut consumer = consume(broker, "q").await;
    // A limit of 2 means three deliveries.
    for round in 0..3 {
        let batch = take(consumer.as_mut(), 1).await;
        assert_eq!(batch[0].redelivered, round > 0);
        settle_all(consumer.as_mut(), &batch, Verdict::Failed).await;
    }
    let mut parked = consume(broker, "q.parked").await;
    let delivery = take(parked.as_mut(), 1).await.remove(0);
    assert_eq!(
        (delivery.id.as_str(), &delivery.body[..]),
        ("0", &b"body of 0"[..])
    );
    assert_eq!(
        delivery.headers.get("attempt").map(String::as_str),
        Some("1")
    );
    silent(consumer.as_mut()).await;
}

pub(crate) async fn not_tried_stays_in_the_queue(broker: &dyn Broker) {
    filled(broker, 3, 2).await;
    let mut consumer = consume(broker, "q").await;
    let batch = take(consumer.as_mut(), 2).await;
    settle_all(consumer.as_mut(), &batch, Verdict::NotTried).await;
    let mut again = take(consumer.as_mut(), 2).await;
    again.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(ids(&again), ["0", "1"]);
    settle_all(consumer.as_mut(), &again, Verdict::Ack).await;
    silent(consumer.as_mut()).await;
    eventually_deep(broker, "q.parked", 0).await;
}

pub(crate) async fn dead_letter_goes_to_parked(broker: &dyn Broker) {
    filled(broker, 3, 3).await;
    let mut consumer = consume(broker, "q").await;
    let batch = take(consumer.as_mut(), 3).await;
    settle_all(consumer.as_mut(), &batch[1..2], Verdict::DeadLetter).await;
    let mut parked = consume(broker, "q.parked").await;
    let dead = take(parked.as_mut(), 1).await;
    assert_eq!(ids(&dead), ["1"]);
    // There is nowhere further to go, and nothing may be dropped.
    settle_all(parked.as_mut(), &dead, Verdict::DeadLetter).await;
    assert_eq!(ids(&take(parked.as_mut(), 1).await), ["1"]);
    settle_all(consumer.as_mut(), &batch, Verdict::Ack).await;
    drop(consumer);
    eventually_deep(broker, "q", 0).await;
}

pub(crate) async fn a_mixed_batch_settles_each_as_told(broker: &dyn Broker) {
    filled(broker, 3, 6).await;
    let mut consumer = consume(broker, "q").await;
    let batch = take(consumer.as_mut(), 6).await;
    let verdicts = [
        Verdict::Ack,
        Verdict::Failed,
        Verdict::Ack,
        Verdict::DeadLetter,
        Verdict::NotTried,
        Verdict::Ack,
    ];
    let told: Vec<(Tag, Verdict)> = batch.iter().map(|d| d.tag).zip(verdicts).collect();
    consumer.settle(&told).await.unwrap();
    let mut again = take(consumer.as_mut(), 2).await;
    again.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(ids(&again), ["1", "4"]);
    let mut parked = consume(broker, "q.parked").await;
    assert_eq!(ids(&take(parked.as_mut(), 1).await), ["3"]);
    settle_all(consumer.as_mut(), &again, Verdict::Ack).await;
    silent(consumer.as_mut()).await;
}

pub(crate) async fn out_of_order_acks_count(broker: &dyn Broker) {
    filled(broker, 3, 6).await;
    let mut consumer = consume(broker, "q").await;
    let batch = take(consumer.as_mut(), 6).await;
    for n in [5, 1, 3] {
        settle_all(consumer.as_mut(), &batch[n..=n], Verdict::Ack).await;
    }
    drop(consumer);
    let mut second = consume(broker, "q").await;
    assert_eq!(ids(&take(second.as_mut(), 3).await), ["0", "2", "4"]);
}

pub(crate) async fn tags_of_another_session_settle_nothing(broker: &dyn Broker) {
    filled(broker, 3, 2).await;
    let mut consumer = consume(broker, "q").await;
    let batch = take(consumer.as_mut(), 2).await;
    let stale = |d: &broker::Delivery| Tag {
        session: d.tag.session + 7,
        ..d.tag
    };
    let told: Vec<(Tag, Verdict)> = batch.iter().map(|d| (stale(d), Verdict::Ack)).collect();
    consumer.settle(&told).await.unwrap();
    let unknown = Tag {
        number: batch[1].tag.number + 100,
        ..batch[1].tag
    };
    consumer.settle(&[(unknown, Verdict::Ack)]).await.unwrap();
    drop(consumer);
    let mut second = consume(broker, "q").await;
    assert_eq!(ids(&take(second.as_mut(), 2).await), ["0", "1"]);
}

pub(crate) async fn prefetch_bounds_what_is_delivered(broker: &dyn Broker) {
    filled(broker, 3, 10).await;
    let mut consumer = broker.consume("q", 4).await.unwrap();
    let batch = take(consumer.as_mut(), 4).await;
    silent(consumer.as_mut()).await;
    settle_all(consumer.as_mut(), &batch[..1], Verdict::Ack).await;
    let more = take(consumer.as_mut(), 1).await;
    assert_eq!(ids(&more), ["4"]);
}

pub(crate) async fn dropping_the_wait_loses_nothing(broker: &dyn Broker) {
    filled(broker, 3, 0).await;
    let mut consumer = consume(broker, "q").await;
    for n in 0..50 {
        let given_up = timeout(Duration::from_millis(1), consumer.next_batch(10)).await;
        assert!(given_up.is_err(), "{n}: {given_up:?}");
        super::publish_all(broker, vec![super::message(n, super::topic("a.x"))]).await;
        let batch = take(consumer.as_mut(), 1).await;
        assert_eq!(batch[0].id, n.to_string());
        settle_all(consumer.as_mut(), &batch, Verdict::Ack).await;
    }
}

//! Declaring, subscribing, cancelling.

use broker::{Broker, BrokerError, Queue, Topology, Verdict};

use super::{
    eventually_deep, filled, message, publish_all, settle_all, silent, take, topic, topology,
};

pub(crate) async fn declaring_again_changes_nothing(broker: &dyn Broker) {
    filled(broker, 3, 4).await;
    broker.declare(&topology(3)).await.unwrap();
    eventually_deep(broker, "q", 4).await;
}

pub(crate) async fn other_arguments_are_a_mismatch_in_plain_words(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let mut other = topology(5);
    other.queues.push(Queue {
        name: "more".to_owned(),
        delivery_limit: 3,
        one_consumer: false,
        bindings: Vec::new(),
    });
    let error = broker.declare(&other).await.unwrap_err();
    let BrokerError::Mismatch(text) = &error else {
        panic!("{error:?}")
    };
    for part in ["q", "delivery-limit", "3", "5", "delete"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(!text.contains("more"), "{text}");
    // What fits was declared, and the connection still works.
    assert_eq!(broker.depth("more").await, Ok(0));
    broker.declare(&topology(3)).await.unwrap();
}

pub(crate) async fn a_queue_that_does_not_exist_is_refused(broker: &dyn Broker) {
    let nothing = Topology {
        exchanges: Vec::new(),
        queues: Vec::new(),
        rungs: Vec::new(),
    };
    broker.declare(&nothing).await.unwrap();
    let depth = broker.depth("missing").await;
    assert!(matches!(depth, Err(BrokerError::Refused(_))), "{depth:?}");
    let consumer = broker.consume("missing", 10).await;
    assert!(matches!(consumer.err(), Some(BrokerError::Refused(_))));
}

pub(crate) async fn cancelled_hands_out_what_was_delivered_then_ends(broker: &dyn Broker) {
    filled(broker, 3, 100).await;
    let mut consumer = broker.consume("q", 50).await.unwrap();
    let mut taken = consumer.next_batch(10).await.unwrap();
    consumer.cancel().await;
    while let Some(batch) = consumer.next_batch(10).await {
        taken.extend(batch);
    }
    assert!(taken.len() <= 50, "{}", taken.len());
    settle_all(consumer.as_mut(), &taken, Verdict::Ack).await;
    assert!(consumer.next_batch(10).await.is_none());
    drop(consumer);
    // What was settled is gone, what was not delivered is there, as new.
    let mut second = broker.consume("q", 100).await.unwrap();
    let rest = take(second.as_mut(), 100 - taken.len()).await;
    assert!(
        rest.iter()
            .all(|d| !d.redelivered && taken.iter().all(|t| t.id != d.id))
    );
    silent(second.as_mut()).await;
}

pub(crate) async fn two_consumers_share_a_queue(broker: &dyn Broker) {
    filled(broker, 3, 100).await;
    let mut first = broker.consume("q", 10).await.unwrap();
    let mut second = broker.consume("q", 10).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 100 {
        for consumer in [&mut first, &mut second] {
            let moment = std::time::Duration::from_millis(50);
            let Ok(Some(batch)) = tokio::time::timeout(moment, consumer.next_batch(10)).await
            else {
                continue;
            };
            settle_all(consumer.as_mut(), &batch, Verdict::Ack).await;
            for delivery in batch {
                assert!(seen.insert(delivery.id.clone()), "twice: {}", delivery.id);
            }
        }
    }
}

pub(crate) async fn it_says_what_it_is(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    assert!(!broker.describe().await.unwrap().is_empty());
    assert!(broker.healthy());
}

/// Only where several processes share a broker: the embedded one belongs to one.
pub(crate) async fn a_queue_of_one_consumer_goes_on_with_the_next(broker: &dyn Broker) {
    let mut one = topology(3);
    for queue in &mut one.queues {
        queue.one_consumer = true;
    }
    broker.declare(&one).await.unwrap();
    let mut first = broker.consume("q", 1).await.unwrap();
    let mut second = broker.consume("q", 1).await.unwrap();
    publish_all(broker, (0..2).map(|n| message(n, topic("a.x"))).collect()).await;
    let taken = take(first.as_mut(), 1).await;
    settle_all(first.as_mut(), &taken, Verdict::Ack).await;
    assert_eq!(take(first.as_mut(), 1).await.len(), 1, "the second as well");
    silent(second.as_mut()).await;
    drop(first);
    assert_eq!(
        take(second.as_mut(), 1).await.len(),
        1,
        "now it is its turn"
    );
}

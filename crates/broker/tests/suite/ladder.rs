//! The wait ladder.

use std::time::Duration;

use broker::{Broker, Destination, Rung, Verdict};
use tokio::time::Instant;

use super::{consume, filled, message, publish_all, settle_all, silent, take};

pub(crate) async fn a_rung_brings_it_back_after_its_delay(broker: &dyn Broker) {
    filled(broker, 3, 1).await;
    let mut consumer = consume(broker, "q").await;
    let original = take(consumer.as_mut(), 1).await;
    let to = Destination::Wait {
        rung: Rung::S1,
        queue: "q".to_owned(),
    };
    let mut sent = message(0, to);
    sent.headers.insert("attempt".to_owned(), "2".to_owned());
    let begun = Instant::now();
    publish_all(broker, vec![sent.clone()]).await;
    settle_all(consumer.as_mut(), &original, Verdict::Ack).await;
    let back = take(consumer.as_mut(), 1).await.remove(0);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(990), "{waited:?}");
    assert_eq!(back.id, sent.id);
    assert_eq!(back.routing_key, "q");
    assert_eq!(back.content_type.as_deref(), Some("application/json"));
    assert_eq!(back.headers, sent.headers);
    assert_eq!(back.body, sent.body);
    settle_all(consumer.as_mut(), &[back], Verdict::Ack).await;
    silent(consumer.as_mut()).await;
}

pub(crate) async fn a_rung_keeps_the_order_and_serves_every_queue(broker: &dyn Broker) {
    filled(broker, 3, 0).await;
    let to = |queue: &str| Destination::Wait {
        rung: Rung::S1,
        queue: queue.to_owned(),
    };
    let mut messages: Vec<_> = (0..20).map(|n| message(n, to("q"))).collect();
    messages.push(message("other", to("q.parked")));
    publish_all(broker, messages).await;
    let mut consumer = consume(broker, "q").await;
    let back = take(consumer.as_mut(), 20).await;
    let wanted: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(super::ids(&back), wanted);
    let mut parked = consume(broker, "q.parked").await;
    assert_eq!(super::ids(&take(parked.as_mut(), 1).await), ["other"]);
}

//! Publishing: what `Ok` means, and what the failures mean.

use broker::{Broker, Destination, PublishError, Rung, Verdict};

use super::{consume, filled, message, publish_all, queue, settle_all, take, topic, topology};

pub(crate) async fn ten_thousand_arrive_once_and_in_order(broker: &dyn Broker) {
    const COUNT: usize = 10_000;
    filled(broker, 3, COUNT).await;
    let mut consumer = consume(broker, "q").await;
    let mut next = 0;
    while next < COUNT {
        let batch = take(consumer.as_mut(), (COUNT - next).min(256)).await;
        for delivery in &batch {
            assert_eq!(delivery.id, next.to_string());
            assert_eq!(delivery.body, format!("body of {next}"));
            next += 1;
        }
        settle_all(consumer.as_mut(), &batch, Verdict::Ack).await;
    }
    drop(consumer);
    super::eventually_deep(broker, "q", 0).await;
}

pub(crate) async fn a_message_arrives_as_it_was_sent(broker: &dyn Broker) {
    filled(broker, 3, 1).await;
    let mut consumer = consume(broker, "q").await;
    let delivery = take(consumer.as_mut(), 1).await.remove(0);
    assert_eq!(delivery.id, "0");
    assert_eq!(delivery.routing_key, "a.x");
    assert_eq!(delivery.content_type.as_deref(), Some("application/json"));
    assert_eq!(delivery.headers, message(0, queue()).headers);
    assert_eq!(delivery.body, "body of 0");
    assert!(!delivery.redelivered);
}

pub(crate) async fn unroutable_is_a_failure_of_that_message_alone(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let to = |n: usize| match n {
        30 => topic("b.x"),
        60 => Destination::Queue("nowhere".to_owned()),
        90 => topic("a.too.deep"),
        _ => topic("a.x"),
    };
    let answers = broker
        .publish((0..200).map(|n| message(n, to(n))).collect())
        .await;
    assert_eq!(answers.len(), 200);
    for (n, answer) in answers.iter().enumerate() {
        match n {
            30 | 60 | 90 => assert!(
                matches!(answer, Err(PublishError::Unroutable(_))),
                "{n}: {answer:?}"
            ),
            _ => assert_eq!(answer, &Ok(()), "{n}"),
        }
    }
    super::eventually_deep(broker, "q", 197).await;
}

pub(crate) async fn optional_may_be_unroutable(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let to = Destination::Topic {
        exchange: "e".to_owned(),
        key: "b".to_owned(),
        optional: true,
    };
    publish_all(broker, vec![message(1, to), message(2, topic("a.x"))]).await;
    super::eventually_deep(broker, "q", 1).await;
}

pub(crate) async fn an_exchange_that_does_not_exist_fails_its_messages_alone(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let missing = || Destination::Topic {
        exchange: "missing".to_owned(),
        key: "a.x".to_owned(),
        optional: false,
    };
    let to = |n: usize| if n == 5 { missing() } else { topic("a.x") };
    let answers = broker
        .publish((0..20).map(|n| message(n, to(n))).collect())
        .await;
    for (n, answer) in answers.iter().enumerate() {
        match n {
            5 => assert!(
                matches!(answer, Err(PublishError::Unroutable(_))),
                "{answer:?}"
            ),
            // The broker may have ended more than that burst's channel; then it says that it does not know.
            _ => assert!(
                matches!(answer, Ok(()) | Err(PublishError::Unknown(_))),
                "{answer:?}"
            ),
        }
    }
    publish_all(broker, vec![message("after", topic("a.x"))]).await;
}

pub(crate) async fn what_the_wire_cannot_carry_is_refused(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let long = topic(&format!("a.{}", "x".repeat(300)));
    let answers = broker
        .publish(vec![message(0, long), message(1, topic("a.x"))])
        .await;
    assert!(
        matches!(answers[0], Err(PublishError::Refused(_))),
        "{answers:?}"
    );
    assert_eq!(answers[1], Ok(()));
}

pub(crate) async fn nothing_to_publish_is_nothing(broker: &dyn Broker) {
    assert_eq!(broker.publish(Vec::new()).await, []);
}

pub(crate) async fn bursts_at_the_same_time_all_arrive(broker: &dyn Broker) {
    broker.declare(&topology(3)).await.unwrap();
    let burst = |b: usize| {
        let messages = (0..50)
            .map(|n| message(format!("{b}-{n}"), topic("a.x")))
            .collect();
        broker.publish(messages)
    };
    for answers in futures_util::future::join_all((0..40).map(burst)).await {
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    super::eventually_deep(broker, "q", 2_000).await;
}

pub(crate) async fn after_close_nothing_is_taken_and_nothing_hangs(broker: &dyn Broker) {
    filled(broker, 3, 1).await;
    let mut consumer = consume(broker, "q").await;
    take(consumer.as_mut(), 1).await;
    broker.close().await;
    broker.close().await;
    let answers = broker.publish(vec![message(1, queue())]).await;
    assert!(answers[0].is_err(), "{answers:?}");
    assert!(consumer.next_batch(1).await.is_none());
    assert!(!broker.healthy());
    let waiting = Destination::Wait {
        rung: Rung::S1,
        queue: "q".to_owned(),
    };
    assert!(broker.publish(vec![message(2, waiting)]).await[0].is_err());
}

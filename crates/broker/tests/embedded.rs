//! The suite on the embedded broker, and what is its own: it comes back from its file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod suite;

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, BrokerError, Destination, Embedded, Rung, Verdict};
use suite::{ladder, publishing, settling, subscribing};
use tempfile::TempDir;
use tokio::time::timeout;

/// A broker and the folder of its file.
struct Site {
    broker: Embedded,
    _dir: TempDir,
}

async fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let broker = Embedded::open(&dir.path().join("queues.db")).await.unwrap();
    Site { broker, _dir: dir }
}

#[tokio::test]
async fn ten_thousand_arrive_once_and_in_order() {
    let site = site().await;
    publishing::ten_thousand_arrive_once_and_in_order(&site.broker).await;
}

#[tokio::test]
async fn a_message_arrives_as_it_was_sent() {
    let site = site().await;
    publishing::a_message_arrives_as_it_was_sent(&site.broker).await;
}

#[tokio::test]
async fn unroutable_is_a_failure_of_that_message_alone() {
    let site = site().await;
    publishing::unroutable_is_a_failure_of_that_message_alone(&site.broker).await;
}

#[tokio::test]
async fn optional_may_be_unroutable() {
    let site = site().await;
    publishing::optional_may_be_unroutable(&site.broker).await;
}

#[tokio::test]
async fn an_exchange_that_does_not_exist_fails_its_messages_alone() {
    let site = site().await;
    publishing::an_exchange_that_does_not_exist_fails_its_messages_alone(&site.broker).await;
}

#[tokio::test]
async fn what_the_wire_cannot_carry_is_refused() {
    let site = site().await;
    publishing::what_the_wire_cannot_carry_is_refused(&site.broker).await;
}

#[tokio::test]
async fn nothing_to_publish_is_nothing() {
    let site = site().await;
    publishing::nothing_to_publish_is_nothing(&site.broker).await;
}

#[tokio::test]
async fn bursts_at_the_same_time_all_arrive() {
    let site = site().await;
    publishing::bursts_at_the_same_time_all_arrive(&site.broker).await;
}

#[tokio::test]
async fn after_close_nothing_is_taken_and_nothing_hangs() {
    let site = site().await;
    publishing::after_close_nothing_is_taken_and_nothing_hangs(&site.broker).await;
}

#[tokio::test]
async fn what_was_not_settled_comes_again() {
    let site = site().await;
    settling::what_was_not_settled_comes_again(&site.broker).await;
}

#[tokio::test]
async fn failed_comes_again_until_the_limit_then_is_parked() {
    let site = site().await;
    settling::failed_comes_again_until_the_limit_then_is_parked(&site.broker).await;
}

#[tokio::test]
async fn not_tried_stays_in_the_queue() {
    let site = site().await;
    settling::not_tried_stays_in_the_queue(&site.broker).await;
}

#[tokio::test]
async fn dead_letter_goes_to_parked() {
    let site = site().await;
    settling::dead_letter_goes_to_parked(&site.broker).await;
}

#[tokio::test]
async fn a_mixed_batch_settles_each_as_told() {
    let site = site().await;
    settling::a_mixed_batch_settles_each_as_told(&site.broker).await;
}

#[tokio::test]
async fn out_of_order_acks_count() {
    let site = site().await;
    settling::out_of_order_acks_count(&site.broker).await;
}

#[tokio::test]
async fn tags_of_another_session_settle_nothing() {
    let site = site().await;
    settling::tags_of_another_session_settle_nothing(&site.broker).await;
}

#[tokio::test]
async fn prefetch_bounds_what_is_delivered() {
    let site = site().await;
    settling::prefetch_bounds_what_is_delivered(&site.broker).await;
}

#[tokio::test]
async fn dropping_the_wait_loses_nothing() {
    let site = site().await;
    settling::dropping_the_wait_loses_nothing(&site.broker).await;
}

#[tokio::test]
async fn a_rung_brings_it_back_after_its_delay() {
    let site = site().await;
    ladder::a_rung_brings_it_back_after_its_delay(&site.broker).await;
}

#[tokio::test]
async fn a_rung_keeps_the_order_and_serves_every_queue() {
    let site = site().await;
    ladder::a_rung_keeps_the_order_and_serves_every_queue(&site.broker).await;
}

#[tokio::test]
async fn declaring_again_changes_nothing() {
    let site = site().await;
    subscribing::declaring_again_changes_nothing(&site.broker).await;
}

#[tokio::test]
async fn other_arguments_are_a_mismatch_in_plain_words() {
    let site = site().await;
    subscribing::other_arguments_are_a_mismatch_in_plain_words(&site.broker).await;
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_refused() {
    let site = site().await;
    subscribing::a_queue_that_does_not_exist_is_refused(&site.broker).await;
}

#[tokio::test]
async fn cancelled_hands_out_what_was_delivered_then_ends() {
    let site = site().await;
    subscribing::cancelled_hands_out_what_was_delivered_then_ends(&site.broker).await;
}

#[tokio::test]
async fn two_consumers_share_a_queue() {
    let site = site().await;
    subscribing::two_consumers_share_a_queue(&site.broker).await;
}

#[tokio::test]
async fn it_says_what_it_is() {
    let site = site().await;
    subscribing::it_says_what_it_is(&site.broker).await;
}

#[tokio::test]
async fn everything_confirmed_comes_back_from_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queues.db");
    let broker = Embedded::open(&path).await.unwrap();
    suite::filled(&broker, 2, 500).await;
    let wait = Destination::Wait {
        rung: Rung::S1,
        queue: "q".to_owned(),
    };
    suite::publish_all(&broker, vec![suite::message("waited", wait)]).await;
    let mut consumer = suite::consume(&broker, "q").await;
    let taken = suite::take(consumer.as_mut(), 10).await;
    suite::settle_all(consumer.as_mut(), &taken[..3], Verdict::Ack).await;
    suite::settle_all(consumer.as_mut(), &taken[3..4], Verdict::DeadLetter).await;
    suite::settle_all(consumer.as_mut(), &taken[4..5], Verdict::Failed).await;
    // As a crash would, without a goodbye.
    drop(consumer);
    drop(broker);

    let broker = Embedded::open(&path).await.unwrap();
    assert!(matches!(
        broker.depth("q").await,
        Err(BrokerError::Refused(_))
    ));
    broker.declare(&suite::topology(2)).await.unwrap();
    let mut consumer = suite::consume(&broker, "q").await;
    let back = suite::take(consumer.as_mut(), 497).await;
    let mut wanted: Vec<String> = (4..500).map(|n: i32| n.to_string()).collect();
    wanted.push("waited".to_owned());
    assert_eq!(suite::ids(&back), wanted);
    let mut parked = suite::consume(&broker, "q.parked").await;
    assert_eq!(suite::ids(&suite::take(parked.as_mut(), 1).await), ["3"]);
    // The failure before the restart counts: with a limit of 2, the third parks it.
    for _ in 0..2 {
        let failed = back.iter().find(|d| d.id == "4").unwrap();
        suite::settle_all(
            consumer.as_mut(),
            std::slice::from_ref(failed),
            Verdict::Failed,
        )
        .await;
        if let Ok(batch) = timeout(Duration::from_millis(100), consumer.next_batch(1)).await {
            let batch = batch.unwrap();
            assert_eq!(suite::ids(&batch), ["4"]);
            suite::settle_all(consumer.as_mut(), &batch, Verdict::Failed).await;
        }
    }
    assert_eq!(suite::ids(&suite::take(parked.as_mut(), 1).await), ["4"]);
}

#[tokio::test]
async fn nothing_confirmed_is_lost_when_it_stops_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queues.db");
    let mut confirmed = std::collections::BTreeSet::new();
    for round in 0..3 {
        let broker = Arc::new(Embedded::open(&path).await.unwrap());
        broker.declare(&suite::topology(3)).await.unwrap();
        let publish = |n: i32| {
            let broker = Arc::clone(&broker);
            tokio::spawn(async move {
                let id = format!("{round}-{n}");
                let answers = broker
                    .publish(vec![suite::message(&id, suite::topic("a.x"))])
                    .await;
                (id, answers[0].is_ok())
            })
        };
        let tasks: Vec<_> = (0..100).map(publish).collect();
        for given_up in tasks.iter().skip(90) {
            given_up.abort();
        }
        for task in tasks {
            if let Ok((id, true)) = task.await {
                confirmed.insert(id);
            }
        }
    }
    let broker = Embedded::open(&path).await.unwrap();
    broker.declare(&suite::topology(3)).await.unwrap();
    let depth = usize::try_from(broker.depth("q").await.unwrap()).unwrap();
    let mut consumer = suite::consume(&broker, "q").await;
    let taken = suite::take(consumer.as_mut(), depth).await;
    let seen: std::collections::BTreeSet<String> = taken.into_iter().map(|d| d.id).collect();
    assert!(confirmed.len() >= 270, "{}", confirmed.len());
    assert!(confirmed.is_subset(&seen));
}

//! The suite on a real RabbitMQ, and what only a server can do: die, come back, block.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod suite;

use broker::{Broker as _, Rabbit, RabbitConfig};
use suite::{ladder, publishing, settling, subscribing};
use testkit::rabbit::Rabbit as Server;

/// A broker on a virtual host of its own on the shared server.
async fn broker(name: &str) -> Rabbit {
    let url = Server::shared().await.unwrap().vhost(name).await.unwrap();
    Rabbit::start(RabbitConfig::new(url)).unwrap()
}

#[tokio::test]
async fn ten_thousand_arrive_once_and_in_order() {
    publishing::ten_thousand_arrive_once_and_in_order(&broker("ten-thousand").await).await;
}

#[tokio::test]
async fn a_message_arrives_as_it_was_sent() {
    publishing::a_message_arrives_as_it_was_sent(&broker("as-sent").await).await;
}

#[tokio::test]
async fn unroutable_is_a_failure_of_that_message_alone() {
    let broker = broker("unroutable").await;
    publishing::unroutable_is_a_failure_of_that_message_alone(&broker).await;
}

#[tokio::test]
async fn optional_may_be_unroutable() {
    publishing::optional_may_be_unroutable(&broker("optional").await).await;
}

#[tokio::test]
async fn an_exchange_that_does_not_exist_fails_its_messages_alone() {
    let broker = broker("no-exchange").await;
    publishing::an_exchange_that_does_not_exist_fails_its_messages_alone(&broker).await;
}

#[tokio::test]
async fn what_the_wire_cannot_carry_is_refused() {
    publishing::what_the_wire_cannot_carry_is_refused(&broker("long-key").await).await;
}

#[tokio::test]
async fn nothing_to_publish_is_nothing() {
    publishing::nothing_to_publish_is_nothing(&broker("nothing").await).await;
}

#[tokio::test]
async fn bursts_at_the_same_time_all_arrive() {
    publishing::bursts_at_the_same_time_all_arrive(&broker("bursts").await).await;
}

#[tokio::test]
async fn after_close_nothing_is_taken_and_nothing_hangs() {
    publishing::after_close_nothing_is_taken_and_nothing_hangs(&broker("close").await).await;
}

#[tokio::test]
async fn what_was_not_settled_comes_again() {
    settling::what_was_not_settled_comes_again(&broker("again").await).await;
}

#[tokio::test]
async fn failed_comes_again_until_the_limit_then_is_parked() {
    settling::failed_comes_again_until_the_limit_then_is_parked(&broker("limit").await).await;
}

/// RabbitMQ counts them like failures, and says so in the dead-letter queue.
#[tokio::test]
async fn lost_connections_count_and_that_is_told() {
    let server = Server::shared().await.unwrap();
    let url = server.vhost("lost-connections").await.unwrap();
    let open = || Rabbit::start(RabbitConfig::new(url.clone())).unwrap();
    let first = open();
    suite::filled(&first, 1, 2).await;
    first.close().await;
    for _ in 0..2 {
        let broker = open();
        let mut consumer = suite::consume(&broker, "q").await;
        suite::take(consumer.as_mut(), 2).await;
        broker.close().await;
    }
    let broker = open();
    let mut parked = suite::consume(&broker, "q.parked").await;
    let letters = suite::take(parked.as_mut(), 2).await;
    assert!(letters.iter().all(|letter| letter.over_limit));
}

#[tokio::test]
async fn not_tried_stays_in_the_queue() {
    settling::not_tried_stays_in_the_queue(&broker("not-tried").await).await;
}

#[tokio::test]
async fn dead_letter_goes_to_parked() {
    settling::dead_letter_goes_to_parked(&broker("dead-letter").await).await;
}

#[tokio::test]
async fn a_mixed_batch_settles_each_as_told() {
    settling::a_mixed_batch_settles_each_as_told(&broker("mixed").await).await;
}

#[tokio::test]
async fn out_of_order_acks_count() {
    settling::out_of_order_acks_count(&broker("out-of-order").await).await;
}

#[tokio::test]
async fn tags_of_another_session_settle_nothing() {
    settling::tags_of_another_session_settle_nothing(&broker("stale").await).await;
}

#[tokio::test]
async fn prefetch_bounds_what_is_delivered() {
    settling::prefetch_bounds_what_is_delivered(&broker("prefetch").await).await;
}

#[tokio::test]
async fn dropping_the_wait_loses_nothing() {
    settling::dropping_the_wait_loses_nothing(&broker("drop-wait").await).await;
}

#[tokio::test]
async fn a_rung_brings_it_back_after_its_delay() {
    ladder::a_rung_brings_it_back_after_its_delay(&broker("rung").await).await;
}

#[tokio::test]
async fn a_rung_keeps_the_order_and_serves_every_queue() {
    ladder::a_rung_keeps_the_order_and_serves_every_queue(&broker("rungs").await).await;
}

#[tokio::test]
async fn declaring_again_changes_nothing() {
    subscribing::declaring_again_changes_nothing(&broker("declare").await).await;
}

#[tokio::test]
async fn other_arguments_are_a_mismatch_in_plain_words() {
    let broker = broker("mismatch").await;
    subscribing::other_arguments_are_a_mismatch_in_plain_words(&broker).await;
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_refused() {
    subscribing::a_queue_that_does_not_exist_is_refused(&broker("missing").await).await;
}

#[tokio::test]
async fn cancelled_hands_out_what_was_delivered_then_ends() {
    let broker = broker("cancel").await;
    subscribing::cancelled_hands_out_what_was_delivered_then_ends(&broker).await;
}

#[tokio::test]
async fn two_consumers_share_a_queue() {
    subscribing::two_consumers_share_a_queue(&broker("two").await).await;
}

#[tokio::test]
async fn it_says_what_it_is() {
    let broker = broker("describe").await;
    subscribing::it_says_what_it_is(&broker).await;
    let text = broker::Broker::describe(&broker).await.unwrap();
    assert!(
        text.starts_with("RabbitMQ 3.") || text.starts_with("RabbitMQ 4."),
        "{text}"
    );
}

#[tokio::test]
async fn a_queue_of_one_consumer_goes_on_with_the_next() {
    let broker = broker("one-consumer").await;
    subscribing::a_queue_of_one_consumer_goes_on_with_the_next(&broker).await;
}

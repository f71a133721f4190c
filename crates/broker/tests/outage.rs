//! What a RabbitMQ server does to its clients: dies, comes back, cuts connections, blocks publishers.
//! One server of our own, one test at a time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod suite;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use broker::{Broker, PublishError, Rabbit, RabbitConfig, Verdict};
use suite::{
    PATIENCE, consume, filled, ids, message, publish_all, settle_all, take, topic, topology,
};
use testkit::rabbit::{Rabbit as Server, WATERMARK};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use tokio::time::{Instant, sleep, timeout};

async fn server() -> MutexGuard<'static, Server> {
    static SERVER: OnceCell<Mutex<Server>> = OnceCell::const_new();
    let start = || async { Mutex::new(Server::start_own().await.unwrap()) };
    SERVER.get_or_init(start).await.lock().await
}

async fn broker(server: &Server, name: &str, deadline: Duration) -> Rabbit {
    let mut config = RabbitConfig::new(server.vhost(name).await.unwrap());
    config.publish_deadline = deadline;
    Rabbit::start(config).unwrap()
}

/// Publishes ids 0..count in tens until each was confirmed, an unknown one again under the same id.
async fn publish_until_confirmed(broker: &Rabbit, count: usize, confirmed: &AtomicUsize) {
    let mut open: BTreeSet<usize> = (0..count).collect();
    while !open.is_empty() {
        let some: Vec<usize> = open.iter().copied().take(10).collect();
        let messages = some.iter().map(|n| message(n, topic("a.x"))).collect();
        for (n, answer) in some.into_iter().zip(broker.publish(messages).await) {
            match answer {
                Ok(()) => {
                    open.remove(&n);
                    confirmed.fetch_add(1, Ordering::Relaxed);
                }
                Err(PublishError::Unknown(_)) => {}
                Err(error) => panic!("{n}: {error}"),
            }
        }
    }
}

async fn until(what: &str, mut true_now: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !true_now().await {
        assert!(Instant::now() < until, "not in time: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn confirmed_is_there_after_a_crash_of_the_server() {
    let server = server().await;
    let broker = broker(&server, "crash", PATIENCE).await;
    filled(&broker, 3, 500).await;
    server.kill().await.unwrap();
    until("it notices", async || !broker.healthy()).await;
    server.restart().await.unwrap();
    let mut consumer = consume(&broker, "q").await;
    let taken = take(consumer.as_mut(), 500).await;
    assert_eq!(
        ids(&taken),
        (0..500).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    until("it is healthy", async || broker.healthy()).await;
}

#[tokio::test]
async fn publisher_and_consumer_come_back_under_load_and_nothing_is_lost() {
    const COUNT: usize = 3_000;
    let server = server().await;
    let broker = Arc::new(broker(&server, "load", PATIENCE).await);
    broker.declare(&topology(1_000)).await.unwrap();
    let confirmed = Arc::new(AtomicUsize::new(0));
    let publishing = tokio::spawn({
        let (broker, confirmed) = (Arc::clone(&broker), Arc::clone(&confirmed));
        async move { publish_until_confirmed(&broker, COUNT, &confirmed).await }
    });
    let consuming = tokio::spawn({
        let broker = Arc::clone(&broker);
        async move {
            let mut consumer = broker.consume("q", 100).await.unwrap();
            let mut seen = BTreeSet::new();
            while seen.len() < COUNT {
                let batch = consumer.next_batch(50).await.unwrap();
                // The connection may be lost in between: then they come again.
                let verdicts: Vec<_> = batch.iter().map(|d| (d.tag, Verdict::Ack)).collect();
                drop(consumer.settle(&verdicts).await);
                seen.extend(batch.into_iter().map(|d| d.id));
            }
        }
    });
    until("a part is confirmed", async || {
        confirmed.load(Ordering::Relaxed) > COUNT / 10
    })
    .await;
    server.kill().await.unwrap();
    server.restart().await.unwrap();
    let before = confirmed.load(Ordering::Relaxed);
    until("it goes on", async || {
        confirmed.load(Ordering::Relaxed) >= (before + 100).min(COUNT)
    })
    .await;
    cut_all(&server).await;
    timeout(PATIENCE, publishing).await.unwrap().unwrap();
    timeout(PATIENCE, consuming).await.unwrap().unwrap();
}

/// Closes every connection, as an operator would in the management console.
async fn cut_all(server: &Server) {
    server
        .ctl(&["close_all_connections", "--global", "cut by the test"])
        .await
        .unwrap();
}

#[tokio::test]
async fn tags_from_before_the_cut_settle_nothing_and_what_they_meant_comes_again() {
    let server = server().await;
    let broker = broker(&server, "stale", PATIENCE).await;
    filled(&broker, 10, 5).await;
    let mut consumer = consume(&broker, "q").await;
    let before = take(consumer.as_mut(), 5).await;
    cut_all(&server).await;
    let after = take(consumer.as_mut(), 5).await;
    assert!(after[0].tag.session > before[0].tag.session);
    assert!(after.iter().all(|d| d.redelivered));
    settle_all(consumer.as_mut(), &before, Verdict::Ack).await;
    settle_all(consumer.as_mut(), &after[..2], Verdict::Ack).await;
    drop(consumer);
    let mut second = consume(&broker, "q").await;
    assert_eq!(ids(&take(second.as_mut(), 3).await), ["2", "3", "4"]);
}

#[tokio::test]
async fn a_blocked_publisher_says_unknown_in_time_and_recovers() {
    let server = server().await;
    let broker = broker(&server, "blocked", Duration::from_secs(2)).await;
    filled(&broker, 3, 10).await;
    let mut consumer = consume(&broker, "q").await;
    server
        .ctl(&["set_vm_memory_high_watermark", "0.0000001"])
        .await
        .unwrap();
    // The server tells a connection that it is blocked when that next publishes.
    for n in 10..13 {
        let answers = timeout(PATIENCE, broker.publish(vec![message(n, topic("a.x"))]))
            .await
            .unwrap();
        assert!(
            matches!(answers[0], Err(PublishError::Unknown(_))),
            "{n}: {answers:?}"
        );
    }
    assert!(!broker.healthy());
    let so_far = broker.blocked_for().unwrap();
    assert!(so_far >= Duration::from_secs(2), "{so_far:?}");
    // Consumers go on: they are what ends the alarm.
    let taken = take(consumer.as_mut(), 10).await;
    settle_all(consumer.as_mut(), &taken, Verdict::Ack).await;
    server
        .ctl(&["set_vm_memory_high_watermark", "absolute", WATERMARK])
        .await
        .unwrap();
    until("publishing works", async || broker.healthy()).await;
    assert_eq!(broker.blocked_for(), None);
    publish_all(&broker, vec![message("after", topic("a.x"))]).await;
    let mut seen = BTreeSet::new();
    while !seen.contains("after") {
        seen.insert(take(consumer.as_mut(), 1).await.remove(0).id);
    }
    // What was published before the server blocked us was stored in the end; what came later was never sent.
    assert_eq!(seen, BTreeSet::from(["10".to_owned(), "after".to_owned()]));
}

#[tokio::test]
async fn a_wrong_password_is_refused_at_once_and_not_shown() {
    let server = server().await;
    let url = format!("amqp://guest:geheim@127.0.0.1:{}/%2f", server.port());
    let broker = Rabbit::start(RabbitConfig::new(url)).unwrap();
    let error = broker.declare(&topology(3)).await.unwrap_err();
    assert!(
        matches!(error, broker::BrokerError::Refused(_)),
        "{error:?}"
    );
    assert!(!format!("{error:?} {broker:?}").contains("geheim"));
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_unreachable_in_time() {
    let mut config = RabbitConfig::new("amqp://127.0.0.1:1");
    config.publish_deadline = Duration::from_millis(300);
    let broker = Rabbit::start(config).unwrap();
    let declared = broker.declare(&topology(3)).await;
    assert!(
        matches!(declared, Err(broker::BrokerError::Unreachable(_))),
        "{declared:?}"
    );
    let answers = broker.publish(vec![message(0, topic("a.x"))]).await;
    assert!(
        matches!(answers[0], Err(PublishError::Unknown(_))),
        "{answers:?}"
    );
    assert!(broker.consume("q", 1).await.is_err());
    assert!(!broker.healthy());
    broker.close().await;
}

//! A message that ended three processes, among neighbours, on the embedded broker: it alone is kept.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::{Broker as _, Destination, Embedded, Message};
use jiff::SignedDuration;
use store::{Clock, ExceptionFilter, SqliteStore, Store as _};
use workflow::PolicySet;

use super::*;
use crate::routes::Routes;
use crate::wire;

fn message(n: usize) -> Message {
    Message {
        id: format!("m-{n}"),
        to: Destination::Queue(EVENTS_QUEUE.to_owned()),
        content_type: "application/json".to_owned(),
        headers: std::collections::BTreeMap::new(),
        body: format!("no envelope {n}").into(),
    }
}

#[tokio::test]
async fn a_killer_is_kept_and_given_back_whole_and_its_neighbours_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let queue = dir.path().join("queue.db");
    let broker = Embedded::open(&queue).await.unwrap();
    broker.declare(&wire::topology(&[], &[], 20)).await.unwrap();
    let sent = broker.publish((0..5).map(message).collect()).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    broker.close().await;
    drop(broker);
    // As after a restart: everything in the log may have been delivered before.
    let broker = Arc::new(Embedded::open(&queue).await.unwrap());
    let store = Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap());
    let shared: Arc<dyn store::Store> = Arc::<SqliteStore>::clone(&store);
    let marks = Marks::new(&shared, "events");
    for _ in 0..crate::suspect::TIMES {
        let killer = message(2);
        let key = key_of(&killer.id, &killer.body);
        assert_eq!(marks.begin(&key).await, Ok(Begun::Go));
    }
    broker.declare(&wire::topology(&[], &[], 20)).await.unwrap();
    let engine = Engine {
        broker: Arc::<Embedded>::clone(&broker),
        store: shared,
        policies: Arc::new(RwLock::new(Arc::new(
            PolicySet::load(&[]).unwrap_or_default(),
        ))),
        routes: Arc::new(Routes::new(Vec::new())),
        park_for: SignedDuration::from_hours(1),
        effect_sla: SignedDuration::from_hours(2),
        clock: Clock::default(),
        watch: Arc::default(),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    let kept = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            let kept = store.exceptions(&ExceptionFilter::default()).await.unwrap();
            if kept.len() == 5 && broker.depth(EVENTS_QUEUE).await.unwrap() == 0 {
                return kept;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("all five are kept");
    stop.cancel();
    running.await.unwrap().unwrap();
    let (killers, neighbours): (Vec<_>, Vec<_>) =
        kept.iter().partition(|row| row.code == "POISON_MESSAGE");
    assert_eq!(killers.len(), 1, "{killers:?}");
    assert!(killers[0].reason.contains("m-2"), "{}", killers[0].reason);
    assert!(
        neighbours.iter().all(|row| row.stage == "route"),
        "read, not killed"
    );
    let whole = store.exception(&killers[0].exception_id).await.unwrap();
    let whole = whole.unwrap();
    assert_eq!(whole.raw.as_ref(), b"no envelope 2");
    assert_eq!(
        dead_letters::queue_of(&whole).as_deref(),
        Some(EVENTS_QUEUE)
    );
    assert_eq!(
        store
            .notes(
                &store::NoteName {
                    owner: "router".to_owned(),
                    space: "begun/events".to_owned(),
                    key: String::new(),
                },
                10
            )
            .await
            .unwrap(),
        [],
        "no mark is left"
    );
}

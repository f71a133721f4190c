//! Messages stay until they are known to be published.

use jiff::{Timestamp, ToSpan as _};
use store::{Store, Unit};

use super::Place;
use super::rows::*;

fn say(ids: &[&str]) -> Unit {
    Unit {
        outbox: ids.iter().map(|id| message(id)).collect(),
        ..Unit::default()
    }
}

async fn left(store: &dyn Store) -> Vec<(i64, i64, String)> {
    let rows = store.unpublished(Timestamp::MAX, 100).await.unwrap();
    rows.into_iter()
        .map(|row| (row.batch, row.n, row.message.id))
        .collect()
}

pub async fn survives_and_is_forgotten_by_batch(place: &Place) {
    let before = Timestamp::now();
    let store = place.open().await;
    let first = store
        .commit(vec![say(&["a", "b"]), say(&["c"])], Vec::new())
        .await
        .unwrap()
        .batch;
    let second = store
        .commit(vec![say(&["d"])], Vec::new())
        .await
        .unwrap()
        .batch;
    assert!(0 < first && first < second, "{first} {second}");
    drop(store);
    let store = place.open().await;
    let row = |batch, n, id: &str| (batch, n, id.to_owned());
    assert_eq!(
        left(&*store).await,
        [
            row(first, 0, "a"),
            row(first, 1, "b"),
            row(first, 2, "c"),
            row(second, 0, "d")
        ]
    );
    let stored = store.unpublished(Timestamp::MAX, 1).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].message, message("a"));
    assert!(stored[0].at >= before - 1.second() && stored[0].at <= Timestamp::now());
    assert_eq!(
        store.unpublished(before - 1.second(), 10).await.unwrap(),
        []
    );
    let third = store
        .commit(vec![say(&["e"])], vec![first])
        .await
        .unwrap()
        .batch;
    assert_eq!(
        left(&*store).await,
        [row(second, 0, "d"), row(third, 0, "e")]
    );
    store.settle(Vec::new(), vec![third, second]).await.unwrap();
    assert_eq!(left(&*store).await, []);
    let fourth = store
        .commit(vec![say(&["f"])], Vec::new())
        .await
        .unwrap()
        .batch;
    assert!(fourth > third, "a number is not given twice");
}

pub async fn is_forgotten_by_row(place: &Place) {
    let store = place.open().await;
    let batch = store
        .commit(vec![say(&["a", "b", "c"])], Vec::new())
        .await
        .unwrap()
        .batch;
    store
        .forget(vec![(batch, 0), (batch, 2), (batch + 1, 1)])
        .await
        .unwrap();
    assert_eq!(left(&*store).await, [(batch, 1, "b".to_owned())]);
}

pub async fn nothing_written_is_batch_zero(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        store
            .commit(vec![unit("A", 1)], Vec::new())
            .await
            .unwrap()
            .batch,
        0
    );
    let refused = Unit {
        outbox: vec![message("m")],
        ..unit("A", 1)
    };
    assert_eq!(
        store.commit(vec![refused], Vec::new()).await.unwrap().batch,
        0
    );
    assert_eq!(store.commit(Vec::new(), Vec::new()).await.unwrap().batch, 0);
}

/// Commits that share a transaction are published apart, so forgetting one must not forget the other.
pub async fn jobs_have_batches_of_their_own(place: &Place) {
    let store = place.open().await;
    let commits = (0..50).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .commit(vec![say(&[&n.to_string()])], Vec::new())
                .await
                .unwrap()
                .batch
        })
    });
    let mut batches = Vec::new();
    for commit in commits.collect::<Vec<_>>() {
        batches.push(commit.await.unwrap());
    }
    batches.sort_unstable();
    batches.dedup();
    assert_eq!(batches.len(), 50);
    store
        .commit(Vec::new(), batches[1..].to_vec())
        .await
        .unwrap();
    let kept: Vec<i64> = left(&*store)
        .await
        .into_iter()
        .map(|(batch, ..)| batch)
        .collect();
    assert_eq!(kept, batches[..1]);
}

pub async fn is_counted(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.outbox_len().await.unwrap(), 0);
    let written = store
        .commit(vec![say(&["a", "b"]), say(&["c"])], Vec::new())
        .await
        .unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 3);
    store.commit(Vec::new(), vec![written.batch]).await.unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 0);
}

/// Of two processes that look for what is left, one gets it; when that one publishes nothing either, the other does later.
pub async fn what_one_takes_up_is_not_taken_by_another(place: &Place) {
    let store = place.open().await;
    let commit = store.commit(vec![say(&["a", "b"])], Vec::new()).await;
    let batch = commit.unwrap().batch;
    let soon = Timestamp::now() + 1.second();
    let taken = async |before, now| {
        let rows = store.take_up(before, now, 100).await.unwrap();
        let ids = rows.into_iter().map(|row| row.message.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(taken(soon, soon).await, ["a", "b"]);
    assert_eq!(taken(soon, soon).await, [""; 0]);
    let row = (batch, 0);
    store.forget(vec![row]).await.unwrap();
    assert_eq!(taken(soon + 1.second(), soon).await, ["b"]);
    assert_eq!(left(&*store).await, [(batch, 1, "b".to_owned())]);
}

/// Who looks after the outbox gives those who write into it some time to publish it themselves, but not for what they leave.
pub async fn what_is_left_is_taken_up_at_once(place: &Place) {
    let store = place.open().await;
    let told = |id: &str, is_left| Unit {
        outbox: vec![message(id)],
        is_left,
        ..Unit::default()
    };
    let units = vec![told("published", false), told("left", true)];
    store.commit(units, Vec::new()).await.unwrap();
    let now = Timestamp::now();
    let grace = now - jiff::SignedDuration::from_mins(2);
    let rows = store.take_up(grace, now, 10).await.unwrap();
    let ids: Vec<&str> = rows.iter().map(|row| row.message.id.as_str()).collect();
    assert_eq!(ids, ["left"]);
    let again = store.take_up(grace, now, 10).await.unwrap();
    assert_eq!(again, [], "it counts as written anew");
}

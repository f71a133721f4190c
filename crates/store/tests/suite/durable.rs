//! What was answered is there, whatever happens next.

use std::time::{Duration, Instant};

use store::{Lookup, StoreError, UnitOutcome};

use super::Place;
use super::rows::*;

pub async fn confirmed_writes_survive_a_drop(place: &Place) {
    for n in 0..5 {
        let store = place.open().await;
        let units = (0..100).map(|i| unit(&format!("{n}-{i}"), 1)).collect();
        let commit = store.commit(units, Vec::new()).await.unwrap();
        assert!(
            commit
                .outcomes
                .iter()
                .all(|outcome| *outcome == UnitOutcome::Done)
        );
        // No close: the process is gone.
    }
    let store = place.open().await;
    let ids = (0..5).flat_map(|n| (0..100).map(move |i| Lookup::Id(format!("{n}-{i}"))));
    let found = store.load(&ids.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 500);
}

pub async fn dropping_the_future_does_not_undo(place: &Place) {
    let store = place.open().await;
    let write = store.commit(vec![unit("A", 1)], Vec::new());
    // Polled once, so that it is handed over; then nobody waits any more.
    tokio::time::timeout(Duration::ZERO, write).await.ok();
    let deadline = Instant::now() + Duration::from_secs(10);
    while store.load(&[Lookup::Id("A".to_owned())]).await.unwrap() == [None] {
        assert!(Instant::now() < deadline, "it was undone");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub async fn closed_store_refuses(place: &Place) {
    let store = place.open().await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.commit(vec![unit("A", 1)], Vec::new()).await }
    });
    waiting.await.unwrap().unwrap();
    assert!(store.healthy().await);
    store.close().await;
    store.close().await;
    assert!(!store.healthy().await);
    let write = store.commit(vec![unit("A", 2)], Vec::new()).await;
    assert!(
        matches!(write, Err(StoreError::Unavailable(_))),
        "{write:?}"
    );
    let read = store.effect("E").await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    let again = place.open().await;
    let found = again.load(&[Lookup::Id("A".to_owned())]).await.unwrap();
    assert_eq!(found, [Some(state("A", 1))]);
}

pub async fn describes_itself(place: &Place) {
    let store = place.open().await;
    let text = store.describe().await.unwrap();
    assert!(text.contains("SQL") && text.contains("schema 10"), "{text}");
}

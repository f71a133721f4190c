//! Events that came too early wait under the name by which they know their return.

use store::{ParkedRow, Unit, UnitOutcome};

use super::Place;
use super::rows::*;

fn wait(rows: Vec<ParkedRow>) -> Unit {
    Unit {
        park: rows,
        ..Unit::default()
    }
}

pub async fn waits_under_its_name(place: &Place) {
    let store = place.open().await;
    let rows = vec![
        park("k2", "1", 20),
        park("k1", "1", 10),
        park("k3", "2", 30),
    ];
    for row in rows.clone() {
        assert_eq!(write(&store, wait(vec![row])).await, UnitOutcome::Done);
    }
    assert_eq!(
        store.parked(&[name("1")]).await.unwrap(),
        rows[..2],
        "oldest first"
    );
    assert_eq!(
        store
            .parked(&[name("2"), name("1"), name("?")])
            .await
            .unwrap(),
        rows
    );
    assert_eq!(store.parked(&[]).await.unwrap(), []);
    assert_eq!(
        write(&store, wait(vec![park("k1", "9", 99)])).await,
        UnitOutcome::Done
    );
    assert_eq!(
        store.parked(&[name("1")]).await.unwrap(),
        rows[..2],
        "parked once"
    );
}

pub async fn is_dropped_by_key(place: &Place) {
    let store = place.open().await;
    write(&store, wait(vec![park("k1", "1", 10), park("k2", "1", 10)])).await;
    let unpark = vec!["k1".to_owned(), "?".to_owned()];
    let unit = Unit {
        unpark,
        park: vec![park("k3", "1", 10)],
        ..Unit::default()
    };
    assert_eq!(write(&store, unit).await, UnitOutcome::Done);
    let keys: Vec<String> = store
        .parked(&[name("1")])
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.key)
        .collect();
    assert_eq!(keys, ["k2", "k3"]);
}

pub async fn overdue_by_deadline(place: &Place) {
    let store = place.open().await;
    write(
        &store,
        wait(vec![
            park("k1", "1", 30),
            park("k2", "2", 10),
            park("k3", "3", 20),
        ]),
    )
    .await;
    let overdue = store.overdue(at(20), 10).await.unwrap();
    assert_eq!(overdue, [park("k2", "2", 10), park("k3", "3", 20)]);
    assert_eq!(store.overdue(at(20), 1).await.unwrap(), overdue[..1]);
}

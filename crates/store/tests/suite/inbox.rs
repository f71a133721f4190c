//! A message is consumed once, whoever brings it.

use store::{Unit, UnitOutcome};

use super::Place;
use super::rows::*;

fn consume(rows: &[(u8, u64)]) -> Unit {
    let inbox = rows
        .iter()
        .map(|(key, content)| inbox(*key, *content))
        .collect();
    Unit {
        inbox,
        ..Unit::default()
    }
}

pub async fn all_seen_keys_are_named(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, consume(&[(1, 10), (2, u64::MAX)])).await,
        UnitOutcome::Done
    );
    let again = write(&store, consume(&[(2, 7), (3, 30), (1, 10)])).await;
    let UnitOutcome::Seen(mut seen) = again else {
        panic!("{again:?}")
    };
    seen.sort_by_key(|row| row.key);
    // As stored: the second message has other content than it had then.
    assert_eq!(seen, [inbox(1, 10), inbox(2, u64::MAX)]);
    assert_eq!(
        write(&store, consume(&[(3, 30)])).await,
        UnitOutcome::Done,
        "3 was not consumed"
    );
}

pub async fn same_key_twice_in_a_batch(place: &Place) {
    let store = place.open().await;
    let units = vec![
        consume(&[(1, 10)]),
        consume(&[(2, 20)]),
        consume(&[(1, 11), (3, 30)]),
    ];
    let commit = store.commit(units, Vec::new()).await.unwrap();
    assert_eq!(
        commit.outcomes,
        [
            UnitOutcome::Done,
            UnitOutcome::Done,
            UnitOutcome::Seen(vec![inbox(1, 10)])
        ]
    );
}

pub async fn same_key_twice_in_a_unit(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, consume(&[(1, 10), (1, 10)])).await,
        UnitOutcome::Done
    );
    assert_eq!(
        write(&store, consume(&[(1, 10), (1, 10)])).await,
        UnitOutcome::Seen(vec![inbox(1, 10)])
    );
    let unclear = write(&store, consume(&[(2, 20), (2, 21)])).await;
    assert!(matches!(unclear, UnitOutcome::Failed(_)), "{unclear:?}");
    assert_eq!(write(&store, consume(&[(2, 21)])).await, UnitOutcome::Done);
}

pub async fn refused_unit_leaves_its_keys_free(place: &Place) {
    let store = place.open().await;
    let stale = Unit {
        inbox: vec![inbox(1, 10)],
        ..unit("A", 2)
    };
    let fresh = Unit {
        inbox: vec![inbox(1, 10)],
        ..unit("A", 1)
    };
    let commit = store.commit(vec![stale, fresh], Vec::new()).await.unwrap();
    assert_eq!(commit.outcomes, [UnitOutcome::Stale, UnitOutcome::Done]);
}

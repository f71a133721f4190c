//! Timers ring once, at the time that was set last.

use store::{Unit, UnitOutcome};

use super::Place;
use super::rows::*;

pub async fn due_and_fired(place: &Place) {
    let store = place.open().await;
    let timers = vec![timer("c", 30), timer("a", 10), timer("b", 20)];
    write(
        &store,
        Unit {
            timers,
            ..Unit::default()
        },
    )
    .await;
    assert_eq!(
        store.due(at(20), 10).await.unwrap(),
        [timer("a", 10), timer("b", 20)]
    );
    assert_eq!(store.due(at(20), 1).await.unwrap(), [timer("a", 10)]);
    store.fired(vec![timer("a", 10)]).await.unwrap();
    assert_eq!(store.due(at(20), 10).await.unwrap(), [timer("b", 20)]);
    let unit = Unit {
        timers_done: vec!["b".to_owned(), "?".to_owned()],
        ..Unit::default()
    };
    assert_eq!(write(&store, unit).await, UnitOutcome::Done);
    assert_eq!(store.due(at(99), 10).await.unwrap(), [timer("c", 30)]);
}

pub async fn set_again_moves_it(place: &Place) {
    let store = place.open().await;
    write(
        &store,
        Unit {
            timers: vec![timer("a", 10)],
            ..Unit::default()
        },
    )
    .await;
    let timers = vec![timer("a", 40), timer("a", 50)];
    let moved = Unit {
        timers_done: vec!["a".to_owned()],
        timers,
        ..Unit::default()
    };
    assert_eq!(write(&store, moved).await, UnitOutcome::Done);
    assert_eq!(store.due(at(99), 10).await.unwrap(), [timer("a", 50)]);
}

pub async fn fired_minds_the_time(place: &Place) {
    let store = place.open().await;
    write(
        &store,
        Unit {
            timers: vec![timer("a", 10)],
            ..Unit::default()
        },
    )
    .await;
    let rung = store.due(at(10), 10).await.unwrap();
    write(
        &store,
        Unit {
            timers: vec![timer("a", 40)],
            ..Unit::default()
        },
    )
    .await;
    store.fired(rung).await.unwrap();
    assert_eq!(
        store.due(at(40), 10).await.unwrap(),
        [timer("a", 40)],
        "it was moved meanwhile"
    );
}

//! One worker at a time, and nothing is sent without a record of it.

use store::{EffectState, Lease};

use super::Place;
use super::rows::*;

pub async fn send_is_recorded_before_it_is_answered(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let row = send(&store, ask("E", "w1", 10, 40)).await;
    assert_eq!(
        (row.state, row.attempts, row.fence),
        (EffectState::InFlight, 1, 1)
    );
    assert_eq!((row.owner.as_str(), row.lease_until), ("w1", Some(at(40))));
    assert_eq!(row.last_sent_at, Some(at(10)));
    let other = place.open().await;
    assert_eq!(other.effect("E").await.unwrap(), Some(row));
    let attempts = other.attempts("E").await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!((attempts[0].what.as_str(), attempts[0].fence), ("send", 1));
    assert_eq!((attempts[0].begun_at, attempts[0].ended_at), (at(10), None));
    assert_eq!(attempts[0].class, "");
}

pub async fn held_early_settled_missing(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    plan(&store, effect("P", "A", EffectState::Planned)).await;
    plan(&store, effect("C", "A", EffectState::Confirmed)).await;
    let mut early = effect("N", "A", EffectState::Ready);
    early.not_before = Some(at(20));
    plan(&store, early).await;
    let asked = ["E", "E", "P", "C", "N", "?"].map(|key| ask(key, "w1", 10, 40));
    let leases = store.lease(asked.to_vec()).await.unwrap();
    assert!(matches!(leases[0], Lease::Send(_)));
    assert_eq!(
        leases[1..],
        [
            Lease::Held(at(40)),
            Lease::Settled(EffectState::Planned),
            Lease::Settled(EffectState::Confirmed),
            Lease::Early(at(20)),
            Lease::Missing,
        ]
    );
    assert!(matches!(
        lease(&store, ask("N", "w1", 20, 40)).await,
        Lease::Send(_)
    ));
}

pub async fn lost_lease_is_looked_up(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    send(&store, ask("E", "w1", 10, 40)).await;
    assert_eq!(
        lease(&store, ask("E", "w2", 39, 60)).await,
        Lease::Held(at(40))
    );
    let Lease::Verify(row) = lease(&store, ask("E", "w2", 40, 70)).await else {
        panic!("must be looked up")
    };
    assert_eq!(
        (row.state, row.attempts, row.fence),
        (EffectState::Unknown, 1, 2)
    );
    let attempts = store.attempts("E").await.unwrap();
    let what: Vec<_> = attempts
        .iter()
        .map(|a| (a.fence, a.what.as_str(), a.ended_at))
        .collect();
    assert_eq!(what, [(1, "send", None), (2, "find", None)]);
}

pub async fn unknown_is_looked_up_by_one(place: &Place) {
    let store = place.open().await;
    let mut unknown = effect("E", "A", EffectState::Unknown);
    unknown.not_before = Some(at(5));
    plan(&store, unknown).await;
    assert_eq!(
        lease(&store, ask("E", "w1", 4, 40)).await,
        Lease::Early(at(5))
    );
    assert!(matches!(
        lease(&store, ask("E", "w1", 5, 40)).await,
        Lease::Verify(_)
    ));
    assert_eq!(
        lease(&store, ask("E", "w2", 6, 40)).await,
        Lease::Held(at(40))
    );
    assert!(matches!(
        lease(&store, ask("E", "w2", 41, 60)).await,
        Lease::Verify(_)
    ));
}

pub async fn what_an_owner_holds_is_listed(place: &Place) {
    let store = place.open().await;
    for key in ["A", "B", "C", "D", "E"] {
        plan(&store, effect(key, "R", EffectState::Ready)).await;
    }
    send(&store, ask("A", "w1", 10, 60)).await;
    send(&store, ask("B", "w1", 10, 40)).await;
    send(&store, ask("C", "w2", 10, 40)).await;
    let done = send(&store, ask("D", "w1", 10, 40)).await;
    assert!(settle(&store, outcome(&done, EffectState::Confirmed, "OK", 11)).await);
    let held = store.held_by("w1").await.unwrap();
    let held: Vec<_> = held
        .iter()
        .map(|row| (row.effect_key.as_str(), row.lease_until))
        .collect();
    assert_eq!(held, [("B", Some(at(40))), ("A", Some(at(60)))]);
    // A look-up is held as well.
    assert!(matches!(
        lease(&store, ask("C", "w3", 41, 70)).await,
        Lease::Verify(_)
    ));
    assert_eq!(store.held_by("w3").await.unwrap().len(), 1);
    assert!(store.held_by("w2").await.unwrap().is_empty());
    assert!(store.held_by("w").await.unwrap().is_empty());
}

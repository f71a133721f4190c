//! A unit is written whole or not at all, and never fails another.

use store::{EffectState, EffectWrite, Lookup, Unit, UnitOutcome};

use super::Place;
use super::rows::*;

/// A unit with everything in it.
fn full(return_id: &str, n: u8) -> Unit {
    let key = |what: &str| format!("{what}-{n}");
    Unit {
        inbox: vec![inbox(n, 1)],
        references: vec![name(&key("RMA"))],
        claims: vec![claim(return_id, i64::from(n) * 10, i64::from(n) * 10 + 10)],
        effects: vec![EffectWrite::Plan(effect(
            &key("effect"),
            return_id,
            EffectState::Ready,
        ))],
        audit: vec![entry(return_id, "REQUESTED")],
        outbox: vec![message(&key("message"))],
        exceptions: vec![exception(&key("fingerprint"))],
        timers: vec![timer(&key("timer"), 5)],
        park: vec![park(&key("parked"), &key("RMA"), 9)],
        ..unit(return_id, 1)
    }
}

pub async fn whole_unit_is_written(place: &Place) {
    let store = place.open().await;
    let written = full("A", 1);
    assert_eq!(write(&store, written.clone()).await, UnitOutcome::Done);
    let by_name = store
        .load(&[Lookup::Reference(name("RMA-1"))])
        .await
        .unwrap();
    assert_eq!(by_name, [written.state]);
    assert_eq!(
        store.claims(&["US01|INV-1|1".to_owned()]).await.unwrap(),
        written.claims
    );
    let stored = store.effect("effect-1").await.unwrap();
    assert_eq!(stored, Some(effect("effect-1", "A", EffectState::Ready)));
    let audit = store.audit("A", 0, 10).await.unwrap();
    assert_eq!(
        audit.into_iter().map(|row| row.entry).collect::<Vec<_>>(),
        written.audit
    );
    let outbox = store.unpublished(jiff::Timestamp::MAX, 10).await.unwrap();
    assert_eq!(
        outbox
            .into_iter()
            .map(|row| row.message)
            .collect::<Vec<_>>(),
        written.outbox
    );
    let opened = store.exception("X-fingerprint-1").await.unwrap();
    assert_eq!(opened, Some(exception("fingerprint-1")));
    assert_eq!(store.due(at(5), 10).await.unwrap(), written.timers);
    assert_eq!(store.parked(&[name("RMA-1")]).await.unwrap(), written.park);
}

pub async fn state_goes_up_by_one(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, unit("A", 2)).await,
        UnitOutcome::Stale,
        "nothing is stored yet"
    );
    assert_eq!(write(&store, unit("A", 1)).await, UnitOutcome::Done);
    assert_eq!(
        write(&store, unit("A", 1)).await,
        UnitOutcome::Stale,
        "exists"
    );
    assert_eq!(
        write(&store, unit("A", 3)).await,
        UnitOutcome::Stale,
        "one was left out"
    );
    assert_eq!(write(&store, unit("A", 2)).await, UnitOutcome::Done);
    let stored = store.load(&[Lookup::Id("A".to_owned())]).await.unwrap();
    assert_eq!(stored, [Some(state("A", 2))]);
}

pub async fn stale_unit_leaves_nothing(place: &Place) {
    let store = place.open().await;
    assert_eq!(write(&store, unit("A", 1)).await, UnitOutcome::Done);
    assert_eq!(write(&store, full("A", 1)).await, UnitOutcome::Stale);
    assert_eq!(
        store
            .load(&[Lookup::Reference(name("RMA-1"))])
            .await
            .unwrap(),
        [None]
    );
    assert_eq!(
        store.claims(&["US01|INV-1|1".to_owned()]).await.unwrap(),
        []
    );
    assert_eq!(store.effect("effect-1").await.unwrap(), None);
    assert_eq!(store.audit("", 0, 10).await.unwrap(), []);
    assert_eq!(
        store.unpublished(jiff::Timestamp::MAX, 10).await.unwrap(),
        []
    );
    assert_eq!(store.exception("X-fingerprint-1").await.unwrap(), None);
    assert_eq!(store.due(at(5), 10).await.unwrap(), []);
    assert_eq!(store.parked(&[name("RMA-1")]).await.unwrap(), []);
    let inbox_only = Unit {
        inbox: vec![inbox(1, 1)],
        ..Unit::default()
    };
    assert_eq!(
        write(&store, inbox_only).await,
        UnitOutcome::Done,
        "the message is still free"
    );
}

pub async fn poison_does_not_fail_its_neighbours(place: &Place) {
    let store = place.open().await;
    // Refused by the table itself, not by a check of ours: an exception of the same id under another fingerprint
    // would be, and so is an interval that ends before it starts.
    let poison = Unit {
        claims: vec![claim("P", 10, 5)],
        ..full("P", 200)
    };
    let mut units: Vec<Unit> = (1..=9).map(|n| full(&format!("R{n}"), n)).collect();
    units.insert(4, poison);
    let commit = store.commit(units, Vec::new()).await.unwrap();
    for (i, outcome) in commit.outcomes.iter().enumerate() {
        match outcome {
            UnitOutcome::Failed(text) if i == 4 => assert!(!text.is_empty()),
            UnitOutcome::Done if i != 4 => {}
            other => panic!("unit {i}: {other:?}"),
        }
    }
    assert_eq!(
        store
            .unpublished(jiff::Timestamp::MAX, 100)
            .await
            .unwrap()
            .len(),
        9
    );
    assert_eq!(store.effect("effect-200").await.unwrap(), None);
    assert_eq!(store.audit("", 0, 100).await.unwrap().len(), 9);
}

pub async fn one_return_twice_in_a_batch(place: &Place) {
    let store = place.open().await;
    let plan = EffectWrite::Plan(effect("E", "A", EffectState::Planned));
    let first = Unit {
        effects: vec![plan],
        ..unit("A", 1)
    };
    let second = Unit {
        effects: vec![EffectWrite::Release("E".to_owned())],
        ..unit("A", 2)
    };
    let commit = store
        .commit(vec![first, second, unit("A", 2)], Vec::new())
        .await
        .unwrap();
    assert_eq!(
        commit.outcomes,
        [UnitOutcome::Done, UnitOutcome::Done, UnitOutcome::Stale]
    );
    assert_eq!(state_of(&store, "E").await, EffectState::Ready);
}

/// A decision that changes nothing stands only if it was made on the latest version.
pub async fn what_an_old_version_had_nothing_to_do_with_is_stale(place: &Place) {
    let store = place.open().await;
    assert_eq!(write(&store, unit("A", 1)).await, UnitOutcome::Done);
    assert_eq!(write(&store, unit("A", 2)).await, UnitOutcome::Done);
    let decided_on = |version| Unit {
        inbox: vec![inbox(7, 1)],
        read: Some(("A".to_owned(), version)),
        audit: vec![entry("A", "IGNORED")],
        ..Unit::default()
    };
    assert_eq!(write(&store, decided_on(1)).await, UnitOutcome::Stale);
    let nobody = Unit {
        read: Some(("nobody".to_owned(), 1)),
        ..Unit::default()
    };
    assert_eq!(write(&store, nobody).await, UnitOutcome::Stale);
    assert_eq!(store.audit("A", 0, 10).await.unwrap(), []);
    assert_eq!(write(&store, decided_on(2)).await, UnitOutcome::Done);
    // Decided and changed in one transaction: in the order of the units.
    let both = vec![
        unit("A", 3),
        Unit {
            inbox: vec![inbox(8, 1)],
            ..decided_on(2)
        },
    ];
    let commit = store.commit(both, Vec::new()).await.unwrap();
    assert_eq!(commit.outcomes, [UnitOutcome::Done, UnitOutcome::Stale]);
}

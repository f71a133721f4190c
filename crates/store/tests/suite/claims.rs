//! Units of an invoice line are reserved once over all returns.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::{ClaimRow, Unit, UnitOutcome};

use super::Place;
use super::rows::*;

fn reserve(row: ClaimRow) -> Unit {
    Unit {
        claims: vec![row],
        ..Unit::default()
    }
}

fn line() -> Vec<String> {
    vec!["US01|INV-1|1".to_owned()]
}

pub async fn overlapping_units_of_another_return_are_refused(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, reserve(claim("A", 10, 20))).await,
        UnitOutcome::Done
    );
    for (from, to) in [(10, 20), (0, 11), (19, 30), (12, 13), (0, 100)] {
        let outcome = write(&store, reserve(claim("B", from, to))).await;
        assert_eq!(
            outcome,
            UnitOutcome::Overlap(claim("A", 10, 20)),
            "{from}..{to}"
        );
    }
    let other_line = ClaimRow {
        invoice_line: "US01|INV-1|2".to_owned(),
        ..claim("B", 10, 20)
    };
    assert_eq!(write(&store, reserve(other_line)).await, UnitOutcome::Done);
}

pub async fn neighbours_fit(place: &Place) {
    let store = place.open().await;
    let units = [("A", 10, 20), ("B", 0, 10), ("C", 20, 30), ("D", 29, 31)];
    let units = units.map(|(id, from, to)| reserve(claim(id, from, to)));
    let commit = store.commit(units.to_vec(), Vec::new()).await.unwrap();
    let overlap = UnitOutcome::Overlap(claim("C", 20, 30));
    assert_eq!(
        commit.outcomes,
        [
            UnitOutcome::Done,
            UnitOutcome::Done,
            UnitOutcome::Done,
            overlap
        ]
    );
    let stored = store.claims(&line()).await.unwrap();
    assert_eq!(
        stored,
        [claim("B", 0, 10), claim("A", 10, 20), claim("C", 20, 30)]
    );
}

pub async fn own_interval_again_changes_nothing(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, reserve(claim("A", 10, 20))).await,
        UnitOutcome::Done
    );
    assert_eq!(
        write(&store, reserve(claim("A", 10, 20))).await,
        UnitOutcome::Done
    );
    assert_eq!(store.claims(&line()).await.unwrap(), [claim("A", 10, 20)]);
}

pub async fn released_units_can_be_reserved(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, reserve(claim("A", 10, 20))).await,
        UnitOutcome::Done
    );
    let inexact = Unit {
        releases: vec![claim("A", 10, 19), claim("B", 10, 20)],
        ..Unit::default()
    };
    assert_eq!(write(&store, inexact).await, UnitOutcome::Done);
    assert_eq!(store.claims(&line()).await.unwrap(), [claim("A", 10, 20)]);
    let exact = Unit {
        releases: vec![claim("A", 10, 20)],
        ..Unit::default()
    };
    let commit = store
        .commit(vec![exact, reserve(claim("B", 15, 25))], Vec::new())
        .await
        .unwrap();
    assert_eq!(commit.outcomes, [UnitOutcome::Done, UnitOutcome::Done]);
    assert_eq!(store.claims(&line()).await.unwrap(), [claim("B", 15, 25)]);
}

pub async fn a_return_can_move_its_interval(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, reserve(claim("A", 0, 10))).await,
        UnitOutcome::Done
    );
    let moved = Unit {
        releases: vec![claim("A", 0, 10)],
        claims: vec![claim("A", 0, 15)],
        ..Unit::default()
    };
    assert_eq!(write(&store, moved).await, UnitOutcome::Done);
    assert_eq!(store.claims(&line()).await.unwrap(), [claim("A", 0, 15)]);
}

pub async fn empty_interval_fails_alone(place: &Place) {
    let store = place.open().await;
    let units = vec![
        reserve(claim("A", 5, 5)),
        reserve(claim("B", 9, 2)),
        reserve(claim("C", 0, 1)),
    ];
    let commit = store.commit(units, Vec::new()).await.unwrap();
    let failed = |i: usize| matches!(commit.outcomes.get(i), Some(UnitOutcome::Failed(_)));
    assert!(failed(0) && failed(1), "{:?}", commit.outcomes);
    assert_eq!(store.claims(&line()).await.unwrap(), [claim("C", 0, 1)]);
}

/// Drawn batches of reservations and releases: what is stored never overlaps, and is what the outcomes say.
pub async fn intervals_never_overlap(place: &Place) {
    let store = place.open().await;
    let step = (any::<bool>(), 0..4_u8, 0..30_i64, 1..12_i64);
    let batches = prop::collection::vec(prop::collection::vec(step, 1..8), 1..8);
    let mut runner = TestRunner::deterministic();
    for round in 0..12 {
        let line = format!("US01|INV-{round}|1");
        let mut expected: Vec<ClaimRow> = Vec::new();
        for batch in batches.new_tree(&mut runner).unwrap().current() {
            let units = batch.iter().map(|(release, owner, from, length)| {
                let row = ClaimRow {
                    invoice_line: line.clone(),
                    from: *from,
                    to: from + length,
                    return_id: format!("R{owner}"),
                    facts: String::new(),
                };
                if *release {
                    Unit {
                        releases: vec![row],
                        ..Unit::default()
                    }
                } else {
                    reserve(row)
                }
            });
            let units: Vec<Unit> = units.collect();
            let commit = store.commit(units.clone(), Vec::new()).await.unwrap();
            for (unit, outcome) in units.iter().zip(&commit.outcomes) {
                apply(&mut expected, unit, outcome);
            }
        }
        expected.sort_by_key(|row| row.from);
        let stored = store.claims(std::slice::from_ref(&line)).await.unwrap();
        assert_eq!(stored, expected, "round {round}");
        assert!(
            stored.windows(2).all(|pair| pair[0].to <= pair[1].from),
            "{stored:?}"
        );
    }
}

fn apply(expected: &mut Vec<ClaimRow>, unit: &Unit, outcome: &UnitOutcome) {
    for row in &unit.releases {
        assert_eq!(*outcome, UnitOutcome::Done);
        expected.retain(|other| other != row);
    }
    for row in &unit.claims {
        let met = expected
            .iter()
            .find(|other| other.from < row.to && row.from < other.to);
        match met {
            None => {
                assert_eq!(*outcome, UnitOutcome::Done, "{row:?}");
                expected.push(row.clone());
            }
            Some(other) if other == row => assert_eq!(*outcome, UnitOutcome::Done),
            Some(_) => assert!(
                matches!(outcome, UnitOutcome::Overlap(_)),
                "{row:?}: {outcome:?}"
            ),
        }
    }
}

//! Two processes at once: exactly one wins, and nothing is lost.

use std::sync::Arc;

use store::*;

use super::Place;
use super::rows::*;

/// Commits each unit through a handle of its own, all at once.
async fn race(place: &Place, units: Vec<Unit>) -> Vec<UnitOutcome> {
    let start = Arc::new(tokio::sync::Barrier::new(units.len()));
    let mut runs = Vec::new();
    for unit in units {
        let (store, start) = (place.open().await, Arc::clone(&start));
        runs.push(tokio::spawn(async move {
            start.wait().await;
            write(&store, unit).await
        }));
    }
    let mut outcomes = Vec::new();
    for run in runs {
        outcomes.push(run.await.unwrap());
    }
    outcomes
}

fn wins(outcomes: &[UnitOutcome]) -> usize {
    outcomes
        .iter()
        .filter(|outcome| **outcome == UnitOutcome::Done)
        .count()
}

pub async fn one_writer_wins_a_version(place: &Place) {
    for version in 1..=6 {
        let outcomes = race(place, vec![unit("A", version); 3]).await;
        assert_eq!(wins(&outcomes), 1, "{outcomes:?}");
        assert_eq!(
            outcomes
                .iter()
                .filter(|o| **o == UnitOutcome::Stale)
                .count(),
            2
        );
    }
}

pub async fn one_return_wins_a_claim(place: &Place) {
    for round in 0..6_i64 {
        let unit = |id: &str, shift: i64| {
            let from = round * 100 + shift;
            Unit {
                claims: vec![claim(id, from, from + 10)],
                ..Unit::default()
            }
        };
        let outcomes = race(place, vec![unit("A", 0), unit("B", 5), unit("C", 2)]).await;
        assert_eq!(wins(&outcomes), 1, "{outcomes:?}");
        assert_eq!(
            outcomes
                .iter()
                .filter(|o| matches!(o, UnitOutcome::Overlap(_)))
                .count(),
            2
        );
    }
    let line = "US01|INV-1|1".to_owned();
    let stored = place.open().await.claims(&[line]).await.unwrap();
    assert_eq!(stored.len(), 6);
    assert!(stored.windows(2).all(|pair| pair[0].to <= pair[1].from));
}

pub async fn one_consumer_wins_a_message(place: &Place) {
    for key in 0..6 {
        let unit = Unit {
            inbox: vec![inbox(key, 5)],
            ..Unit::default()
        };
        let outcomes = race(place, vec![unit; 3]).await;
        assert_eq!(wins(&outcomes), 1, "{outcomes:?}");
        let seen = UnitOutcome::Seen(vec![inbox(key, 5)]);
        assert_eq!(outcomes.iter().filter(|o| **o == seen).count(), 2);
    }
}

pub async fn one_worker_wins_a_lease(place: &Place) {
    let first = place.open().await;
    for n in 0..6 {
        let key = format!("E{n}");
        plan(&first, effect(&key, "A", EffectState::Ready)).await;
        let start = Arc::new(tokio::sync::Barrier::new(3));
        let mut runs = Vec::new();
        for worker in ["w1", "w2", "w3"] {
            let (store, start) = (place.open().await, Arc::clone(&start));
            let request = ask(&key, worker, 10, 40);
            runs.push(tokio::spawn(async move {
                start.wait().await;
                lease(&store, request).await
            }));
        }
        let mut sends = 0;
        for run in runs {
            match run.await.unwrap() {
                Lease::Send(_) => sends += 1,
                Lease::Held(until) => assert_eq!(until, at(40)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(sends, 1);
        assert_eq!(first.attempts(&key).await.unwrap().len(), 1);
    }
}

/// Three handles that write returns, names, claims, effects and audit in orders of their own: nothing deadlocks for
/// good, and the chain holds.
pub async fn many_handles_keep_one_chain(place: &Place) {
    let mut runs = Vec::new();
    for handle in 0..3_u8 {
        let store = place.open().await;
        runs.push(tokio::spawn(async move {
            let mut done = 0;
            for round in 0..8_u64 {
                let mut ids: Vec<u64> = (0..20).collect();
                ids.rotate_left(usize::from(handle) * 5);
                let units = ids.into_iter().map(|id| Unit {
                    references: vec![name(&format!("{id}"))],
                    claims: vec![claim(
                        &format!("R{id}"),
                        id.cast_signed(),
                        id.cast_signed() + 1,
                    )],
                    timers: vec![timer(&format!("T{id}"), 5)],
                    exceptions: vec![exception(&format!("f{}", id % 3))],
                    audit: vec![entry(&format!("R{id}"), "RACED")],
                    ..unit(&format!("R{id}"), round + 1)
                });
                let commit = store.commit(units.collect(), Vec::new()).await.unwrap();
                for outcome in &commit.outcomes {
                    match outcome {
                        UnitOutcome::Done => done += 1,
                        UnitOutcome::Stale => {}
                        other => panic!("{other:?}"),
                    }
                }
            }
            done
        }));
    }
    let mut done = 0;
    for run in runs {
        done += run.await.unwrap();
    }
    let store = place.open().await;
    assert_eq!(audit_verify(&*store).await.unwrap().entries, done);
    let rows = store.returns(&ReturnFilter::default()).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.version).sum::<u64>(),
        done,
        "a write each"
    );
    let counted: u32 = store
        .exceptions(&ExceptionFilter::default())
        .await
        .unwrap()
        .iter()
        .map(|row| row.occurrences)
        .sum();
    assert_eq!(u64::from(counted), done);
}

//! The audit is one chain over everything.

use store::port::chain_hash;
use store::{AuditError, AuditFilter, Unit, UnitOutcome, Verified, audit_verify};

use super::Place;
use super::rows::*;

fn note(subject: &str, action: &str) -> Unit {
    Unit {
        audit: vec![entry(subject, action)],
        ..Unit::default()
    }
}

pub async fn chain_is_gapless_and_verifies(place: &Place) {
    let store = place.open().await;
    let empty = Verified {
        entries: 0,
        head: [0; 32],
    };
    assert_eq!(audit_verify(&*store).await, Ok(empty));
    let units = (0..2_500)
        .map(|n| note(&format!("R{}", n % 7), &n.to_string()))
        .collect();
    store.commit(units, Vec::new()).await.unwrap();
    let rows = store.audit("", 0, 5_000).await.unwrap();
    let mut hash = [0; 32];
    for (n, row) in (0_u64..).zip(&rows) {
        assert_eq!((row.seq, row.prev_hash), (n + 1, hash));
        assert_eq!(row.entry.action, n.to_string(), "in the order of the units");
        hash = chain_hash(&hash, &row.entry);
        assert_eq!(row.hash, hash);
    }
    assert_eq!(store.audit_head().await.unwrap(), (2_500, hash));
    assert_eq!(
        audit_verify(&*store).await,
        Ok(Verified {
            entries: 2_500,
            head: hash
        })
    );
}

pub async fn subjects_have_their_own_timeline(place: &Place) {
    let store = place.open().await;
    for (subject, action) in [("A", "1"), ("B", "2"), ("A", "3"), ("A", "4")] {
        write(&store, note(subject, action)).await;
    }
    let seqs = async |subject: &str, after, limit| -> Vec<u64> {
        let rows = store.audit(subject, after, limit).await.unwrap();
        rows.into_iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs("A", 0, 10).await, [1, 3, 4]);
    assert_eq!(seqs("A", 1, 1).await, [3]);
    assert_eq!(seqs("", 2, 10).await, [3, 4]);
    assert!(seqs("C", 0, 10).await.is_empty());
}

pub async fn entries_are_found_by_who_what_and_when(place: &Place) {
    let store = place.open().await;
    for (n, (actor, action)) in [
        ("api/ada", "a.b"),
        ("api/al_", "a.c"),
        ("wms", "a.b"),
        ("api/ada", "b"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut unit = note("S", action);
        for entry in &mut unit.audit {
            actor.clone_into(&mut entry.actor);
            entry.at = at(i64::try_from(n).unwrap());
        }
        write(&store, unit).await;
    }
    let found = async |filter: AuditFilter| -> Vec<u64> {
        let filter = AuditFilter { limit: 3, ..filter };
        let rows = store.audit_found(filter).await.unwrap();
        rows.into_iter().map(|row| row.seq).collect()
    };
    let all = AuditFilter::default;
    let text = |text: &str| text.to_owned();
    assert_eq!(found(all()).await, [1, 2, 3]);
    assert_eq!(
        found(AuditFilter {
            latest_first: true,
            ..all()
        })
        .await,
        [4, 3, 2]
    );
    let back = AuditFilter {
        latest_first: true,
        before: Some(3),
        ..all()
    };
    assert_eq!(found(back.clone()).await, [2, 1]);
    assert_eq!(
        found(AuditFilter {
            subject: text("S"),
            ..back
        })
        .await,
        [2, 1]
    );
    assert_eq!(
        found(AuditFilter {
            actor: text("api/"),
            ..all()
        })
        .await,
        [1, 2, 4]
    );
    assert_eq!(
        found(AuditFilter {
            actor: text("api/al_"),
            ..all()
        })
        .await,
        [2],
        "no pattern"
    );
    assert_eq!(
        found(AuditFilter {
            action: text("a."),
            after: 1,
            ..all()
        })
        .await,
        [2, 3]
    );
    let span = AuditFilter {
        since: Some(at(1)),
        until: Some(at(3)),
        ..all()
    };
    assert_eq!(found(span).await, [2, 3]);
    assert!(
        found(AuditFilter {
            subject: text("T"),
            ..all()
        })
        .await
        .is_empty()
    );
}

pub async fn rolled_back_entries_leave_no_gap(place: &Place) {
    let store = place.open().await;
    let stale = Unit {
        audit: vec![entry("S", "stale")],
        ..unit("S", 7)
    };
    let units = vec![note("A", "1"), stale, note("A", "2")];
    let commit = store.commit(units, Vec::new()).await.unwrap();
    assert_eq!(
        commit.outcomes,
        [UnitOutcome::Done, UnitOutcome::Stale, UnitOutcome::Done]
    );
    assert_eq!(audit_verify(&*store).await.unwrap().entries, 2);
}

pub async fn two_handles_share_one_chain(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    for n in 0..5 {
        write(&one, note("A", &n.to_string())).await;
        write(&two, note("A", &n.to_string())).await;
    }
    assert_eq!(audit_verify(&*one).await.unwrap().entries, 10);
}

/// Called with the ways in which a thief changes the data behind the store's back.
pub async fn tampering_is_found(place: &Place, tamper: impl AsyncFn(String)) {
    let store = place.open().await;
    let units = (0..20).map(|n| note("A", &n.to_string())).collect();
    store.commit(units, Vec::new()).await.unwrap();
    let first_broken = async || match audit_verify(&*store).await {
        Err(AuditError::Broken(broken)) => broken.seq,
        other => panic!("not found: {other:?}"),
    };
    tamper("UPDATE audit SET body = '{}' WHERE seq = 7".to_owned()).await;
    assert_eq!(first_broken().await, 7);
    let body = &entry("A", "").body;
    tamper(format!("UPDATE audit SET body = '{body}' WHERE seq = 7")).await;
    assert!(audit_verify(&*store).await.is_ok(), "put right again");
    tamper("UPDATE audit SET at = at + 1 WHERE seq = 9".to_owned()).await;
    assert_eq!(first_broken().await, 9);
    tamper("UPDATE audit SET at = at - 1 WHERE seq = 9".to_owned()).await;
    tamper("DELETE FROM audit WHERE seq = 20".to_owned()).await;
    assert_eq!(first_broken().await, 20);
    tamper("DELETE FROM audit WHERE seq = 12".to_owned()).await;
    assert_eq!(first_broken().await, 12);
}

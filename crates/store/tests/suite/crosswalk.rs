//! Crosswalks are changed at the revision that was read, by one, with their audit.

use store::{CrosswalkChange, CrosswalkRow, ExceptionState, Unit};

use super::Place;
use super::rows::*;

fn row(number: u64, code: &str) -> CrosswalkRow {
    CrosswalkRow {
        number,
        list: "uom".to_owned(),
        system: "wms-east".to_owned(),
        direction: "IN".to_owned(),
        source_code: code.to_owned(),
        canonical_code: "XCS".to_owned(),
        effective_from: at(0),
        effective_to: Some(at(9)),
        status: "DRAFT".to_owned(),
        owner: "desk".to_owned(),
        drafted_by: "ada".to_owned(),
        drafted_at: at(1),
        approved_by: String::new(),
        version: 0,
        publication: 0,
        replaces: 0,
        retire_by: String::new(),
        retire_at: None,
    }
}

fn change(revision: u64, publication: u64, rows: Vec<CrosswalkRow>) -> CrosswalkChange {
    CrosswalkChange {
        revision,
        publication,
        audit: vec![entry("crosswalk/1", "crosswalk.drafted")],
        rows,
        withdrawn: Vec::new(),
    }
}

pub async fn what_is_written_is_read(place: &Place) {
    let store = place.open().await;
    let empty = store.crosswalk().await.unwrap();
    assert_eq!(
        (empty.revision, empty.publication, empty.rows.len()),
        (0, 0, 0)
    );
    let drafts = vec![row(1, "CS"), row(2, "KT")];
    assert!(
        store
            .change_crosswalk(change(0, 0, drafts.clone()))
            .await
            .unwrap()
    );
    let book = store.crosswalk().await.unwrap();
    assert_eq!((book.revision, book.publication), (1, 0));
    assert_eq!(book.rows, drafts);
    let approved = CrosswalkRow {
        status: "APPROVED".to_owned(),
        approved_by: "grace".to_owned(),
        version: 1,
        publication: 1,
        effective_to: None,
        retire_by: "ada".to_owned(),
        retire_at: Some(at(5)),
        ..row(1, "CS")
    };
    let next = CrosswalkChange {
        withdrawn: vec![2],
        ..change(1, 1, vec![approved.clone()])
    };
    assert!(store.change_crosswalk(next).await.unwrap());
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.crosswalk_publication().await.unwrap(), 1);
    assert_eq!(store.crosswalk().await.unwrap().rows, [approved]);
    assert_eq!(store.audit("crosswalk/1", 0, 9).await.unwrap().len(), 2);
}

pub async fn an_old_revision_changes_nothing(place: &Place) {
    let store = place.open().await;
    assert!(
        store
            .change_crosswalk(change(0, 0, vec![row(1, "CS")]))
            .await
            .unwrap()
    );
    let (seq, _) = store.audit_head().await.unwrap();
    let late = CrosswalkChange {
        withdrawn: vec![1],
        ..change(0, 7, vec![row(2, "KT")])
    };
    assert!(!store.change_crosswalk(late).await.unwrap());
    let book = store.crosswalk().await.unwrap();
    assert_eq!((book.revision, book.publication), (1, 0));
    assert_eq!(book.rows, [row(1, "CS")]);
    assert_eq!(store.audit_head().await.unwrap().0, seq, "nor the audit");
}

pub async fn one_of_many_changes_wins(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let changes = (1..=8).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        let change = change(0, n, vec![row(n, &format!("C{n}"))]);
        tokio::spawn(async move { (n, store.change_crosswalk(change).await.unwrap()) })
    });
    let mut winners = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        let (n, won) = change.await.unwrap();
        if won {
            winners.push(n);
        }
    }
    let [winner] = winners[..] else {
        panic!("{winners:?}")
    };
    let book = one.crosswalk().await.unwrap();
    assert_eq!((book.revision, book.publication), (1, winner));
    assert_eq!(book.rows.len(), 1);
}

pub async fn two_entries_of_a_code_do_not_begin_together(place: &Place) {
    let store = place.open().await;
    let approved = |number: u64| CrosswalkRow {
        status: "APPROVED".to_owned(),
        ..row(number, "CS")
    };
    let both = change(0, 1, vec![approved(1), approved(2)]);
    assert!(store.change_crosswalk(both).await.is_err());
    let book = store.crosswalk().await.unwrap();
    assert_eq!((book.revision, book.rows.len()), (0, 0));
}

pub async fn what_waits_for_codes_is_listed(place: &Place) {
    let store = place.open().await;
    let mut other = exception("other");
    other.missing.clear();
    let (mut first, mut second) = (exception("first"), exception("second"));
    first.opened_at = at(1);
    second.opened_at = at(2);
    for row in [second.clone(), other, first.clone()] {
        let unit = Unit {
            exceptions: vec![row],
            ..Unit::default()
        };
        write(&store, unit).await;
    }
    let lacking = store.lacking().await.unwrap();
    let ids: Vec<&str> = lacking.iter().map(|e| e.exception_id.as_str()).collect();
    assert_eq!(ids, ["X-first", "X-second"]);
    assert_eq!(lacking[0].missing, first.missing);
    assert!(lacking[0].raw.is_empty());
    let closed = store.close_exception(
        "X-first",
        ExceptionState::Replayed,
        "published",
        at(9),
        Vec::new(),
        entry("X-first", "READ-AGAIN"),
    );
    assert!(closed.await.unwrap());
    let left = store.lacking().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].missing, second.missing);
}

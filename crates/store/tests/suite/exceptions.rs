//! An exception is seen, counted, closed once, and comes back when its cause does.

use bytes::Bytes;
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Unit, UnitOutcome};

use super::Place;
use super::rows::*;

fn open(row: ExceptionRow) -> Unit {
    Unit {
        exceptions: vec![row],
        ..Unit::default()
    }
}

fn again(fingerprint: &str, when: i64) -> ExceptionRow {
    let mut row = exception(fingerprint);
    row.updated_at = at(when);
    row.opened_at = at(when);
    row.raw = Bytes::from_static(b"second");
    row
}

pub async fn second_one_is_counted(place: &Place) {
    let store = place.open().await;
    let units = vec![
        open(exception("f")),
        open(again("f", 5)),
        open(again("f", 6)),
    ];
    let commit = store.commit(units, Vec::new()).await.unwrap();
    assert_eq!(
        commit.outcomes,
        [UnitOutcome::Done, UnitOutcome::Done, UnitOutcome::Done]
    );
    let expected = ExceptionRow {
        occurrences: 3,
        updated_at: at(6),
        ..exception("f")
    };
    assert_eq!(store.exception("X-f").await.unwrap(), Some(expected));
}

pub async fn closed_once(place: &Place) {
    let store = place.open().await;
    write(&store, open(exception("f"))).await;
    let close = || {
        let (outbox, audit) = (vec![message("replay")], entry("X-f", "REPLAY"));
        store.close_exception(
            "X-f",
            ExceptionState::Replayed,
            "fixed",
            at(9),
            outbox,
            audit,
        )
    };
    assert!(close().await.unwrap());
    assert!(!close().await.unwrap());
    let stored = store.exception("X-f").await.unwrap().unwrap();
    assert_eq!(
        (stored.state, stored.resolution.as_str()),
        (ExceptionState::Replayed, "fixed")
    );
    assert_eq!(stored.updated_at, at(9));
    assert_eq!(
        store
            .unpublished(jiff::Timestamp::MAX, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(store.audit("X-f", 0, 10).await.unwrap().len(), 1);
}

pub async fn comes_back_after_it_was_closed(place: &Place) {
    let store = place.open().await;
    write(&store, open(exception("f"))).await;
    let audit = entry("X-f", "REPLAY");
    let state = ExceptionState::Replayed;
    store
        .close_exception("X-f", state, "fixed", at(9), Vec::new(), audit)
        .await
        .unwrap();
    assert_eq!(write(&store, open(again("f", 20))).await, UnitOutcome::Done);
    let stored = store.exception("X-f").await.unwrap().unwrap();
    assert_eq!(
        (stored.state, stored.occurrences),
        (ExceptionState::Open, 2)
    );
    assert_eq!(
        (stored.opened_at, stored.updated_at),
        (at(0), at(20)),
        "first seen stays"
    );
    assert_eq!(
        stored.raw,
        Bytes::from_static(b"second"),
        "what came back is what to replay"
    );
}

pub async fn unit_resolves_by_fingerprint(place: &Place) {
    let store = place.open().await;
    write(&store, open(exception("f"))).await;
    let resolve = vec![
        ("f".to_owned(), "came after all".to_owned()),
        ("?".to_owned(), String::new()),
    ];
    let unit = Unit {
        resolve,
        ..Unit::default()
    };
    assert_eq!(write(&store, unit).await, UnitOutcome::Done);
    let stored = store.exception("X-f").await.unwrap().unwrap();
    assert_eq!(stored.state, ExceptionState::Resolved);
    assert_eq!(stored.resolution, "came after all");
}

pub async fn lists_filter_and_leave_raw_out(place: &Place) {
    let store = place.open().await;
    let mut other = again("g", 5);
    (other.site, other.return_id) = ("DC-8".to_owned(), "A".to_owned());
    let mut third = again("h", 3);
    (third.code, third.connector) = ("ERP_REJECTED".to_owned(), "erp-rest".to_owned());
    for row in [exception("f"), other, third] {
        write(&store, open(row)).await;
    }
    let state = ExceptionState::Discarded;
    store
        .close_exception("X-f", state, "no", at(4), Vec::new(), entry("X-f", "D"))
        .await
        .unwrap();
    let all = ExceptionFilter::default();
    let list = async |filter: ExceptionFilter| -> Vec<String> {
        let rows = store.exceptions(&filter).await.unwrap();
        assert!(rows.iter().all(|row| row.raw.is_empty()));
        rows.into_iter().map(|row| row.fingerprint).collect()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(list(all.clone()).await, ["g", "f", "h"]);
    assert_eq!(
        list(ExceptionFilter {
            limit: 2,
            ..all.clone()
        })
        .await,
        ["g", "f"]
    );
    let open = Some(ExceptionState::Open);
    assert_eq!(
        list(ExceptionFilter {
            state: open,
            ..all.clone()
        })
        .await,
        ["g", "h"]
    );
    assert_eq!(
        list(ExceptionFilter {
            site: text("DC-8"),
            ..all.clone()
        })
        .await,
        ["g"]
    );
    assert_eq!(
        list(ExceptionFilter {
            return_id: text("A"),
            ..all.clone()
        })
        .await,
        ["g"]
    );
    assert_eq!(
        list(ExceptionFilter {
            code: text("ERP_REJECTED"),
            ..all.clone()
        })
        .await,
        ["h"]
    );
    let filter = ExceptionFilter {
        connector: text("wms-json"),
        state: open,
        ..all
    };
    assert_eq!(list(filter).await, ["g"]);
}

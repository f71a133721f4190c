//! The suite on SQLite, and what only a file can show.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests, in modules of their own"
)]

#[macro_use]
mod suite;

use rusqlite::Connection;
use store::{Clock, Lookup, SqliteStore, Store as _, StoreError, Unit, UnitOutcome};
use suite::Place;
use suite::rows::*;

async fn place(_case: &str) -> Place {
    let dir = tempfile::tempdir().unwrap();
    Place {
        url: format!("sqlite:{}", dir.path().join("store.db").display()),
        dir: Some(dir),
    }
}

fn raw(place: &Place) -> Connection {
    Connection::open(place.url.strip_prefix("sqlite:").unwrap()).unwrap()
}

every_case!(crate::place);

#[tokio::test]
async fn scenario_52_an_altered_audit_row_is_named() {
    let place = place("tampering").await;
    suite::audit::tampering_is_found(&place, async |sql| raw(&place).execute_batch(&sql).unwrap())
        .await;
}

#[tokio::test]
async fn what_returns_are_found_by_is_taken_from_states_of_before() {
    let place = place("terms").await;
    let back = async |sql: String| raw(&place).execute_batch(&sql).unwrap();
    suite::found::terms_of_before_are_taken_from_the_states(&place, back).await;
}

/// The same code on one connection in memory, under a clock of its own: what simulations rest on.
#[tokio::test]
async fn a_simulated_store_keeps_what_was_written_by_its_own_clock() {
    let noon: jiff::Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
    let store = SqliteStore::simulated(Clock::simulated(move || noon)).unwrap();
    let first = Unit {
        outbox: vec![message("m-1")],
        ..unit("r-1", 1)
    };
    let commit = store.commit(vec![first.clone()], Vec::new()).await.unwrap();
    assert_eq!(commit.outcomes, [UnitOutcome::Done]);
    let late = noon + jiff::SignedDuration::from_secs(1);
    let rows = store.unpublished(late, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [noon]);
    let again = store.commit(vec![first], vec![commit.batch]).await.unwrap();
    assert_eq!(
        again.outcomes,
        [UnitOutcome::Stale],
        "and by the same rules"
    );
    assert_eq!(store.unpublished(late, 10).await.unwrap(), []);
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let place = place("newer").await;
    place.open().await.close().await;
    raw(&place)
        .execute("INSERT INTO schema_version VALUES (11, 'later', 0)", [])
        .unwrap();
    let Err(StoreError::Broken(text)) = store::open(&place.url).await.map(|_| ()) else {
        panic!("opened a newer file")
    };
    assert!(
        text.contains("schema 11") && text.contains("up to 10"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let place = place("no database").await;
    let path = place.url.strip_prefix("sqlite:").unwrap();
    std::fs::write(path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(
        SqliteStore::open(path),
        Err(StoreError::Broken(_))
    ));
    assert!(matches!(
        store::open("mysql://x").await,
        Err(StoreError::Broken(_))
    ));
}

#[tokio::test]
async fn plain_path_and_address_are_the_same_file() {
    let place = place("path").await;
    write(&place.open().await, unit("A", 1)).await;
    let path = place.url.strip_prefix("sqlite:").unwrap();
    for url in [path.to_owned(), format!("sqlite://{path}")] {
        let store = store::open(&url).await.unwrap();
        let found = store.load(&[Lookup::Id("A".to_owned())]).await.unwrap();
        assert_eq!(found, [Some(state("A", 1))]);
    }
}

/// Another process holds the file for a moment: the write waits, and is done.
#[tokio::test(flavor = "multi_thread")]
async fn write_waits_for_another_process() {
    let place = place("waits").await;
    let store = place.open().await;
    let other = raw(&place);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn(async move { write(&store, unit("A", 1)).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.await.unwrap(), UnitOutcome::Done);
}

//! The suite on PostgreSQL, and what only a server can show.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests, in modules of their own"
)]

#[macro_use]
mod suite;

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::{StoreError, UnitOutcome};
use suite::Place;
use suite::rows::*;
use testkit::postgres::Postgres;

async fn place(case: &str) -> Place {
    let server = Postgres::shared().await.unwrap();
    // PostgreSQL cuts names off after 63 bytes, and the number must stay.
    let name: String = case.chars().take(40).collect();
    Place {
        url: server.database(&name).await.unwrap(),
        dir: None,
    }
}

async fn execute(url: &str, sql: String) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

every_case!(crate::place);

#[tokio::test]
async fn scenario_52_an_altered_audit_row_is_named() {
    let place = place("tampering").await;
    suite::audit::tampering_is_found(&place, async |sql| execute(&place.url, sql).await).await;
}

#[tokio::test]
async fn what_returns_are_found_by_is_taken_from_states_of_before() {
    let place = place("terms").await;
    let back = async |sql| execute(&place.url, sql).await;
    suite::found::terms_of_before_are_taken_from_the_states(&place, back).await;
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let place = place("newer").await;
    place.open().await.close().await;
    let later = "INSERT INTO schema_version VALUES (11, 'later', 0)".to_owned();
    execute(&place.url, later).await;
    let Err(StoreError::Broken(text)) = store::open(&place.url).await.map(|_| ()) else {
        panic!("opened a newer database")
    };
    assert!(
        text.contains("schema 11") && text.contains("up to 10"),
        "{text}"
    );
}

/// Text that PostgreSQL cannot keep is one unit's trouble.
#[tokio::test]
async fn zero_byte_fails_alone() {
    let store = place("zero").await.open().await;
    let mut units: Vec<_> = (0..8).map(|n| unit(&format!("R{n}"), 1)).collect();
    units[2].state.as_mut().unwrap().state.push('\0');
    units[5].audit.push(entry("R5", "a\0b"));
    let commit = store.commit(units, Vec::new()).await.unwrap();
    for (i, outcome) in commit.outcomes.iter().enumerate() {
        match outcome {
            UnitOutcome::Failed(_) => assert!([2, 5].contains(&i)),
            other => assert_eq!(*other, UnitOutcome::Done, "unit {i}"),
        }
    }
    assert_eq!(
        store
            .returns(&store::ReturnFilter::default())
            .await
            .unwrap()
            .len(),
        6
    );
}

/// A job whose data is refused fails alone, though it shares the transaction.
#[tokio::test]
async fn refused_job_fails_alone() {
    let store = place("refused").await.open().await;
    plan(&store, effect("E", "A", store::EffectState::Ready)).await;
    let (bad, good) = tokio::join!(
        store.next_number("zero\0byte"),
        store.lease(vec![ask("E", "w1", 10, 40)])
    );
    assert!(matches!(bad, Err(StoreError::Broken(_))), "{bad:?}");
    assert!(matches!(good.unwrap()[..], [store::Lease::Send(_)]));
}

/// The server dies and comes back: errors meanwhile, no hanging, and everything works again by itself.
#[tokio::test(flavor = "multi_thread")]
async fn comes_back_after_a_crash() {
    let server = Postgres::start_own().await.unwrap();
    let url = server.database("crash").await.unwrap();
    let store = store::open(&url).await.unwrap();
    assert_eq!(write(&store, unit("A", 1)).await, UnitOutcome::Done);
    server.kill().await.unwrap();
    let down = store.commit(vec![unit("A", 2)], Vec::new()).await;
    assert!(matches!(down, Err(StoreError::Unavailable(_))), "{down:?}");
    let down = store.effect("E").await;
    assert!(matches!(down, Err(StoreError::Unavailable(_))), "{down:?}");
    assert!(!store.healthy().await);
    server.restart().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !store.healthy().await {
        assert!(Instant::now() < deadline, "it does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(write(&store, unit("A", 2)).await, UnitOutcome::Done);
    // A connection that broke while nobody looked costs no error.
    server.kill().await.unwrap();
    server.restart().await.unwrap();
    assert_eq!(write(&store, unit("A", 3)).await, UnitOutcome::Done);
}

#[tokio::test]
async fn address_that_cannot_be_read_is_not_shown() {
    let result = store::open("postgres://user:secret@host:notaport/db")
        .await
        .map(|_| ());
    let Err(StoreError::Broken(text)) = result else {
        panic!("{result:?}")
    };
    assert!(!text.contains("secret"), "{text}");
}

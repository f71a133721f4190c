//! Brings a database to the schema of this version, or refuses it.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Error};

use super::fault::fault;
use crate::port::StoreError;

const MIGRATIONS: [(i64, &str, &str); 10] = [
    (
        1,
        "init",
        include_str!("../../migrations/postgres/0001_init.sql"),
    ),
    (
        2,
        "notes",
        include_str!("../../migrations/postgres/0002_notes.sql"),
    ),
    (
        3,
        "recon",
        include_str!("../../migrations/postgres/0003_recon.sql"),
    ),
    (
        4,
        "crosswalk",
        include_str!("../../migrations/postgres/0004_crosswalk.sql"),
    ),
    (
        5,
        "credits",
        include_str!("../../migrations/postgres/0005_credits.sql"),
    ),
    (
        6,
        "users",
        include_str!("../../migrations/postgres/0006_users.sql"),
    ),
    (
        7,
        "replay runs",
        include_str!("../../migrations/postgres/0007_replay_runs.sql"),
    ),
    (
        8,
        "return terms",
        include_str!("../../migrations/postgres/0008_return_terms.sql"),
    ),
    (
        9,
        "tickets",
        include_str!("../../migrations/postgres/0009_tickets.sql"),
    ),
    (
        10,
        "claim facts",
        include_str!("../../migrations/postgres/0010_claim_facts.sql"),
    ),
];

/// Newest schema that this version knows.
pub(super) const NEWEST: i64 = 10;

/// Key of the lock under which one process migrates and the others wait.
const LOCK: i64 = 0x0062_6163_6b68_6175;

pub(super) async fn migrate(conn: &mut PgConnection) -> Result<(), StoreError> {
    let found = apply(conn).await.map_err(|error| fault(&error))?;
    if found > NEWEST {
        return Err(StoreError::Broken(format!(
            "the database has schema {found}, and this version knows up to {NEWEST}: use the newer version"
        )));
    }
    Ok(())
}

/// Returns the schema that was found.
async fn apply(conn: &mut PgConnection) -> Result<i64, Error> {
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *tx)
        .await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_version (
            version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
        )",
    )
    .execute(&mut *tx)
    .await?;
    let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM schema_version")
        .fetch_one(&mut *tx)
        .await?;
    for (number, name, sql) in MIGRATIONS
        .into_iter()
        .filter(|(number, ..)| *number > found)
    {
        sqlx::raw_sql(sql).execute(&mut *tx).await?;
        sqlx::query(
            "INSERT INTO schema_version (version, name, applied_at)
             VALUES ($1, $2, (extract(epoch FROM now()) * 1000000)::bigint)",
        )
        .bind(number)
        .bind(name)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(found)
}

//! What connectors remember: numbers that were given, and notes.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Error, Row as _};

use super::record;
use crate::note::NoteName;

type Result<T> = std::result::Result<T, Error>;

/// The row of the series stays locked until the commit: whoever asks for the same key at the same time waits, and then
/// finds the number.
pub(super) async fn numbered(conn: &mut PgConnection, series: &str, key: &str) -> Result<u64> {
    sqlx::query(
        "INSERT INTO counters (counter, value) VALUES ('numbers/' || $1::text, 0)
         ON CONFLICT (counter) DO UPDATE SET value = counters.value",
    )
    .bind(series)
    .execute(&mut *conn)
    .await?;
    let known = sqlx::query("SELECT value FROM numbers WHERE series = $1 AND key = $2")
        .bind(series)
        .bind(key)
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(row) = known {
        return record::count(&row, 0);
    }
    let row = sqlx::query(
        "UPDATE counters SET value = value + 1 WHERE counter = 'numbers/' || $1::text RETURNING value",
    )
    .bind(series)
    .fetch_one(&mut *conn)
    .await?;
    let number: i64 = row.try_get(0)?;
    sqlx::query("INSERT INTO numbers (series, key, value) VALUES ($1, $2, $3)")
        .bind(series)
        .bind(key)
        .bind(number)
        .execute(conn)
        .await?;
    record::count(&row, 0)
}

pub(super) async fn get(pool: &PgPool, name: NoteName) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM notes WHERE owner = $1 AND space = $2 AND key = $3")
        .bind(name.owner)
        .bind(name.space)
        .bind(name.key)
        .fetch_optional(pool)
        .await
}

pub(super) async fn claim(
    conn: &mut PgConnection,
    name: &NoteName,
    value: &str,
) -> Result<Option<String>> {
    let written = sqlx::query(
        "INSERT INTO notes (owner, space, key, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(&name.owner)
    .bind(&name.space)
    .bind(&name.key)
    .bind(value)
    .execute(&mut *conn)
    .await?;
    if written.rows_affected() > 0 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT value FROM notes WHERE owner = $1 AND space = $2 AND key = $3")
        .bind(&name.owner)
        .bind(&name.space)
        .bind(&name.key)
        .fetch_optional(conn)
        .await
}

pub(super) async fn put(conn: &mut PgConnection, name: &NoteName, value: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO notes (owner, space, key, value) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner, space, key) DO UPDATE SET value = excluded.value",
    )
    .bind(&name.owner)
    .bind(&name.space)
    .bind(&name.key)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn drop(conn: &mut PgConnection, name: &NoteName) -> Result<()> {
    sqlx::query("DELETE FROM notes WHERE owner = $1 AND space = $2 AND key = $3")
        .bind(&name.owner)
        .bind(&name.space)
        .bind(&name.key)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn list(
    pool: &PgPool,
    after: NoteName,
    limit: usize,
) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "SELECT key, value FROM notes WHERE owner = $1 AND space = $2 AND key > $3 ORDER BY key LIMIT $4",
    )
    .bind(after.owner)
    .bind(after.space)
    .bind(after.key)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

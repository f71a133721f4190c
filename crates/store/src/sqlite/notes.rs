//! What connectors remember: numbers that were given, and notes.

use rusqlite::{Connection, OptionalExtension, params};

use super::record;
use super::tx::Tx;
use crate::note::NoteName;

type Result<T> = rusqlite::Result<T>;

/// The writer is alone in its transaction: number and key are written together or not at all.
pub(super) fn numbered(tx: &Tx<'_>, series: &str, key: &str) -> Result<u64> {
    let mut known = tx
        .conn
        .prepare_cached("SELECT value FROM numbers WHERE series = ?1 AND key = ?2")?;
    let known = known
        .query_row([series, key], |row| record::count(row, 0))
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    let mut next = tx.conn.prepare_cached(
        "INSERT INTO counters (counter, value) VALUES ('numbers/' || ?1, 1)
         ON CONFLICT (counter) DO UPDATE SET value = value + 1 RETURNING value",
    )?;
    let number = next.query_row([series], |row| record::count(row, 0))?;
    tx.run(
        "INSERT INTO numbers (series, key, value) VALUES (?1, ?2, ?3)",
        params![series, key, i64::try_from(number).unwrap_or(i64::MAX)],
    )?;
    Ok(number)
}

pub(super) fn get(conn: &Connection, name: &NoteName) -> Result<Option<String>> {
    let mut note = conn
        .prepare_cached("SELECT value FROM notes WHERE owner = ?1 AND space = ?2 AND key = ?3")?;
    note.query_row([&name.owner, &name.space, &name.key], |row| row.get(0))
        .optional()
}

pub(super) fn claim(tx: &Tx<'_>, name: &NoteName, value: &str) -> Result<Option<String>> {
    let there = get(tx.conn, name)?;
    if there.is_none() {
        put(tx, name, value)?;
    }
    Ok(there)
}

pub(super) fn put(tx: &Tx<'_>, name: &NoteName, value: &str) -> Result<()> {
    tx.run(
        "INSERT INTO notes (owner, space, key, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (owner, space, key) DO UPDATE SET value = excluded.value",
        params![name.owner, name.space, name.key, value],
    )?;
    Ok(())
}

pub(super) fn drop(tx: &Tx<'_>, name: &NoteName) -> Result<()> {
    tx.run(
        "DELETE FROM notes WHERE owner = ?1 AND space = ?2 AND key = ?3",
        params![name.owner, name.space, name.key],
    )?;
    Ok(())
}

pub(super) fn list(
    conn: &Connection,
    after: &NoteName,
    limit: usize,
) -> Result<Vec<(String, String)>> {
    let mut notes = conn.prepare_cached(
        "SELECT key, value FROM notes WHERE owner = ?1 AND space = ?2 AND key > ?3 ORDER BY key LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    notes
        .query_map(params![after.owner, after.space, after.key, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

//! What is left in the outbox.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::queries::{all, at_most};
use super::record;
use super::tx::{BATCH_SHIFT, Tx};
use crate::instant::micros;
use crate::ranges::ranges;
use crate::rows::OutboxRow;

type Result<T> = rusqlite::Result<T>;

pub(super) fn unpublished(
    conn: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<OutboxRow>> {
    let sql = format!(
        "SELECT id, at, {} FROM outbox WHERE at < ?1 ORDER BY id LIMIT ?2",
        record::MESSAGE
    );
    all(
        conn,
        &sql,
        params![micros(before), at_most(limit)],
        record::outbox,
    )
}

pub(super) fn take_up(
    tx: &Tx<'_>,
    before: Timestamp,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<OutboxRow>> {
    let rows = unpublished(tx.conn, before, limit)?;
    for row in &rows {
        let id = (row.batch << BATCH_SHIFT) + row.n;
        tx.run("UPDATE outbox SET at = ?2 WHERE id = ?1", (id, micros(now)))?;
    }
    Ok(rows)
}

/// Forgets whole batches, each by a range that is bounded on both sides.
pub(super) fn forget_batches(tx: &Tx<'_>, published: Vec<i64>) -> rusqlite::Result<()> {
    for (first, last) in ranges(published) {
        let range = (first << BATCH_SHIFT, (last + 1) << BATCH_SHIFT);
        tx.run("DELETE FROM outbox WHERE id >= ?1 AND id < ?2", range)?;
    }
    Ok(())
}

//! Runs of replays: read one by one, changed only at the revision that was read.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::record;
use super::tx::Tx;
use crate::instant::micros;
use crate::replay_run::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};

type Result<T> = rusqlite::Result<T>;

const COLUMNS: &str = "run_id, body, is_active, revision, started_at, changed_at";

pub(super) fn list(conn: &Connection, filter: &ReplayRunFilter) -> Result<Vec<ReplayRunRow>> {
    let which = if filter.is_active {
        "AND is_active"
    } else {
        ""
    };
    let limit = match filter.limit {
        0 => -1,
        limit => i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM replay_runs WHERE (?2 IS NULL OR run_id < ?2) {which}
         ORDER BY run_id DESC LIMIT ?1"
    );
    conn.prepare_cached(&sql)?
        .query_map(params![limit, filter.before], run)?
        .collect()
}

pub(super) fn one(conn: &Connection, run_id: &str) -> Result<Option<ReplayRunRow>> {
    let sql = format!("SELECT {COLUMNS} FROM replay_runs WHERE run_id = ?1");
    conn.prepare_cached(&sql)?
        .query_row([run_id], run)
        .optional()
}

fn run(row: &Row<'_>) -> Result<ReplayRunRow> {
    Ok(ReplayRunRow {
        run_id: row.get(0)?,
        body: row.get(1)?,
        is_active: row.get(2)?,
        revision: record::count(row, 3)?,
        started_at: record::at(row, 4)?,
        changed_at: record::at(row, 5)?,
    })
}

/// Writes it, if the revision before it stands.
pub(super) fn change(tx: &mut Tx<'_>, change: &ReplayRunChange) -> Result<bool> {
    let row = &change.row;
    let params = params![
        row.run_id,
        row.body,
        row.is_active,
        row.revision.cast_signed(),
        micros(row.started_at),
        micros(row.changed_at),
    ];
    let sql = if row.revision == 1 {
        "INSERT OR IGNORE INTO replay_runs (run_id, body, is_active, revision, started_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    } else {
        "UPDATE replay_runs SET body = ?2, is_active = ?3, revision = ?4, started_at = ?5, changed_at = ?6
         WHERE run_id = ?1 AND revision = ?4 - 1"
    };
    if tx.run(sql, params)? == 0 {
        return Ok(false);
    }
    tx.record(&change.audit)?;
    Ok(true)
}

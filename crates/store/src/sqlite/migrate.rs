//! Brings a file to the schema of this version, or refuses it.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::fault;
use crate::port::StoreError;

const MIGRATIONS: [(u32, &str, &str); 10] = [
    (
        1,
        "init",
        include_str!("../../migrations/sqlite/0001_init.sql"),
    ),
    (
        2,
        "notes",
        include_str!("../../migrations/sqlite/0002_notes.sql"),
    ),
    (
        3,
        "recon",
        include_str!("../../migrations/sqlite/0003_recon.sql"),
    ),
    (
        4,
        "crosswalk",
        include_str!("../../migrations/sqlite/0004_crosswalk.sql"),
    ),
    (
        5,
        "credits",
        include_str!("../../migrations/sqlite/0005_credits.sql"),
    ),
    (
        6,
        "users",
        include_str!("../../migrations/sqlite/0006_users.sql"),
    ),
    (
        7,
        "replay runs",
        include_str!("../../migrations/sqlite/0007_replay_runs.sql"),
    ),
    (
        8,
        "return terms",
        include_str!("../../migrations/sqlite/0008_return_terms.sql"),
    ),
    (
        9,
        "tickets",
        include_str!("../../migrations/sqlite/0009_tickets.sql"),
    ),
    (
        10,
        "claim facts",
        include_str!("../../migrations/sqlite/0010_claim_facts.sql"),
    ),
];

/// Newest schema that this version knows.
pub(super) const NEWEST: u32 = 10;

/// Applies what is missing, in one transaction: two processes that open a new file at once do not meet.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    if version(conn)? == NEWEST {
        return Ok(());
    }
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(fault)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version (
            version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
        ) STRICT",
    )
    .map_err(fault)?;
    let found = version(&tx)?;
    if found > NEWEST {
        return Err(StoreError::Broken(format!(
            "the file has schema {found}, and this version knows up to {NEWEST}: use the newer version"
        )));
    }
    for (number, name, sql) in MIGRATIONS
        .into_iter()
        .filter(|(number, ..)| *number > found)
    {
        tx.execute_batch(sql).map_err(fault)?;
        tx.execute(
            "INSERT INTO schema_version (version, name, applied_at)
             VALUES (?1, ?2, unixepoch() * 1000000)",
            (number, name),
        )
        .map_err(fault)?;
    }
    tx.commit().map_err(fault)
}

fn version(conn: &Connection) -> Result<u32, StoreError> {
    let exists = conn.table_exists(None, "schema_version").map_err(fault)?;
    if !exists {
        return Ok(0);
    }
    conn.query_row(
        "SELECT coalesce(max(version), 0) FROM schema_version",
        [],
        |row| row.get(0),
    )
    .map_err(fault)
}

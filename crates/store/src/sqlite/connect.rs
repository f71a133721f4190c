//! Opens connections: one that writes, some that read.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::fault::fault;
use super::migrate;
use crate::port::StoreError;

/// How long a connection waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// Opens (and makes, if it is not there) the file for writing, at the schema of this version.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = open(path, flags)?;
    switch_to_wal(&conn)?;
    // FULL syncs the log at each commit: what was answered survives a power cut. The log is folded into the file
    // every 16 MiB, not every 4: a page that changes often is then written once.
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )
    .map_err(fault)?;
    migrate::migrate(&mut conn)?;
    Ok(conn)
}

/// A new database in memory, at the schema of this version.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let mut conn = Connection::open_in_memory().map_err(fault)?;
    conn.set_prepared_statement_cache_capacity(128);
    migrate::migrate(&mut conn)?;
    Ok(conn)
}

/// Opens a file that a writer has opened before, for reading only.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags)?;
    conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;")
        .map_err(fault)?;
    Ok(conn)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Broken(format!("opening {}: {error}", path.display())))?;
    conn.busy_timeout(BUSY).map_err(fault)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

/// The busy timeout does not cover this switch when another process makes it at the same time.
fn switch_to_wal(conn: &Connection) -> Result<(), StoreError> {
    let deadline = Instant::now() + BUSY;
    loop {
        match conn.query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        }) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(StoreError::Broken(format!(
                    "this place does not allow a write-ahead log (journal mode {mode}): use a local disk"
                )));
            }
            Err(error) => {
                let busy = matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                );
                if !busy || Instant::now() > deadline {
                    return Err(fault(error));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

//! The embedded store: one SQLite file, one writer thread, a few readers.
//!
//! - WAL with `synchronous = FULL`: what was answered survives the process and the power.
//! - Several processes may open the same file: each transaction takes the write lock first and reads the end of the
//!   audit chain inside it.

mod connect;
mod credits;
mod crosswalk;
mod effects;
mod exceptions;
mod fault;
mod find;
mod migrate;
mod notes;
mod numbers;
mod outbox;
mod queries;
mod readers;
mod recon;
mod record;
mod replay_runs;
mod store;
mod tx;
mod unit;
mod users;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use self::readers::Readers;
use self::writer::Writer;
use crate::clock::Clock;
use crate::port::StoreError;

/// A store in one file.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date. Blocks for some milliseconds.
    ///
    /// # Errors
    /// `Broken` when the file is of a newer version, is no database, or lies where a write-ahead log cannot be kept;
    /// `Unavailable` when another process keeps it locked.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let writer = Writer::start(path)?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            readers: Readers::new(path),
        })
    }

    /// A new store in memory, under that clock, without threads: each call is done, wholly, when it is first polled. For
    /// simulations that must run the same each time.
    ///
    /// # Errors
    /// `Broken` when SQLite cannot make it.
    pub fn simulated(clock: Clock) -> Result<Self, StoreError> {
        let conn = Arc::new(Mutex::new(connect::in_memory()?));
        Ok(Self {
            path: PathBuf::from(":memory:"),
            writer: Writer::inline(Arc::clone(&conn), clock),
            readers: Readers::inline(conn),
        })
    }

    /// Transactions committed by this handle. Fewer than the writes that it answered: they share.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }
}

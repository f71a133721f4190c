//! The embedded store: one SQLite file, one writer thread, a few readers.
//!
//! - WAL with `synchronous = FULL`: what was answered survives the process and the power.
//! - Several processes may open the same file: each transaction takes the write lock first and reads the end of the
//!   audit chain inside it.

mod connect;
mod effects;
mod exceptions;
mod fault;
mod migrate;
mod notes;
mod queries;
mod readers;
mod record;
mod store;
mod tx;
mod unit;
mod writer;

use std::path::{Path, PathBuf};

use self::readers::Readers;
use self::writer::Writer;
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

    /// Transactions committed by this handle. Fewer than the writes that it answered: they share.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }
}

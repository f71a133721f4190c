//! Connections that read: a few, kept open, used on blocking threads. Reading never waits for the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connect;
use super::fault::fault;
use crate::port::StoreError;

/// Reads at the same time. Each keeps a connection with a cache of 4 MB.
const READERS: usize = 4;

pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    seats: Arc<Semaphore>,
    /// Reads go by the connection that writes, on the caller's thread.
    inline: Option<Arc<Mutex<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Arc::default(),
            seats: Arc::new(Semaphore::new(READERS)),
            inline: None,
        }
    }

    /// Reads on the caller's thread, by that connection.
    pub(super) fn inline(conn: Arc<Mutex<Connection>>) -> Self {
        Self {
            inline: Some(conn),
            ..Self::new(Path::new(":memory:"))
        }
    }

    /// Runs `work` on one snapshot of the data.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        if let Some(conn) = &self.inline {
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            return snapshot(&conn, work).map_err(fault);
        }
        let closed = |_| StoreError::Unavailable("it is closed".to_owned());
        let seat = Arc::clone(&self.seats)
            .acquire_owned()
            .await
            .map_err(closed)?;
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            let _seat = seat;
            let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let conn = match pooled {
                Some(conn) => conn,
                None => connect::reader(&path)?,
            };
            let result = snapshot(&conn, work).map_err(fault);
            // A connection that is still in a transaction would pin an old snapshot: let it go.
            if conn.is_autocommit() {
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(conn);
            }
            result
        })
        .await
        .map_err(|error| StoreError::Broken(format!("reading: {error}")))?
    }

    /// Refuses further reads, waits for those under way, and closes.
    pub(super) async fn close(&self) {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        if let Ok(seats) = self.seats.acquire_many(all).await {
            self.seats.close();
            drop(seats);
        }
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn snapshot<T>(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    conn.prepare_cached("BEGIN")?.execute([])?;
    let result = work(conn);
    conn.prepare_cached("COMMIT")?.execute([])?;
    result
}

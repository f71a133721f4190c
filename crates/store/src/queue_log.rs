//! A durable log of queued messages for one process: what the embedded broker keeps on disk.
//!
//! - The queues themselves live in the caller's memory; this file only has to bring them back after a restart.
//! - One connection on one thread of its own. Whatever waits is written in one transaction (WAL,
//!   `synchronous=FULL`): when [`QueueLog::write`] returns, it is on the disk.
//! - One process at a time: the file is locked as long as the log is open.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use crate::port::StoreError;

/// Calls that share a transaction at most.
const GROUP: usize = 1024;
/// How long to wait for another process (or an earlier self) to let the file go.
const LOCKED: Duration = Duration::from_secs(5);
/// Version of the table below.
const LAYOUT: i64 = 1;
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS queue_log (
        id           INTEGER PRIMARY KEY,
        queue        TEXT    NOT NULL,
        due_ms       INTEGER,
        failed       INTEGER NOT NULL,
        message_id   TEXT    NOT NULL,
        routing_key  TEXT    NOT NULL,
        content_type TEXT    NOT NULL,
        headers      TEXT    NOT NULL,
        body         BLOB    NOT NULL
    ) STRICT";

/// A message in a queue, or waiting to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Number, given by the caller; the order in the queue.
    pub id: i64,
    /// The queue it is in, or comes to.
    pub queue: String,
    /// When it comes to the queue, in milliseconds since 1970; none if it is there.
    pub due_ms: Option<i64>,
    /// Failed deliveries so far.
    pub failed: u32,
    /// Message id.
    pub message_id: String,
    /// Routing key.
    pub routing_key: String,
    /// Media type.
    pub content_type: String,
    /// Headers, a JSON object of strings.
    pub headers: String,
    /// Body.
    pub body: Bytes,
}

/// One change of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueWrite {
    /// A new message.
    Append(QueueEntry),
    /// It was settled: forgotten.
    Remove(i64),
    /// It has failed so many times now.
    Failed {
        /// The message.
        id: i64,
        /// Failed deliveries.
        failed: u32,
    },
    /// It goes to the end of a queue (at once, and with no failures), under a new number.
    Move {
        /// Its number so far.
        id: i64,
        /// Its new number.
        to: i64,
        /// The queue.
        queue: String,
    },
}

/// See the module.
#[derive(Debug, Clone)]
pub struct QueueLog {
    jobs: Sender<Job>,
}

#[derive(Debug)]
enum Job {
    Write(Vec<QueueWrite>, Option<Answer>),
    Close(Answer),
}

type Answer = oneshot::Sender<Result<(), StoreError>>;

impl QueueLog {
    /// Opens the file, or makes it, and reads everything in it, in the order of the numbers.
    ///
    /// # Errors
    /// `Unavailable` when another process has it open, `Broken` when it is not such a log.
    pub async fn open(path: &Path) -> Result<(Self, Vec<QueueEntry>), StoreError> {
        let path = path.to_owned();
        let (jobs, received) = channel();
        let (opened, result) = oneshot::channel();
        let run = move || match open(&path) {
            Ok((connection, entries)) => {
                if opened.send(Ok(entries)).is_ok() {
                    write_until_closed(connection, &received);
                }
            }
            Err(error) => {
                // The one who asked may have gone; then nobody wants to know.
                drop(opened.send(Err(error)));
            }
        };
        std::thread::Builder::new()
            .name("queue-log".to_owned())
            .spawn(run)
            .map_err(|e| StoreError::Unavailable(format!("starting the queue log: {e}")))?;
        let entries = result.await.map_err(|_| ended())??;
        Ok((Self { jobs }, entries))
    }

    /// Writes, in this order, and returns when it is durable.
    pub async fn write(&self, writes: Vec<QueueWrite>) -> Result<(), StoreError> {
        let (answer, result) = oneshot::channel();
        self.jobs
            .send(Job::Write(writes, Some(answer)))
            .map_err(|_| ended())?;
        result.await.map_err(|_| ended())?
    }

    /// Writes soon, after what was asked before. For changes whose loss in a crash only means that a message is
    /// delivered again.
    pub fn write_soon(&self, writes: Vec<QueueWrite>) -> Result<(), StoreError> {
        self.jobs
            .send(Job::Write(writes, None))
            .map_err(|_| ended())
    }

    /// Writes what was asked for, and closes the file.
    pub async fn close(&self) -> Result<(), StoreError> {
        let (answer, result) = oneshot::channel();
        if self.jobs.send(Job::Close(answer)).is_err() {
            return Ok(());
        }
        result.await.unwrap_or(Ok(()))
    }
}

fn ended() -> StoreError {
    StoreError::Unavailable("the queue log is closed".to_owned())
}

fn open(path: &Path) -> Result<(Connection, Vec<QueueEntry>), StoreError> {
    let broken = |e: rusqlite::Error| match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            StoreError::Unavailable(format!("{} is open in another process", path.display()))
        }
        _ => StoreError::Broken(format!("{}: {e}", path.display())),
    };
    let connection = Connection::open(path).map_err(broken)?;
    connection.busy_timeout(LOCKED).map_err(broken)?;
    connection
        .execute_batch(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        )
        .map_err(broken)?;
    let layout: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(broken)?;
    if layout != 0 && layout != LAYOUT {
        let path = path.display();
        return Err(StoreError::Broken(format!(
            "{path} was written by another version (layout {layout}, this one knows {LAYOUT})"
        )));
    }
    connection
        .execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLE}; PRAGMA user_version={LAYOUT}; COMMIT"
        ))
        .map_err(broken)?;
    let entries = read(&connection).map_err(broken)?;
    Ok((connection, entries))
}

fn read(connection: &Connection) -> rusqlite::Result<Vec<QueueEntry>> {
    let mut select = connection.prepare(
        "SELECT id, queue, due_ms, failed, message_id, routing_key, content_type, headers, body
         FROM queue_log ORDER BY id",
    )?;
    let entries = select.query_map([], |row| {
        Ok(QueueEntry {
            id: row.get(0)?,
            queue: row.get(1)?,
            due_ms: row.get(2)?,
            failed: row.get(3)?,
            message_id: row.get(4)?,
            routing_key: row.get(5)?,
            content_type: row.get(6)?,
            headers: row.get(7)?,
            body: row.get::<_, Vec<u8>>(8)?.into(),
        })
    })?;
    entries.collect()
}

/// The thread: takes what waits, writes it in one transaction, answers.
fn write_until_closed(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut answers = Vec::new();
        let mut closing = None;
        let result = write_group(&mut connection, |transaction| {
            let mut next = Some(first);
            let mut taken = 0;
            while let Some(job) = next {
                taken += 1;
                match job {
                    Job::Write(writes, answer) => {
                        answers.extend(answer);
                        writes.into_iter().try_for_each(|w| apply(transaction, w))?;
                    }
                    Job::Close(answer) => {
                        closing = Some(answer);
                        break;
                    }
                }
                next = if taken < GROUP {
                    jobs.try_recv().ok()
                } else {
                    None
                };
            }
            Ok(())
        });
        if let Err(error) = &result {
            tracing::error!(%error, "writing the queue log");
        }
        for answer in answers {
            // Whoever gave up waiting does not want to know.
            drop(answer.send(result.clone()));
        }
        if let Some(answer) = closing {
            let closed = connection
                .close()
                .map_err(|(_, e)| StoreError::Broken(e.to_string()));
            drop(answer.send(result.and(closed)));
            return;
        }
    }
}

fn write_group(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let written = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|transaction| write(&transaction).and_then(|()| transaction.commit()));
    written.map_err(|e| StoreError::Broken(format!("writing the queue log: {e}")))
}

fn apply(transaction: &Transaction<'_>, write: QueueWrite) -> rusqlite::Result<()> {
    match write {
        QueueWrite::Append(e) => transaction
            .prepare_cached("INSERT INTO queue_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
            .execute(params![
                e.id,
                e.queue,
                e.due_ms,
                e.failed,
                e.message_id,
                e.routing_key,
                e.content_type,
                e.headers,
                e.body.as_ref(),
            ])?,
        QueueWrite::Remove(id) => transaction
            .prepare_cached("DELETE FROM queue_log WHERE id = ?1")?
            .execute([id])?,
        QueueWrite::Failed { id, failed } => transaction
            .prepare_cached("UPDATE queue_log SET failed = ?2 WHERE id = ?1")?
            .execute(params![id, failed])?,
        QueueWrite::Move { id, to, queue } => transaction
            .prepare_cached(
                "UPDATE queue_log SET id = ?2, queue = ?3, due_ms = NULL, failed = 0 WHERE id = ?1",
            )?
            .execute(params![id, to, queue])?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, queue: &str) -> QueueEntry {
        QueueEntry {
            id,
            queue: queue.to_owned(),
            due_ms: Some(7),
            failed: 0,
            message_id: format!("m{id}"),
            routing_key: "k".to_owned(),
            content_type: "text/plain".to_owned(),
            headers: "{}".to_owned(),
            body: Bytes::from_static(b"\x00body"),
        }
    }

    #[tokio::test]
    async fn what_was_written_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queues.db");
        let (log, entries) = QueueLog::open(&path).await.unwrap();
        assert_eq!(entries, []);
        let appended = (1..=4)
            .map(|id| QueueWrite::Append(entry(id, "q")))
            .collect();
        log.write(appended).await.unwrap();
        log.write_soon(vec![
            QueueWrite::Remove(2),
            QueueWrite::Failed { id: 3, failed: 2 },
        ])
        .unwrap();
        log.write_soon(vec![QueueWrite::Move {
            id: 1,
            to: 5,
            queue: "p".to_owned(),
        }])
        .unwrap();
        log.close().await.unwrap();
        assert!(log.write(vec![QueueWrite::Remove(3)]).await.is_err());

        let (_log, entries) = QueueLog::open(&path).await.unwrap();
        let third = QueueEntry {
            failed: 2,
            ..entry(3, "q")
        };
        let moved = QueueEntry {
            id: 5,
            due_ms: None,
            message_id: "m1".to_owned(),
            ..entry(1, "p")
        };
        assert_eq!(entries, [third, entry(4, "q"), moved]);
    }

    #[tokio::test]
    async fn a_failed_write_is_told_and_the_next_one_works() {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = QueueLog::open(&dir.path().join("queues.db")).await.unwrap();
        log.write(vec![QueueWrite::Append(entry(1, "q"))])
            .await
            .unwrap();
        let twice = log.write(vec![QueueWrite::Append(entry(1, "q"))]).await;
        assert!(matches!(twice, Err(StoreError::Broken(_))), "{twice:?}");
        log.write(vec![QueueWrite::Append(entry(2, "q"))])
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_log_is_said_to_be_broken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queues.db");
        std::fs::write(
            &path,
            "not a database, but long enough to be looked at as one",
        )
        .unwrap();
        let opened = QueueLog::open(&path).await;
        assert!(matches!(opened, Err(StoreError::Broken(_))), "{opened:?}");
    }
}

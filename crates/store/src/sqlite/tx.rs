//! One transaction of the writer, shared by every job that waited: savepoints, the head, the outbox, the audit.

use rusqlite::{Connection, Params, params};

use crate::clock::Clock;
use crate::instant::{left, micros};
use crate::port::chain_hash;
use crate::rows::{AuditEntry, OutboxMessage};

/// Messages that one job can put into the outbox: 2^20.
pub(super) const BATCH_SHIFT: u32 = 20;

/// Where the transaction stands. A savepoint that is rolled back puts it back.
#[derive(Clone, Copy)]
struct Marks {
    seq: i64,
    hash: [u8; 32],
    last_batch: i64,
    /// Batch of the running job; 0 until it writes to the outbox.
    batch: i64,
    next: i64,
}

pub(super) struct Tx<'c> {
    pub conn: &'c Connection,
    /// When this transaction began, in microseconds.
    pub at: i64,
    begun: Marks,
    marks: Marks,
}

impl<'c> Tx<'c> {
    /// Begins; waits for other processes, and takes their audit head from the file.
    pub(super) fn begin(conn: &'c Connection, clock: &Clock) -> rusqlite::Result<Self> {
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let marks = conn
            .prepare_cached("SELECT seq, hash, batch FROM head")?
            .query_row([], |row| {
                Ok(Marks {
                    seq: row.get(0)?,
                    hash: row.get(1)?,
                    last_batch: row.get(2)?,
                    batch: 0,
                    next: 0,
                })
            })?;
        Ok(Self {
            conn,
            at: micros(clock.now()),
            begun: marks,
            marks,
        })
    }

    pub(super) fn commit(self) -> rusqlite::Result<()> {
        let (now, then) = (self.marks, self.begun);
        if (now.seq, now.last_batch) != (then.seq, then.last_batch) {
            self.run(
                "UPDATE head SET seq = ?1, hash = ?2, batch = ?3",
                params![now.seq, now.hash, now.last_batch],
            )?;
        }
        self.run("COMMIT", [])?;
        Ok(())
    }

    /// A new job: its messages get a batch of their own, because it publishes them on its own.
    pub(super) fn next_job(&mut self) {
        self.marks.batch = 0;
        self.marks.next = 0;
    }

    /// Batch of the running job; 0 when it wrote nothing to the outbox.
    pub(super) fn batch(&self) -> i64 {
        self.marks.batch
    }

    /// Runs a cached statement; returns the number of rows it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.conn.prepare_cached(sql)?.execute(params)
    }

    /// Does `work` wholly or not at all, whatever becomes of the rest of the transaction.
    pub(super) fn guarded<T, E: From<rusqlite::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let marks = self.marks;
        self.run("SAVEPOINT part", [])?;
        let result = work(self);
        if result.is_err() {
            self.marks = marks;
            // Some errors (a full disk) end the whole transaction: the writer sees to that.
            if self.conn.is_autocommit() {
                return result;
            }
            self.run("ROLLBACK TO part", [])?;
        }
        self.run("RELEASE part", [])?;
        result
    }

    /// Messages that this process publishes.
    pub(super) fn put(&mut self, messages: &[OutboxMessage]) -> rusqlite::Result<()> {
        self.put_at(messages, self.at)
    }

    /// Messages that nobody is about to publish.
    pub(super) fn leave(&mut self, messages: &[OutboxMessage]) -> rusqlite::Result<()> {
        self.put_at(messages, left(self.at))
    }

    fn put_at(&mut self, messages: &[OutboxMessage], at: i64) -> rusqlite::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        if self.marks.batch == 0 {
            self.marks.last_batch += 1;
            self.marks.batch = self.marks.last_batch;
        }
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO outbox (id, at, message_id, destination, content_type, headers, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for m in messages {
            let id = (self.marks.batch << BATCH_SHIFT) + self.marks.next;
            insert.execute(params![
                id,
                at,
                m.id,
                m.destination,
                m.content_type,
                m.headers,
                &m.body[..]
            ])?;
            self.marks.next += 1;
        }
        Ok(())
    }

    pub(super) fn record(&mut self, entries: &[AuditEntry]) -> rusqlite::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO audit (seq, at, actor, action, subject, correlation_id, after_hash, prev_hash, hash, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for e in entries {
            let hash = chain_hash(&self.marks.hash, e);
            self.marks.seq += 1;
            insert.execute(params![
                self.marks.seq,
                micros(e.at),
                e.actor,
                e.action,
                e.subject,
                e.correlation_id,
                e.after_hash,
                self.marks.hash,
                hash,
                e.body
            ])?;
            self.marks.hash = hash;
        }
        Ok(())
    }
}

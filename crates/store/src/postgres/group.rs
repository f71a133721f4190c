//! One transaction: everything that waited.

use jiff::Timestamp;
use sqlx::Error;
use sqlx::postgres::PgConnection;

use super::job::{Done, Job};
use super::tail::{Left, Tail};
use super::{crosswalk, effects, exceptions, notes, replay_runs, units, users};
use crate::instant::{left, micros};
use crate::port::Commit;
use crate::rows::{
    EffectOutcome, EffectState, ExceptionState, OutboxMessage, Reopening, TimerRow, Unit,
    UnitOutcome,
};

/// How many numbers the sequence hands out at once.
const BLOCK: i64 = 256;

/// Numbers of commits that this process may still give away. Numbers are lost when it ends: they need not be gapless.
#[derive(Default)]
pub(super) struct Batches {
    next: i64,
    end: i64,
}

impl Batches {
    async fn take(&mut self, conn: &mut PgConnection) -> Result<i64, Error> {
        if self.next == self.end {
            self.next = sqlx::query_scalar("SELECT nextval('outbox_batch')")
                .fetch_one(conn)
                .await?;
            self.end = self.next + BLOCK;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

/// How a transaction begins: side by side with those of other processes. One that lost a deadlock begins alone: it
/// waits until the others have ended, and cannot lose again. The number is the lock's name.
const TOGETHER: &str = "BEGIN; SELECT pg_advisory_xact_lock_shared(7020374912); SAVEPOINT wave";
const ALONE: &str = "BEGIN; SELECT pg_advisory_xact_lock(7020374912); SAVEPOINT wave";

pub(super) struct Group<'j> {
    jobs: &'j [Job],
    batches: &'j mut Batches,
    alone: bool,
    committing: bool,
    /// When the transaction began, in microseconds.
    at: i64,
}

impl<'j> Group<'j> {
    /// `alone`: with no other process writing.
    pub(super) fn new(jobs: &'j [Job], batches: &'j mut Batches, alone: bool) -> Self {
        Self {
            jobs,
            batches,
            alone,
            committing: false,
            at: 0,
        }
    }

    /// From here on a lost connection leaves it open whether the transaction was committed.
    pub(super) fn is_committing(&self) -> bool {
        self.committing
    }

    pub(super) async fn write(&mut self, conn: &mut PgConnection) -> Result<Vec<Done>, Error> {
        let at = micros(Timestamp::now());
        self.at = at;
        let begin = if self.alone { ALONE } else { TOGETHER };
        sqlx::raw_sql(begin).execute(&mut *conn).await?;
        let units: Vec<&Unit> = self.jobs.iter().flat_map(units_of).collect();
        let mut outcomes = units::write(conn, &units, at).await?.into_iter();
        let mut tail = Tail::default();
        let mut done = Vec::with_capacity(self.jobs.len());
        for job in self.jobs {
            done.push(self.job(conn, job, &mut outcomes, &mut tail).await?);
        }
        forget(conn, self.jobs).await?;
        tail.write(conn).await?;
        self.committing = true;
        sqlx::raw_sql("COMMIT").execute(conn).await?;
        Ok(done)
    }

    /// The outcomes are those of all units of all jobs, in order.
    async fn job(
        &mut self,
        conn: &mut PgConnection,
        job: &'j Job,
        outcomes: &mut std::vec::IntoIter<UnitOutcome>,
        tail: &mut Tail<'j>,
    ) -> Result<Done, Error> {
        match job {
            Job::Commit { units, .. } => {
                let outcomes: Vec<UnitOutcome> = outcomes.take(units.len()).collect();
                let done = units.iter().zip(&outcomes);
                let done = done
                    .filter(|(_, o)| **o == UnitOutcome::Done)
                    .map(|(unit, _)| unit);
                let written: Vec<&Unit> = done.collect();
                let messages = written.iter().flat_map(|unit| {
                    let at = if unit.is_left { left(self.at) } else { self.at };
                    unit.outbox.iter().map(move |message| (at, message))
                });
                let messages = messages.collect();
                let batch = self.put(conn, messages, tail).await?;
                tail.entries
                    .extend(written.iter().flat_map(|unit| &unit.audit));
                Ok(Done::Commit(Commit { batch, outcomes }))
            }
            Job::Forget(rows) => forget_rows(conn, rows).await.map(|()| Done::Forgotten),
            Job::Lease(requests) => effects::lease(conn, requests).await.map(Done::Leases),
            Job::Settle { outcomes, .. } => {
                let settled = effects::settle(conn, outcomes).await?;
                let accepted = outcomes.iter().zip(&settled).filter(|(_, yes)| **yes);
                let accepted: Vec<&EffectOutcome> = accepted.map(|(o, _)| o).collect();
                for outcome in &accepted {
                    if let Some(exception) = &outcome.exception {
                        exceptions::open(conn, exception).await?;
                    }
                }
                let messages = accepted.iter().flat_map(|o| &o.outbox);
                let messages = messages.map(|message| (self.at, message)).collect();
                let batch = self.put(conn, messages, tail).await?;
                tail.entries
                    .extend(accepted.iter().filter_map(|o| o.audit.as_ref()));
                Ok(Done::Settled(batch, settled))
            }
            Job::Reopen(asked) => {
                let state = reopen(conn, asked).await?;
                if state.is_some() {
                    self.leave(conn, &asked.outbox, tail).await?;
                    tail.entries.push(&asked.audit);
                }
                Ok(Done::Reopened(state))
            }
            Job::CloseException {
                exception_id,
                state,
                resolution,
                now,
                outbox,
                audit,
            } => {
                let now = micros(*now);
                let closed = exceptions::close(conn, exception_id, *state, resolution, now).await?;
                if closed {
                    self.leave(conn, outbox, tail).await?;
                    tail.entries.push(audit);
                }
                Ok(Done::Closed(closed))
            }
            Job::Fired(timers) => fire(conn, timers).await.map(|()| Done::Fired),
            Job::Number(counter) => number(conn, counter).await.map(Done::Number),
            Job::Numbered { series, key } => {
                let number = notes::numbered(conn, series, key).await?;
                Ok(Done::Number(number))
            }
            Job::ClaimNote(name, value) => {
                let there = notes::claim(conn, name, value).await?;
                Ok(Done::Noted(there))
            }
            Job::PutNote(name, value) => {
                notes::put(conn, name, value).await?;
                Ok(Done::Noted(None))
            }
            Job::DropNote(name) => {
                notes::drop(conn, name).await?;
                Ok(Done::Noted(None))
            }
            Job::Crosswalk(change) => {
                let written = crosswalk::change(conn, change).await?;
                if written {
                    tail.entries.extend(&change.audit);
                }
                Ok(Done::Written(written))
            }
            Job::ReplayRun(change) => {
                let written = replay_runs::change(conn, change).await?;
                if written {
                    tail.entries.extend(&change.audit);
                }
                Ok(Done::Written(written))
            }
            Job::User(change) => {
                let written = users::change(conn, change).await?;
                if written {
                    tail.entries.push(&change.audit);
                }
                Ok(Done::Written(written))
            }
        }
    }

    /// Messages of one job get a batch of their own, because the job publishes them on its own.
    /// Messages that nobody is about to publish.
    async fn leave(
        &mut self,
        conn: &mut PgConnection,
        messages: &'j [OutboxMessage],
        tail: &mut Tail<'j>,
    ) -> Result<i64, Error> {
        let at = left(self.at);
        let messages = messages.iter().map(|message| (at, message)).collect();
        self.put(conn, messages, tail).await
    }

    /// Messages with the instant since when they wait to be published.
    async fn put(
        &mut self,
        conn: &mut PgConnection,
        messages: Vec<(i64, &'j OutboxMessage)>,
        tail: &mut Tail<'j>,
    ) -> Result<i64, Error> {
        if messages.is_empty() {
            return Ok(0);
        }
        let batch = self.batches.take(conn).await?;
        tail.messages
            .extend((0..).zip(messages).map(|(n, (at, message))| Left {
                batch,
                n,
                at,
                message,
            }));
        Ok(batch)
    }
}

fn units_of(job: &Job) -> &[Unit] {
    match job {
        Job::Commit { units, .. } => units,
        Job::Forget(_)
        | Job::Lease(_)
        | Job::Settle { .. }
        | Job::Reopen { .. }
        | Job::CloseException { .. }
        | Job::Fired(_)
        | Job::Number(_)
        | Job::Numbered { .. }
        | Job::ClaimNote(..)
        | Job::PutNote(..)
        | Job::DropNote(..)
        | Job::Crosswalk(_)
        | Job::User(_)
        | Job::ReplayRun(_) => &[],
    }
}

async fn forget(conn: &mut PgConnection, jobs: &[Job]) -> Result<(), Error> {
    let published: Vec<i64> = jobs.iter().flat_map(Job::published).copied().collect();
    if published.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM outbox WHERE batch = ANY($1)")
        .bind(&published)
        .execute(conn)
        .await?;
    Ok(())
}

async fn forget_rows(conn: &mut PgConnection, rows: &[(i64, i64)]) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM outbox o USING UNNEST($1::bigint[], $2::bigint[]) AS u (batch, n)
         WHERE o.batch = u.batch AND o.n = u.n",
    )
    .bind(rows.iter().map(|(batch, _)| *batch).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, n)| *n).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

async fn fire(conn: &mut PgConnection, timers: &[TimerRow]) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM timers t USING UNNEST($1::text[], $2::bigint[]) AS u (key, due_at)
         WHERE t.key = u.key AND t.due_at = u.due_at",
    )
    .bind(
        timers
            .iter()
            .map(|timer| timer.key.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        timers
            .iter()
            .map(|timer| micros(timer.due_at))
            .collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The row stays locked until the commit: gapless, because a number that was not committed is given again.
async fn number(conn: &mut PgConnection, counter: &str) -> Result<u64, Error> {
    let row = sqlx::query(
        "INSERT INTO counters AS c (counter, value) VALUES ($1, 1)
         ON CONFLICT (counter) DO UPDATE SET value = c.value + 1 RETURNING value",
    )
    .bind(counter)
    .fetch_one(conn)
    .await?;
    super::record::count(&row, 0)
}

/// Gives an effect back together with its exception: both or neither.
async fn reopen(conn: &mut PgConnection, asked: &Reopening) -> Result<Option<EffectState>, Error> {
    let now = micros(asked.now);
    if let Some((id, _)) = &asked.exception
        && !exceptions::is_open(conn, id).await?
    {
        return Ok(None);
    }
    let state = effects::reopen(conn, asked, now).await?;
    if let (Some(_), Some((id, resolution))) = (state, &asked.exception) {
        exceptions::close(conn, id, ExceptionState::Replayed, resolution, now).await?;
    }
    Ok(state)
}

//! The port, on SQLite: writes go to the writer, reads to the readers.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::tx::{BATCH_SHIFT, Tx};
use super::{
    SqliteStore, credits, crosswalk, effects, exceptions, find, migrate, notes, numbers, outbox,
    queries, recon, record, replay_runs, unit, users,
};
use crate::crosswalk::{CrosswalkBook, CrosswalkChange};
use crate::instant::micros;
use crate::note::NoteName;
use crate::port::{Commit, Store, StoreError};
use crate::replay_run::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};
use crate::rows::{
    ApprovalRow, AttemptRow, AuditEntry, AuditFilter, AuditRow, ClaimRow, EffectFact,
    EffectOutcome, EffectRow, EffectState, ExceptionFilter, ExceptionRow, ExceptionState,
    HistoryFound, HistoryQuery, Lease, LeaseRequest, Lookup, OutboxMessage, OutboxRow, ParkedRow,
    ReconFilter, ReconItemRow, ReconRunRow, Reference, Reopening, ReturnFilter, ReturnRow, Span,
    TallyRow, TimerRow, Unit,
};
use crate::users::{UserChange, UserRow};

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>, StoreError> {
        let lookups = lookups.to_vec();
        self.readers
            .read(move |conn| queries::load(conn, &lookups))
            .await
    }

    async fn claims(&self, invoice_lines: &[String]) -> Result<Vec<ClaimRow>, StoreError> {
        let lines = invoice_lines.to_vec();
        self.readers
            .read(move |conn| queries::claims(conn, &lines))
            .await
    }

    async fn history(&self, queries: &[HistoryQuery]) -> Result<Vec<HistoryFound>, StoreError> {
        let queries = queries.to_vec();
        self.readers
            .read(move |conn| queries.iter().map(|q| credits::history(conn, q)).collect())
            .await
    }

    async fn open_approvals(&self) -> Result<Vec<ApprovalRow>, StoreError> {
        self.readers.read(credits::open_approvals).await
    }

    async fn approval(&self, approval_id: &str) -> Result<Option<ApprovalRow>, StoreError> {
        let id = approval_id.to_owned();
        self.readers
            .read(move |conn| credits::approval(conn, &id))
            .await
    }

    async fn commit(&self, units: Vec<Unit>, published: Vec<i64>) -> Result<Commit, StoreError> {
        let weight = units.len();
        let work = move |tx: &mut Tx<'_>| {
            outbox::forget_batches(tx, published)?;
            let outcomes = units.iter().map(|unit| unit::write(tx, unit));
            let outcomes = outcomes.collect::<rusqlite::Result<_>>()?;
            Ok(Commit {
                batch: tx.batch(),
                outcomes,
            })
        };
        self.writer.write(weight, work).await
    }

    async fn unpublished(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.readers
            .read(move |conn| outbox::unpublished(conn, before, limit))
            .await
    }

    async fn take_up(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let work = move |tx: &mut Tx<'_>| outbox::take_up(tx, before, now, limit);
        self.writer.write(1, work).await
    }

    async fn forget(&self, rows: Vec<(i64, i64)>) -> Result<(), StoreError> {
        let work = move |tx: &mut Tx<'_>| {
            for (batch, n) in rows {
                tx.run(
                    "DELETE FROM outbox WHERE id = ?1",
                    [(batch << BATCH_SHIFT) + n],
                )?;
            }
            Ok(())
        };
        self.writer.write(1, work).await
    }

    async fn parked(&self, references: &[Reference]) -> Result<Vec<ParkedRow>, StoreError> {
        let references = references.to_vec();
        self.readers
            .read(move |conn| queries::parked(conn, &references))
            .await
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        self.readers
            .read(move |conn| queries::overdue(conn, now, limit))
            .await
    }

    async fn lease(&self, requests: Vec<LeaseRequest>) -> Result<Vec<Lease>, StoreError> {
        let weight = requests.len();
        let work = move |tx: &mut Tx<'_>| {
            tx.guarded(|tx| {
                requests
                    .iter()
                    .map(|request| effects::lease(tx, request))
                    .collect()
            })
        };
        self.writer.write(weight, work).await
    }

    async fn settle(
        &self,
        outcomes: Vec<EffectOutcome>,
        published: Vec<i64>,
    ) -> Result<(i64, Vec<bool>), StoreError> {
        let weight = outcomes.len();
        let work = move |tx: &mut Tx<'_>| {
            tx.guarded(|tx| {
                outbox::forget_batches(tx, published)?;
                let settled = outcomes.iter().map(|outcome| effects::settle(tx, outcome));
                let settled = settled.collect::<rusqlite::Result<_>>()?;
                Ok((tx.batch(), settled))
            })
        };
        self.writer.write(weight, work).await
    }

    async fn stalled(
        &self,
        before: Timestamp,
        after: Option<(Timestamp, String)>,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.readers
            .read(move |conn| queries::stalled(conn, before, after.as_ref(), limit))
            .await
    }

    async fn claim_tickets(
        &self,
        standing: Vec<(String, Timestamp)>,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let work = move |tx: &mut Tx<'_>| effects::claim_tickets(tx, standing, now, again);
        self.writer.write(1, work).await
    }

    async fn held_by(&self, owner: &str) -> Result<Vec<EffectRow>, StoreError> {
        let owner = owner.to_owned();
        self.readers
            .read(move |conn| queries::held_by(conn, &owner))
            .await
    }

    async fn outbox_len(&self) -> Result<u64, StoreError> {
        self.readers.read(queries::outbox_len).await
    }

    async fn reopen(&self, asked: Reopening) -> Result<Option<EffectState>, StoreError> {
        let work = move |tx: &mut Tx<'_>| {
            tx.guarded(|tx| {
                let now = micros(asked.now);
                if let Some((id, _)) = &asked.exception
                    && !exceptions::is_open(tx, id)?
                {
                    return Ok(None);
                }
                let state = effects::reopen(tx, &asked, now)?;
                if state.is_some() {
                    if let Some((id, resolution)) = &asked.exception {
                        exceptions::close(tx, id, ExceptionState::Replayed, resolution, now)?;
                    }
                    tx.leave(&asked.outbox)?;
                    tx.record(&[asked.audit])?;
                }
                Ok(state)
            })
        };
        self.writer.write(1, work).await
    }

    async fn effect(&self, effect_key: &str) -> Result<Option<EffectRow>, StoreError> {
        let key = effect_key.to_owned();
        self.readers
            .read(move |conn| effects::one(conn, &key))
            .await
    }

    async fn effects_of(&self, return_id: &str) -> Result<Vec<EffectRow>, StoreError> {
        let id = return_id.to_owned();
        self.readers
            .read(move |conn| queries::effects_of(conn, &id))
            .await
    }

    async fn effects_by_kind(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let (kind, after) = (kind.to_owned(), after.to_owned());
        self.readers
            .read(move |conn| queries::effects_by_kind(conn, &kind, &after, limit))
            .await
    }

    async fn effects_alive(
        &self,
        kinds: &[String],
        span: Span,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let (kinds, after) = (kinds.to_vec(), after.to_owned());
        self.readers
            .read(move |conn| recon::effects_alive(conn, &kinds, span, &after, limit))
            .await
    }

    async fn returns_alive(
        &self,
        since: Timestamp,
        ended: &[&'static str],
    ) -> Result<Vec<String>, StoreError> {
        let ended = ended.to_vec();
        self.readers
            .read(move |conn| numbers::returns_alive(conn, since, &ended))
            .await
    }

    async fn returns_after(&self, after: &str, limit: usize) -> Result<Vec<ReturnRow>, StoreError> {
        let after = after.to_owned();
        self.readers
            .read(move |conn| numbers::returns_after(conn, &after, limit))
            .await
    }

    async fn effect_facts(&self, return_ids: &[String]) -> Result<Vec<EffectFact>, StoreError> {
        let ids = return_ids.to_vec();
        self.readers
            .read(move |conn| numbers::effect_facts(conn, &ids))
            .await
    }

    async fn tallies(&self, from: Date, to: Date) -> Result<Vec<TallyRow>, StoreError> {
        self.readers
            .read(move |conn| numbers::tallies(conn, from, to))
            .await
    }

    async fn recon_runs(&self, filter: &ReconFilter) -> Result<Vec<ReconRunRow>, StoreError> {
        let filter = filter.clone();
        self.readers
            .read(move |conn| recon::runs(conn, &filter))
            .await
    }

    async fn recon_items(&self, run_id: &str) -> Result<Vec<ReconItemRow>, StoreError> {
        let id = run_id.to_owned();
        self.readers.read(move |conn| recon::items(conn, &id)).await
    }

    async fn effect_counts(&self) -> Result<Vec<(String, EffectState, u64)>, StoreError> {
        self.readers.read(queries::effect_counts).await
    }

    async fn attempts(&self, effect_key: &str) -> Result<Vec<AttemptRow>, StoreError> {
        let key = effect_key.to_owned();
        self.readers
            .read(move |conn| queries::attempts(conn, &key))
            .await
    }

    async fn returns(&self, filter: &ReturnFilter) -> Result<Vec<ReturnRow>, StoreError> {
        let filter = filter.clone();
        self.readers
            .read(move |conn| find::returns(conn, &filter))
            .await
    }

    async fn return_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.readers.read(queries::return_counts).await
    }

    async fn exception_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.readers.read(queries::exception_counts).await
    }

    async fn exceptions(&self, filter: &ExceptionFilter) -> Result<Vec<ExceptionRow>, StoreError> {
        let filter = filter.clone();
        self.readers
            .read(move |conn| queries::exceptions(conn, &filter))
            .await
    }

    async fn exception(&self, exception_id: &str) -> Result<Option<ExceptionRow>, StoreError> {
        let id = exception_id.to_owned();
        self.readers
            .read(move |conn| queries::exception(conn, &id))
            .await
    }

    async fn close_exception(
        &self,
        exception_id: &str,
        state: ExceptionState,
        resolution: &str,
        now: Timestamp,
        outbox: Vec<OutboxMessage>,
        audit: AuditEntry,
    ) -> Result<bool, StoreError> {
        let (id, resolution) = (exception_id.to_owned(), resolution.to_owned());
        let work = move |tx: &mut Tx<'_>| {
            tx.guarded(|tx| {
                let closed = exceptions::close(tx, &id, state, &resolution, micros(now))?;
                if closed {
                    tx.leave(&outbox)?;
                    tx.record(&[audit])?;
                }
                Ok(closed)
            })
        };
        self.writer.write(1, work).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
        self.readers
            .read(move |conn| queries::due(conn, now, limit))
            .await
    }

    async fn fired(&self, timers: Vec<TimerRow>) -> Result<(), StoreError> {
        let work = move |tx: &mut Tx<'_>| {
            for timer in timers {
                let params = (timer.key, micros(timer.due_at));
                tx.run("DELETE FROM timers WHERE key = ?1 AND due_at = ?2", params)?;
            }
            Ok(())
        };
        self.writer.write(1, work).await
    }

    async fn audit_found(&self, filter: AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        self.readers
            .read(move |conn| queries::audit(conn, &filter))
            .await
    }

    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.readers.read(queries::audit_head).await
    }

    async fn next_number(&self, counter: &str) -> Result<u64, StoreError> {
        let counter = counter.to_owned();
        let work = move |tx: &mut Tx<'_>| {
            tx.conn
                .prepare_cached(
                    "INSERT INTO counters (counter, value) VALUES (?1, 1)
                     ON CONFLICT (counter) DO UPDATE SET value = value + 1 RETURNING value",
                )?
                .query_row([counter], |row| record::count(row, 0))
        };
        self.writer.write(1, work).await
    }

    async fn numbered(&self, series: &str, key: &str) -> Result<u64, StoreError> {
        let (series, key) = (series.to_owned(), key.to_owned());
        let work = move |tx: &mut Tx<'_>| notes::numbered(tx, &series, &key);
        self.writer.write(1, work).await
    }

    async fn note(&self, name: &NoteName) -> Result<Option<String>, StoreError> {
        let name = name.clone();
        self.readers.read(move |conn| notes::get(conn, &name)).await
    }

    async fn claim_note(
        &self,
        name: NoteName,
        value: String,
    ) -> Result<Option<String>, StoreError> {
        let work = move |tx: &mut Tx<'_>| notes::claim(tx, &name, &value);
        self.writer.write(1, work).await
    }

    async fn put_note(&self, name: NoteName, value: String) -> Result<(), StoreError> {
        let work = move |tx: &mut Tx<'_>| notes::put(tx, &name, &value);
        self.writer.write(1, work).await
    }

    async fn drop_note(&self, name: NoteName) -> Result<(), StoreError> {
        let work = move |tx: &mut Tx<'_>| notes::drop(tx, &name);
        self.writer.write(1, work).await
    }

    async fn notes(
        &self,
        after: &NoteName,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let after = after.clone();
        self.readers
            .read(move |conn| notes::list(conn, &after, limit))
            .await
    }

    async fn lacking(&self) -> Result<Vec<ExceptionRow>, StoreError> {
        self.readers.read(queries::lacking).await
    }

    async fn crosswalk(&self) -> Result<CrosswalkBook, StoreError> {
        self.readers.read(crosswalk::book).await
    }

    async fn crosswalk_publication(&self) -> Result<u64, StoreError> {
        let (_, publication) = self.readers.read(crosswalk::head).await?;
        Ok(publication)
    }

    async fn change_crosswalk(&self, change: CrosswalkChange) -> Result<bool, StoreError> {
        let work = move |tx: &mut Tx<'_>| tx.guarded(|tx| crosswalk::change(tx, &change));
        self.writer.write(1, work).await
    }

    async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.readers.read(users::all).await
    }

    async fn user(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        let name = name.to_owned();
        self.readers.read(move |conn| users::one(conn, &name)).await
    }

    async fn change_user(&self, change: UserChange) -> Result<bool, StoreError> {
        let work = move |tx: &mut Tx<'_>| tx.guarded(|tx| users::change(tx, &change));
        self.writer.write(1, work).await
    }

    async fn replay_runs(&self, filter: ReplayRunFilter) -> Result<Vec<ReplayRunRow>, StoreError> {
        self.readers
            .read(move |conn| replay_runs::list(conn, &filter))
            .await
    }

    async fn replay_run(&self, run_id: &str) -> Result<Option<ReplayRunRow>, StoreError> {
        let run_id = run_id.to_owned();
        self.readers
            .read(move |conn| replay_runs::one(conn, &run_id))
            .await
    }

    async fn change_replay_run(&self, change: ReplayRunChange) -> Result<bool, StoreError> {
        let work = move |tx: &mut Tx<'_>| tx.guarded(|tx| replay_runs::change(tx, &change));
        self.writer.write(1, work).await
    }

    async fn healthy(&self) -> bool {
        self.writer.is_alive() && self.readers.read(queries::audit_head).await.is_ok()
    }

    async fn describe(&self) -> Result<String, StoreError> {
        let (version, schema) = (rusqlite::version(), migrate::NEWEST);
        Ok(format!(
            "SQLite {version}, schema {schema}, {}",
            self.path.display()
        ))
    }

    async fn close(&self) {
        self.writer.stop().await;
        self.readers.close().await;
    }
}

//! The port, on PostgreSQL: writes go to the writer, reads to the pool.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::job::{Done, Job};
use super::{
    PostgresStore, credits, crosswalk, effects, fault, find, migrate, notes, numbers, queries,
    recon, replay_runs, users,
};
use crate::crosswalk::{CrosswalkBook, CrosswalkChange};
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

impl PostgresStore {
    async fn read<T>(
        &self,
        question: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.deadline, question).await {
            Ok(answer) => answer.map_err(|error| fault::fault(&error)),
            Err(_) => Err(StoreError::Unavailable("reading takes too long".to_owned())),
        }
    }
}

/// Cannot be: the group answers each job in kind.
fn mixed_up() -> StoreError {
    StoreError::Broken("the writer answered another question".to_owned())
}

#[async_trait]
impl Store for PostgresStore {
    async fn load(&self, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>, StoreError> {
        self.read(queries::load(&self.pool, lookups)).await
    }

    async fn claims(&self, invoice_lines: &[String]) -> Result<Vec<ClaimRow>, StoreError> {
        self.read(queries::claims(&self.pool, invoice_lines.to_vec()))
            .await
    }

    async fn history(&self, queries: &[HistoryQuery]) -> Result<Vec<HistoryFound>, StoreError> {
        self.read(credits::history(&self.pool, queries)).await
    }

    async fn open_approvals(&self) -> Result<Vec<ApprovalRow>, StoreError> {
        self.read(credits::open_approvals(&self.pool)).await
    }

    async fn approval(&self, approval_id: &str) -> Result<Option<ApprovalRow>, StoreError> {
        self.read(credits::approval(&self.pool, approval_id.to_owned()))
            .await
    }

    async fn commit(&self, units: Vec<Unit>, published: Vec<i64>) -> Result<Commit, StoreError> {
        match self.writer.write(Job::Commit { units, published }).await? {
            Done::Commit(commit) => Ok(commit),
            _ => Err(mixed_up()),
        }
    }

    async fn unpublished(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(queries::unpublished(&self.pool, before, limit))
            .await
    }

    async fn take_up(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(queries::take_up(&self.pool, before, now, limit))
            .await
    }

    async fn forget(&self, rows: Vec<(i64, i64)>) -> Result<(), StoreError> {
        match self.writer.write(Job::Forget(rows)).await? {
            Done::Forgotten => Ok(()),
            _ => Err(mixed_up()),
        }
    }

    async fn parked(&self, references: &[Reference]) -> Result<Vec<ParkedRow>, StoreError> {
        self.read(queries::parked(&self.pool, references)).await
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        self.read(queries::overdue(&self.pool, now, limit)).await
    }

    async fn lease(&self, requests: Vec<LeaseRequest>) -> Result<Vec<Lease>, StoreError> {
        match self.writer.write(Job::Lease(requests)).await? {
            Done::Leases(leases) => Ok(leases),
            _ => Err(mixed_up()),
        }
    }

    async fn settle(
        &self,
        outcomes: Vec<EffectOutcome>,
        published: Vec<i64>,
    ) -> Result<(i64, Vec<bool>), StoreError> {
        match self
            .writer
            .write(Job::Settle {
                outcomes,
                published,
            })
            .await?
        {
            Done::Settled(batch, settled) => Ok((batch, settled)),
            _ => Err(mixed_up()),
        }
    }

    async fn stalled(
        &self,
        before: Timestamp,
        after: Option<(Timestamp, String)>,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.read(queries::stalled(&self.pool, before, after, limit))
            .await
    }

    async fn claim_tickets(
        &self,
        standing: Vec<(String, Timestamp)>,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        self.read(effects::claim_tickets(&self.pool, &standing, now, again))
            .await
    }

    async fn held_by(&self, owner: &str) -> Result<Vec<EffectRow>, StoreError> {
        self.read(queries::held_by(&self.pool, owner.to_owned()))
            .await
    }

    async fn outbox_len(&self) -> Result<u64, StoreError> {
        self.read(queries::outbox_len(&self.pool)).await
    }

    async fn reopen(&self, reopening: Reopening) -> Result<Option<EffectState>, StoreError> {
        match self.writer.write(Job::Reopen(reopening)).await? {
            Done::Reopened(state) => Ok(state),
            _ => Err(mixed_up()),
        }
    }

    async fn effect(&self, effect_key: &str) -> Result<Option<EffectRow>, StoreError> {
        self.read(queries::effect(&self.pool, effect_key.to_owned()))
            .await
    }

    async fn effects_of(&self, return_id: &str) -> Result<Vec<EffectRow>, StoreError> {
        self.read(queries::effects_of(&self.pool, return_id.to_owned()))
            .await
    }

    async fn effects_by_kind(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.read(queries::effects_by_kind(
            &self.pool,
            kind.to_owned(),
            after.to_owned(),
            limit,
        ))
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
        self.read(recon::effects_alive(&self.pool, kinds, span, after, limit))
            .await
    }

    async fn returns_alive(
        &self,
        since: Timestamp,
        ended: &[&'static str],
    ) -> Result<Vec<String>, StoreError> {
        self.read(numbers::returns_alive(&self.pool, since, ended.to_vec()))
            .await
    }

    async fn returns_after(&self, after: &str, limit: usize) -> Result<Vec<ReturnRow>, StoreError> {
        self.read(numbers::returns_after(&self.pool, after.to_owned(), limit))
            .await
    }

    async fn effect_facts(&self, return_ids: &[String]) -> Result<Vec<EffectFact>, StoreError> {
        self.read(numbers::effect_facts(&self.pool, return_ids.to_vec()))
            .await
    }

    async fn tallies(&self, from: Date, to: Date) -> Result<Vec<TallyRow>, StoreError> {
        self.read(numbers::tallies(&self.pool, from, to)).await
    }

    async fn recon_runs(&self, filter: &ReconFilter) -> Result<Vec<ReconRunRow>, StoreError> {
        self.read(recon::runs(&self.pool, filter)).await
    }

    async fn recon_items(&self, run_id: &str) -> Result<Vec<ReconItemRow>, StoreError> {
        self.read(recon::items(&self.pool, run_id.to_owned())).await
    }

    async fn effect_counts(&self) -> Result<Vec<(String, EffectState, u64)>, StoreError> {
        self.read(queries::effect_counts(&self.pool)).await
    }

    async fn attempts(&self, effect_key: &str) -> Result<Vec<AttemptRow>, StoreError> {
        self.read(queries::attempts(&self.pool, effect_key.to_owned()))
            .await
    }

    async fn returns(&self, filter: &ReturnFilter) -> Result<Vec<ReturnRow>, StoreError> {
        self.read(find::returns(&self.pool, filter.clone())).await
    }

    async fn return_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.read(queries::return_counts(&self.pool)).await
    }

    async fn exception_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.read(queries::exception_counts(&self.pool)).await
    }

    async fn exceptions(&self, filter: &ExceptionFilter) -> Result<Vec<ExceptionRow>, StoreError> {
        self.read(queries::exceptions(&self.pool, filter.clone()))
            .await
    }

    async fn exception(&self, exception_id: &str) -> Result<Option<ExceptionRow>, StoreError> {
        self.read(queries::exception(&self.pool, exception_id.to_owned()))
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
        match self
            .writer
            .write(Job::CloseException {
                exception_id: exception_id.to_owned(),
                state,
                resolution: resolution.to_owned(),
                now,
                outbox,
                audit,
            })
            .await?
        {
            Done::Closed(closed) => Ok(closed),
            _ => Err(mixed_up()),
        }
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
        self.read(queries::due(&self.pool, now, limit)).await
    }

    async fn fired(&self, timers: Vec<TimerRow>) -> Result<(), StoreError> {
        match self.writer.write(Job::Fired(timers)).await? {
            Done::Fired => Ok(()),
            _ => Err(mixed_up()),
        }
    }

    async fn audit_found(&self, filter: AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        self.read(queries::audit(&self.pool, filter)).await
    }

    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.read(queries::audit_head(&self.pool)).await
    }

    async fn next_number(&self, counter: &str) -> Result<u64, StoreError> {
        match self.writer.write(Job::Number(counter.to_owned())).await? {
            Done::Number(number) => Ok(number),
            _ => Err(mixed_up()),
        }
    }

    async fn numbered(&self, series: &str, key: &str) -> Result<u64, StoreError> {
        let (series, key) = (series.to_owned(), key.to_owned());
        match self.writer.write(Job::Numbered { series, key }).await? {
            Done::Number(number) => Ok(number),
            _ => Err(mixed_up()),
        }
    }

    async fn note(&self, name: &NoteName) -> Result<Option<String>, StoreError> {
        self.read(notes::get(&self.pool, name.clone())).await
    }

    async fn claim_note(
        &self,
        name: NoteName,
        value: String,
    ) -> Result<Option<String>, StoreError> {
        match self.writer.write(Job::ClaimNote(name, value)).await? {
            Done::Noted(there) => Ok(there),
            _ => Err(mixed_up()),
        }
    }

    async fn put_note(&self, name: NoteName, value: String) -> Result<(), StoreError> {
        match self.writer.write(Job::PutNote(name, value)).await? {
            Done::Noted(_) => Ok(()),
            _ => Err(mixed_up()),
        }
    }

    async fn drop_note(&self, name: NoteName) -> Result<(), StoreError> {
        match self.writer.write(Job::DropNote(name)).await? {
            Done::Noted(_) => Ok(()),
            _ => Err(mixed_up()),
        }
    }

    async fn notes(
        &self,
        after: &NoteName,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.read(notes::list(&self.pool, after.clone(), limit))
            .await
    }

    async fn lacking(&self) -> Result<Vec<ExceptionRow>, StoreError> {
        self.read(queries::lacking(&self.pool)).await
    }

    async fn crosswalk(&self) -> Result<CrosswalkBook, StoreError> {
        self.read(crosswalk::book(&self.pool)).await
    }

    async fn crosswalk_publication(&self) -> Result<u64, StoreError> {
        self.read(crosswalk::publication(&self.pool)).await
    }

    async fn change_crosswalk(&self, change: CrosswalkChange) -> Result<bool, StoreError> {
        match self.writer.write(Job::Crosswalk(change)).await? {
            Done::Written(written) => Ok(written),
            _ => Err(mixed_up()),
        }
    }

    async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.read(users::all(&self.pool)).await
    }

    async fn user(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        self.read(users::one(&self.pool, name.to_owned())).await
    }

    async fn change_user(&self, change: UserChange) -> Result<bool, StoreError> {
        match self.writer.write(Job::User(change)).await? {
            Done::Written(written) => Ok(written),
            _ => Err(mixed_up()),
        }
    }

    async fn replay_runs(&self, filter: ReplayRunFilter) -> Result<Vec<ReplayRunRow>, StoreError> {
        self.read(replay_runs::list(&self.pool, filter)).await
    }

    async fn replay_run(&self, run_id: &str) -> Result<Option<ReplayRunRow>, StoreError> {
        self.read(replay_runs::one(&self.pool, run_id.to_owned()))
            .await
    }

    async fn change_replay_run(&self, change: ReplayRunChange) -> Result<bool, StoreError> {
        match self.writer.write(Job::ReplayRun(change)).await? {
            Done::Written(written) => Ok(written),
            _ => Err(mixed_up()),
        }
    }

    async fn healthy(&self) -> bool {
        self.writer.is_alive() && self.read(queries::audit_head(&self.pool)).await.is_ok()
    }

    async fn describe(&self) -> Result<String, StoreError> {
        let version = self.read(queries::server_version(&self.pool)).await?;
        Ok(format!(
            "PostgreSQL {version}, schema {}, {}",
            migrate::NEWEST,
            self.place
        ))
    }

    async fn close(&self) {
        self.writer.stop().await;
        self.pool.close().await;
    }
}

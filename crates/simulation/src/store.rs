//! The store's port for one process: the real SQL on a database in memory, behind a connection that breaks.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{
    ApprovalRow, AttemptRow, AuditEntry, AuditFilter, AuditRow, ClaimRow, Commit, CrosswalkBook,
    CrosswalkChange, EffectFact, EffectOutcome, EffectRow, EffectState, ExceptionFilter,
    ExceptionRow, ExceptionState, HistoryFound, HistoryQuery, Lease, LeaseRequest, Lookup,
    NoteName, OutboxMessage, OutboxRow, ParkedRow, ReconFilter, ReconItemRow, ReconRunRow,
    Reference, Reopening, ReplayRunChange, ReplayRunFilter, ReplayRunRow, ReturnFilter, ReturnRow,
    Span, SqliteStore, Store, StoreError, TallyRow, TimerRow, Unit, UserChange, UserRow,
};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::chance::Visit;
use crate::hop::{Fault, Hop};
use crate::process::Process;

/// What lies in a socket is written after so long at the latest.
const LATEST: Duration = Duration::from_mins(10);
/// And so long after somebody else has taken up the effect.
const AFTER_A_LEASE: Duration = Duration::from_millis(7);

/// When the store comes back, shared by all connections.
pub type GoneUntil = Arc<Mutex<Option<Instant>>>;

/// Tells whenever effects were leased, by whichever connection.
pub type Leased = Arc<watch::Sender<()>>;

/// The store as one process sees it.
pub struct Connection {
    /// The store.
    pub inner: Arc<SqliteStore>,
    /// The process.
    pub process: Arc<Process>,
    /// When the store comes back.
    pub gone_until: GoneUntil,
    /// Whenever effects were leased.
    pub leased: Leased,
}

impl Connection {
    async fn ask<T>(
        &self,
        hop: Hop,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let visit = self.process.enter(hop).await;
        self.answer(visit, hop, work).await
    }

    /// What comes of a step that was begun.
    async fn answer<T>(
        &self,
        visit: Visit,
        hop: Hop,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let chance = &self.process.world.chance;
        if chance.strikes(visit, Fault::StoreGone) {
            let pause = Duration::from_millis(chance.pick(200..15_000));
            self.process
                .tell(format!("finds the store gone for {pause:?}"));
            *self
                .gone_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + pause);
        }
        let until = *self
            .gone_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| until > Instant::now()) {
            return Err(StoreError::Unavailable("the store is gone".to_owned()));
        }
        let result = work.await;
        let lost = hop != Hop::Read && chance.strikes(visit, Fault::StoreAnswerLost);
        self.process.leave(visit, hop).await;
        if lost {
            self.process
                .tell(format!("loses the store's answer to {hop:?}"));
            return Err(StoreError::Unavailable("the answer was lost".to_owned()));
        }
        result
    }

    /// The store writes the outcomes when somebody else works on the effect: nothing of them may be taken any more. After
    /// [`LATEST`] at any rate, whether or not somebody does.
    fn write_late(&self, outcomes: Vec<EffectOutcome>) {
        let (store, world) = (Arc::clone(&self.inner), Arc::clone(&self.process.world));
        let (until, mut leased) = (Instant::now() + LATEST, self.leased.subscribe());
        tokio::spawn(async move {
            let Some((key, fence)) = outcomes.first().map(|o| (o.effect_key.clone(), o.fence))
            else {
                return;
            };
            while let Ok(Ok(())) = timeout_at(until, leased.changed()).await {
                tokio::time::sleep(AFTER_A_LEASE).await;
                let row = store.effect(&key).await;
                if matches!(row, Ok(Some(row)) if row.fence > fence && !row.owner.is_empty()) {
                    break;
                }
            }
            let taken = store
                .settle(outcomes, Vec::new())
                .await
                .map(|(_, taken)| taken);
            world.tell(format!(
                "the store is told late of {key}, and takes it: {taken:?}"
            ));
        });
    }
}

#[async_trait]
impl Store for Connection {
    async fn load(&self, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>, StoreError> {
        self.ask(Hop::Read, self.inner.load(lookups)).await
    }

    async fn claims(&self, invoice_lines: &[String]) -> Result<Vec<ClaimRow>, StoreError> {
        self.ask(Hop::Read, self.inner.claims(invoice_lines)).await
    }

    async fn history(&self, queries: &[HistoryQuery]) -> Result<Vec<HistoryFound>, StoreError> {
        self.ask(Hop::Read, self.inner.history(queries)).await
    }

    async fn open_approvals(&self) -> Result<Vec<ApprovalRow>, StoreError> {
        self.ask(Hop::Read, self.inner.open_approvals()).await
    }

    async fn approval(&self, approval_id: &str) -> Result<Option<ApprovalRow>, StoreError> {
        self.ask(Hop::Read, self.inner.approval(approval_id)).await
    }

    async fn commit(&self, units: Vec<Unit>, published: Vec<i64>) -> Result<Commit, StoreError> {
        self.ask(Hop::Commit, self.inner.commit(units, published))
            .await
    }

    async fn unpublished(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.ask(Hop::Read, self.inner.unpublished(before, limit))
            .await
    }

    async fn take_up(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.ask(Hop::Write, self.inner.take_up(before, now, limit))
            .await
    }

    async fn forget(&self, rows: Vec<(i64, i64)>) -> Result<(), StoreError> {
        self.ask(Hop::Write, self.inner.forget(rows)).await
    }

    async fn parked(&self, references: &[Reference]) -> Result<Vec<ParkedRow>, StoreError> {
        self.ask(Hop::Read, self.inner.parked(references)).await
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        self.ask(Hop::Read, self.inner.overdue(now, limit)).await
    }

    async fn lease(&self, requests: Vec<LeaseRequest>) -> Result<Vec<Lease>, StoreError> {
        let lease = async {
            let leases = self.inner.lease(requests).await?;
            self.leased.send_replace(());
            Ok(leases)
        };
        self.ask(Hop::Lease, lease).await
    }

    async fn settle(
        &self,
        outcomes: Vec<EffectOutcome>,
        published: Vec<i64>,
    ) -> Result<(i64, Vec<bool>), StoreError> {
        let visit = self.process.enter(Hop::Outcome).await;
        if self.process.world.chance.strikes(visit, Fault::WrittenLate) {
            self.write_late(outcomes);
            return Err(StoreError::Unavailable("no answer".to_owned()));
        }
        self.answer(visit, Hop::Outcome, self.inner.settle(outcomes, published))
            .await
    }

    async fn stalled(
        &self,
        before: Timestamp,
        after: Option<(Timestamp, String)>,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.ask(Hop::Read, self.inner.stalled(before, after, limit))
            .await
    }

    async fn claim_tickets(
        &self,
        standing: Vec<(String, Timestamp)>,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        self.ask(Hop::Write, self.inner.claim_tickets(standing, now, again))
            .await
    }

    async fn held_by(&self, owner: &str) -> Result<Vec<EffectRow>, StoreError> {
        self.ask(Hop::Read, self.inner.held_by(owner)).await
    }

    async fn outbox_len(&self) -> Result<u64, StoreError> {
        self.ask(Hop::Read, self.inner.outbox_len()).await
    }

    async fn reopen(&self, reopening: Reopening) -> Result<Option<EffectState>, StoreError> {
        self.ask(Hop::Write, self.inner.reopen(reopening)).await
    }

    async fn effect(&self, effect_key: &str) -> Result<Option<EffectRow>, StoreError> {
        self.ask(Hop::Read, self.inner.effect(effect_key)).await
    }

    async fn effects_of(&self, return_id: &str) -> Result<Vec<EffectRow>, StoreError> {
        self.ask(Hop::Read, self.inner.effects_of(return_id)).await
    }

    async fn effects_by_kind(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.ask(Hop::Read, self.inner.effects_by_kind(kind, after, limit))
            .await
    }

    async fn effects_alive(
        &self,
        kinds: &[String],
        span: Span,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let asked = self.inner.effects_alive(kinds, span, after, limit);
        self.ask(Hop::Read, asked).await
    }

    async fn returns_alive(
        &self,
        since: Timestamp,
        ended: &[&'static str],
    ) -> Result<Vec<String>, StoreError> {
        self.ask(Hop::Read, self.inner.returns_alive(since, ended))
            .await
    }

    async fn returns_after(&self, after: &str, limit: usize) -> Result<Vec<ReturnRow>, StoreError> {
        self.ask(Hop::Read, self.inner.returns_after(after, limit))
            .await
    }

    async fn effect_facts(&self, return_ids: &[String]) -> Result<Vec<EffectFact>, StoreError> {
        self.ask(Hop::Read, self.inner.effect_facts(return_ids))
            .await
    }

    async fn tallies(&self, from: Date, to: Date) -> Result<Vec<TallyRow>, StoreError> {
        self.ask(Hop::Read, self.inner.tallies(from, to)).await
    }

    async fn recon_runs(&self, filter: &ReconFilter) -> Result<Vec<ReconRunRow>, StoreError> {
        self.ask(Hop::Read, self.inner.recon_runs(filter)).await
    }

    async fn recon_items(&self, run_id: &str) -> Result<Vec<ReconItemRow>, StoreError> {
        self.ask(Hop::Read, self.inner.recon_items(run_id)).await
    }

    async fn effect_counts(&self) -> Result<Vec<(String, EffectState, u64)>, StoreError> {
        self.ask(Hop::Read, self.inner.effect_counts()).await
    }

    async fn attempts(&self, effect_key: &str) -> Result<Vec<AttemptRow>, StoreError> {
        self.ask(Hop::Read, self.inner.attempts(effect_key)).await
    }

    async fn returns(&self, filter: &ReturnFilter) -> Result<Vec<ReturnRow>, StoreError> {
        self.ask(Hop::Read, self.inner.returns(filter)).await
    }

    async fn return_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.ask(Hop::Read, self.inner.return_counts()).await
    }

    async fn exception_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.ask(Hop::Read, self.inner.exception_counts()).await
    }

    async fn exceptions(&self, filter: &ExceptionFilter) -> Result<Vec<ExceptionRow>, StoreError> {
        self.ask(Hop::Read, self.inner.exceptions(filter)).await
    }

    async fn exception(&self, exception_id: &str) -> Result<Option<ExceptionRow>, StoreError> {
        self.ask(Hop::Read, self.inner.exception(exception_id))
            .await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
        self.ask(Hop::Read, self.inner.due(now, limit)).await
    }

    async fn fired(&self, timers: Vec<TimerRow>) -> Result<(), StoreError> {
        self.ask(Hop::Write, self.inner.fired(timers)).await
    }

    async fn audit_found(&self, filter: AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        self.ask(Hop::Read, self.inner.audit_found(filter)).await
    }

    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.ask(Hop::Read, self.inner.audit_head()).await
    }

    async fn next_number(&self, counter: &str) -> Result<u64, StoreError> {
        self.ask(Hop::Write, self.inner.next_number(counter)).await
    }

    async fn numbered(&self, series: &str, key: &str) -> Result<u64, StoreError> {
        self.ask(Hop::Write, self.inner.numbered(series, key)).await
    }

    async fn note(&self, name: &NoteName) -> Result<Option<String>, StoreError> {
        self.ask(Hop::Read, self.inner.note(name)).await
    }

    async fn claim_note(
        &self,
        name: NoteName,
        value: String,
    ) -> Result<Option<String>, StoreError> {
        self.ask(Hop::Write, self.inner.claim_note(name, value))
            .await
    }

    async fn put_note(&self, name: NoteName, value: String) -> Result<(), StoreError> {
        self.ask(Hop::Write, self.inner.put_note(name, value)).await
    }

    async fn drop_note(&self, name: NoteName) -> Result<(), StoreError> {
        self.ask(Hop::Write, self.inner.drop_note(name)).await
    }

    async fn notes(
        &self,
        after: &NoteName,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.ask(Hop::Read, self.inner.notes(after, limit)).await
    }

    async fn lacking(&self) -> Result<Vec<ExceptionRow>, StoreError> {
        self.ask(Hop::Read, self.inner.lacking()).await
    }

    async fn crosswalk(&self) -> Result<CrosswalkBook, StoreError> {
        self.ask(Hop::Read, self.inner.crosswalk()).await
    }

    async fn crosswalk_publication(&self) -> Result<u64, StoreError> {
        self.ask(Hop::Read, self.inner.crosswalk_publication())
            .await
    }

    async fn change_crosswalk(&self, change: CrosswalkChange) -> Result<bool, StoreError> {
        self.ask(Hop::Write, self.inner.change_crosswalk(change))
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
        let closing =
            self.inner
                .close_exception(exception_id, state, resolution, now, outbox, audit);
        self.ask(Hop::Write, closing).await
    }

    async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.ask(Hop::Read, self.inner.users()).await
    }

    async fn user(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        self.ask(Hop::Read, self.inner.user(name)).await
    }

    async fn change_user(&self, change: UserChange) -> Result<bool, StoreError> {
        self.ask(Hop::Write, self.inner.change_user(change)).await
    }

    async fn replay_runs(&self, filter: ReplayRunFilter) -> Result<Vec<ReplayRunRow>, StoreError> {
        self.ask(Hop::Read, self.inner.replay_runs(filter)).await
    }

    async fn replay_run(&self, run_id: &str) -> Result<Option<ReplayRunRow>, StoreError> {
        self.ask(Hop::Read, self.inner.replay_run(run_id)).await
    }

    async fn change_replay_run(&self, change: ReplayRunChange) -> Result<bool, StoreError> {
        self.ask(Hop::Write, self.inner.change_replay_run(change))
            .await
    }

    async fn healthy(&self) -> bool {
        true
    }

    async fn describe(&self) -> Result<String, StoreError> {
        self.inner.describe().await
    }

    async fn close(&self) {}
}

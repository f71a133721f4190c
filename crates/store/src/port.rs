//! The port: what a store must do, whichever it is.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::crosswalk::{CrosswalkBook, CrosswalkChange};
use crate::note::NoteName;
use crate::replay_run::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};
use crate::rows::{
    ApprovalRow, AttemptRow, AuditEntry, AuditFilter, AuditRow, ClaimRow, EffectFact,
    EffectOutcome, EffectRow, EffectState, ExceptionFilter, ExceptionRow, ExceptionState,
    HistoryFound, HistoryQuery, Lease, LeaseRequest, Lookup, OutboxMessage, OutboxRow, ParkedRow,
    ReconFilter, ReconItemRow, ReconRunRow, Reference, Reopening, ReturnFilter, ReturnRow, Span,
    TallyRow, TimerRow, Unit, UnitOutcome,
};
use crate::users::{UserChange, UserRow};

/// The answer to [`Store::commit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Number of this commit; its outbox rows carry it. 0 when no unit wrote to the outbox.
    pub batch: i64,
    /// One outcome per unit, in order.
    pub outcomes: Vec<UnitOutcome>,
}

/// A store that has written what it says it has written.
///
/// # Behaviour
/// - Every writing method is one transaction that is durable when it returns; calls that wait at the same time
///   share one transaction (group commit), and each has its own savepoint, so that none fails another.
/// - Reading never blocks writing.
/// - Dropping the future of a write does not undo it.
#[async_trait]
pub trait Store: Send + Sync {
    /// The returns looked for, by position.
    async fn load(&self, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>, StoreError>;

    /// Units of the invoice lines that are reserved, ordered by line and start.
    async fn claims(&self, invoice_lines: &[String]) -> Result<Vec<ClaimRow>, StoreError>;

    /// What customers were credited by other returns, by position.
    async fn history(&self, queries: &[HistoryQuery]) -> Result<Vec<HistoryFound>, StoreError>;

    /// Approvals that take decisions, by return.
    async fn open_approvals(&self) -> Result<Vec<ApprovalRow>, StoreError>;

    /// One approval, open or not.
    async fn approval(&self, approval_id: &str) -> Result<Option<ApprovalRow>, StoreError>;

    /// Writes units in ONE transaction and forgets the outbox rows of earlier commits, which were published.
    async fn commit(&self, units: Vec<Unit>, published: Vec<i64>) -> Result<Commit, StoreError>;

    /// Messages of the outbox written before `before`, oldest first: left by a crash, or put there by an operator.
    async fn unpublished(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// The same, and they count as written now: while one process publishes them, no other takes them up.
    async fn take_up(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// How many messages are in the outbox.
    async fn outbox_len(&self) -> Result<u64, StoreError>;

    /// Forgets single outbox rows, by (batch, n).
    async fn forget(&self, rows: Vec<(i64, i64)>) -> Result<(), StoreError>;

    /// Events parked under these names, oldest first.
    async fn parked(&self, references: &[Reference]) -> Result<Vec<ParkedRow>, StoreError>;

    /// Parked events whose deadline is over.
    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>, StoreError>;

    /// Leases effects, by position. The attempt is stored before this returns.
    async fn lease(&self, requests: Vec<LeaseRequest>) -> Result<Vec<Lease>, StoreError>;

    /// Records outcomes, by position; `false`: refused, because the lease was lost.
    /// All in one transaction; `published` as in [`Store::commit`]. The number is that of the commit.
    async fn settle(
        &self,
        outcomes: Vec<EffectOutcome>,
        published: Vec<i64>,
    ) -> Result<(i64, Vec<bool>), StoreError>;

    /// Effects that ought to be moving and are not: Ready or Unknown with `not_before` (or the last change, when
    /// there is none) before `before`, and InFlight whose lease ended before `before`. Oldest first, by
    /// [`EffectRow::stands_since`] and key; only those behind `after`, to read on where a page ended.
    async fn stalled(
        &self,
        before: Timestamp,
        after: Option<(Timestamp, String)>,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError>;

    /// Claims the right to give these effects, by key and [`EffectRow::stands_since`], a further message; it is noted as written
    /// at `now`. Gives back the keys of those that still stand there and got none since, or none after `again`: of several
    /// processes one gets each.
    async fn claim_tickets(
        &self,
        standing: Vec<(String, Timestamp)>,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<Vec<String>, StoreError>;

    /// Effects that are being sent or looked up under a lease of that owner, by the end of the lease. Whether it has ended
    /// is not asked.
    async fn held_by(&self, owner: &str) -> Result<Vec<EffectRow>, StoreError>;

    /// Gives a parked, rejected or ambiguous effect back: to Unknown if any send was ever begun, else to Ready. With a
    /// document it is Confirmed with that, if any send was ever begun.
    /// `tries`, `misses` and `attempts` start anew. Returns the new state, or none when nothing was done: the effect was in
    /// another state, or the exception was not open. Exception, messages and audit entry are written with it.
    async fn reopen(&self, reopening: Reopening) -> Result<Option<EffectState>, StoreError>;

    /// One effect.
    async fn effect(&self, effect_key: &str) -> Result<Option<EffectRow>, StoreError>;

    /// Effects of a return, oldest first.
    async fn effects_of(&self, return_id: &str) -> Result<Vec<EffectRow>, StoreError>;

    /// All effects of a kind, for reconciliation, ordered by key, after that key.
    async fn effects_by_kind(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError>;

    /// Effects of these kinds that were alive at some time in that span: planned before its end, and last changed at or
    /// after its begin. Ordered by key, after that key.
    async fn effects_alive(
        &self,
        kinds: &[String],
        span: Span,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError>;

    /// Ids of the returns that have not ended (their business code is none of `ended`), that were changed at that time or
    /// later, or of which an effect is under way or failed; in their order.
    async fn returns_alive(
        &self,
        since: Timestamp,
        ended: &[&'static str],
    ) -> Result<Vec<String>, StoreError>;

    /// Returns in the order of their ids, after that id.
    async fn returns_after(&self, after: &str, limit: usize) -> Result<Vec<ReturnRow>, StoreError>;

    /// Effects of these returns without their commands, and what their attempts came to; by key.
    async fn effect_facts(&self, return_ids: &[String]) -> Result<Vec<EffectFact>, StoreError>;

    /// What was counted on days from the first to the last.
    async fn tallies(&self, from: Date, to: Date) -> Result<Vec<TallyRow>, StoreError>;

    /// Runs of the daily proof, latest first, each with its signature if there is one.
    async fn recon_runs(&self, filter: &ReconFilter) -> Result<Vec<ReconRunRow>, StoreError>;

    /// What did not agree in a run, in its order.
    async fn recon_items(&self, run_id: &str) -> Result<Vec<ReconItemRow>, StoreError>;

    /// How many effects are in each state, by connector.
    async fn effect_counts(&self) -> Result<Vec<(String, EffectState, u64)>, StoreError>;

    /// Attempts made for an effect, oldest first.
    async fn attempts(&self, effect_key: &str) -> Result<Vec<AttemptRow>, StoreError>;

    /// Returns, latest change first.
    async fn returns(&self, filter: &ReturnFilter) -> Result<Vec<ReturnRow>, StoreError>;

    /// How many returns are in each (lifecycle, business code).
    async fn return_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError>;

    /// Exceptions, latest first. `raw` is left out.
    async fn exceptions(&self, filter: &ExceptionFilter) -> Result<Vec<ExceptionRow>, StoreError>;

    /// How many exceptions are open, by code and connector.
    async fn exception_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError>;

    /// One exception with its raw bytes.
    async fn exception(&self, exception_id: &str) -> Result<Option<ExceptionRow>, StoreError>;

    /// Closes an open exception, together with what follows from that. `false`: was not open.
    async fn close_exception(
        &self,
        exception_id: &str,
        state: ExceptionState,
        resolution: &str,
        now: Timestamp,
        outbox: Vec<OutboxMessage>,
        audit: AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Timers due by then, earliest first.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, StoreError>;

    /// Drops timers, if they are still due at that time.
    async fn fired(&self, timers: Vec<TimerRow>) -> Result<(), StoreError>;

    /// Audit entries of a subject (empty: of all), after that position.
    async fn audit(
        &self,
        subject: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let filter = AuditFilter {
            subject: subject.to_owned(),
            after,
            limit,
            ..AuditFilter::default()
        };
        self.audit_found(filter).await
    }

    /// Audit entries that are looked for. Quick by subject and by position; everything else is looked at entry by entry
    /// between the positions.
    async fn audit_found(&self, filter: AuditFilter) -> Result<Vec<AuditRow>, StoreError>;

    /// End of the audit chain: the last position and its hash; 0 and zeroes when nothing was recorded. Kept apart from
    /// the entries, so that a chain that was cut short is found.
    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError>;

    /// Next value (from 1, gapless) of a named counter. For numbers that a person reads.
    async fn next_number(&self, counter: &str) -> Result<u64, StoreError>;

    /// The number of that key in that series: the same for the same key, the next one (from 1, gapless) for a new key.
    async fn numbered(&self, series: &str, key: &str) -> Result<u64, StoreError>;

    /// The note under that name.
    async fn note(&self, name: &NoteName) -> Result<Option<String>, StoreError>;

    /// Writes a note unless there is one; gives what was there.
    async fn claim_note(&self, name: NoteName, value: String)
    -> Result<Option<String>, StoreError>;

    /// Writes a note over whatever is there.
    async fn put_note(&self, name: NoteName, value: String) -> Result<(), StoreError>;

    /// Drops a note. That there is none is no error.
    async fn drop_note(&self, name: NoteName) -> Result<(), StoreError>;

    /// Keys and notes of the same owner and space behind that key, in the order of their keys.
    async fn notes(
        &self,
        after: &NoteName,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError>;

    /// Open exceptions that wait for codes, oldest first. `raw` is left out.
    async fn lacking(&self) -> Result<Vec<ExceptionRow>, StoreError>;

    /// All crosswalk entries.
    async fn crosswalk(&self) -> Result<CrosswalkBook, StoreError>;

    /// Number of the last publication; 0 before the first. Cheap: asked for every few seconds.
    async fn crosswalk_publication(&self) -> Result<u64, StoreError>;

    /// Changes the crosswalks, if they still stand at the revision at which the change was decided, in one transaction with
    /// its audit entries. `false`: they do not, and nothing was written.
    async fn change_crosswalk(&self, change: CrosswalkChange) -> Result<bool, StoreError>;

    /// Everybody who may sign in by name and password, or might, by name.
    async fn users(&self) -> Result<Vec<UserRow>, StoreError>;

    /// One of them.
    async fn user(&self, name: &str) -> Result<Option<UserRow>, StoreError>;

    /// Writes one of them with its audit entry, in one transaction. `false`: the revision before it does not stand (any more),
    /// and nothing was written.
    async fn change_user(&self, change: UserChange) -> Result<bool, StoreError>;

    /// Runs of replays, latest first.
    async fn replay_runs(&self, filter: ReplayRunFilter) -> Result<Vec<ReplayRunRow>, StoreError>;

    /// One of them.
    async fn replay_run(&self, run_id: &str) -> Result<Option<ReplayRunRow>, StoreError>;

    /// Writes one of them with its audit entries, in one transaction. `false`: the revision before it does not stand (any
    /// more), and nothing was written.
    async fn change_replay_run(&self, change: ReplayRunChange) -> Result<bool, StoreError>;

    /// True if the store answers.
    async fn healthy(&self) -> bool;

    /// Name and version, for people.
    async fn describe(&self) -> Result<String, StoreError>;

    /// Writes what waits and closes. Idempotent.
    async fn close(&self);
}

/// Why the store failed as a whole. A single unit's trouble is in its [`UnitOutcome`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Cannot be reached or is busy; nothing was written, or it is not known. Try again: units are idempotent.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// The data is not what this version expects, or the disk refuses.
    #[error("the store is broken: {0}")]
    Broken(String),
}

/// Hash of an entry in the chain: SHA-256 over the previous hash and each field with its length before it.
pub fn chain_hash(prev: &[u8; 32], entry: &AuditEntry) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut h = Sha256::new();
    h.update(prev);
    h.update(entry.at.as_microsecond().to_be_bytes());
    for field in [
        &entry.actor,
        &entry.action,
        &entry.subject,
        &entry.correlation_id,
        &entry.after_hash,
        &entry.body,
    ] {
        h.update((field.len() as u64).to_be_bytes());
        h.update(field.as_bytes());
    }
    h.finalize().into()
}

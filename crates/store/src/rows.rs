//! The rows that the store keeps. Instants are UTC; documents are JSON text.

mod claim;
mod credit;
mod filter;
mod numbers;
mod outbox;
mod recon;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::crosswalk::MissingCode;

pub use claim::ClaimRow;
pub use credit::*;
pub use filter::{AuditFilter, ExceptionFilter, ReturnFilter, SearchTerm};
pub use numbers::{EffectFact, TallyRow};
pub use outbox::{OutboxMessage, OutboxRow};
pub use recon::{ReconFilter, ReconItemRow, ReconRunRow, ReconWrite, SignOffRow, Span};

/// Key of the inbox: the first 16 bytes of the SHA-256 of the message key.
pub type InboxKey = [u8; 16];

/// One message seen, with a short hash of what it said: same key and other content is a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboxRow {
    /// Hashed message key. Unique for ever.
    pub key: InboxKey,
    /// First 8 bytes of the SHA-256 of the content, as a number.
    pub content: u64,
}

/// A name by which partners know a return, e.g. ("rma/US01", "RMA-4711"). Unique for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// Name space: kind of reference and its owner.
    pub space: String,
    /// The value in that space.
    pub value: String,
}

/// How a return is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// By our own id.
    Id(String),
    /// By a partner's name for it.
    Reference(Reference),
}

/// A return as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnRow {
    /// Our id (ULID).
    pub return_id: String,
    /// Optimistic version: 1 when first written, then one more at each write.
    pub version: u64,
    /// RMA number as printed.
    pub rma_number: String,
    /// Legal entity.
    pub entity: String,
    /// Return-to site.
    pub site: String,
    /// Customer account.
    pub customer: String,
    /// Lifecycle word (REQUESTED, AUTHORIZED, …).
    pub lifecycle: String,
    /// Latest business status code (R100 … R900).
    pub business_code: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The whole state, JSON.
    pub state: String,
}

/// An entry of the audit before it is chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a connector, a user, a timer.
    pub actor: String,
    /// What was done (event type, or an operator's verb).
    pub action: String,
    /// On what: a return id, an exception id, an effect key.
    pub subject: String,
    /// Correlation id.
    pub correlation_id: String,
    /// SHA-256 (hex) of the subject's state after it, or empty.
    pub after_hash: String,
    /// The event or the decision in full, JSON.
    pub body: String,
}

/// An entry of the audit as chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Position in the chain, from 1, gapless.
    pub seq: u64,
    /// What was recorded.
    pub entry: AuditEntry,
    /// Hash of the entry before (32 bytes, zero for the first).
    pub prev_hash: [u8; 32],
    /// `SHA-256(prev_hash ‖ length-prefixed fields of the entry)`.
    pub hash: [u8; 32],
}

/// Where the delivery of an effect stands (a closed list; see the workflow for the rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EffectState {
    /// Waits for what it depends on.
    Planned,
    /// May be sent.
    Ready,
    /// Being sent; the attempt was recorded first.
    InFlight,
    /// Sent, outcome not known: look up before anything else.
    Unknown,
    /// Applied in the target.
    Confirmed,
    /// Understood and refused by the target.
    Rejected,
    /// Several or differing documents found: a person decides.
    Ambiguous,
    /// Given up for now: in the exception store.
    Parked,
    /// Not wanted any more; was never sent.
    Cancelled,
}

/// An effect as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectRow {
    /// Deterministic key, unique for ever.
    pub effect_key: String,
    /// The return it belongs to.
    pub return_id: String,
    /// Kind (ERP_CREDIT_MEMO, …).
    pub kind: String,
    /// Connector instance that delivers it.
    pub connector: String,
    /// State.
    pub state: EffectState,
    /// The canonical command, JSON.
    pub command: String,
    /// Money at stake in minor units, if any.
    pub amount_minor: Option<i64>,
    /// Currency of that money.
    pub currency: Option<String>,
    /// Correlation id.
    pub correlation_id: String,
    /// W3C traceparent of the event that planned it, or empty.
    pub traceparent: String,
    /// Sends tried since it was planned, or since a person gave it back.
    pub attempts: u32,
    /// Retries in a row since the last change of kind of outcome (drives the wait ladder).
    pub tries: u32,
    /// Consecutive look-ups that found nothing since the last send.
    pub misses: u32,
    /// Grows with every lease; an outcome recorded under an older fence is refused.
    pub fence: u64,
    /// Who holds the lease, or empty.
    pub owner: String,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Not to be tried before.
    pub not_before: Option<Timestamp>,
    /// When the last send began.
    pub last_sent_at: Option<Timestamp>,
    /// Code of the last failure, or empty.
    pub failure_code: String,
    /// Sentence of the last failure, or empty.
    pub failure_text: String,
    /// The target's document, JSON, once confirmed.
    pub document: Option<String>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it last got a further message, because its own seemed lost.
    pub ticket_at: Option<Timestamp>,
}

impl EffectRow {
    /// Since when it ought to be moving: the end of its lease, or its time, or its last change.
    pub fn stands_since(&self) -> Timestamp {
        self.lease_until
            .or(self.not_before)
            .unwrap_or(self.updated_at)
    }

    /// When it got a further message while it stands where it stands.
    pub fn told_again_at(&self) -> Option<Timestamp> {
        self.ticket_at.filter(|at| *at >= self.stands_since())
    }
}

/// What a unit does to effects.
#[expect(
    clippy::large_enum_variant,
    reason = "mostly Plan; a box for each would cost more"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectWrite {
    /// Plans one. If the key exists already nothing is written (the effect is the same one).
    Plan(EffectRow),
    /// Planned → Ready.
    Release(String),
    /// Planned, Ready, Rejected or Parked and never in flight since → Cancelled. Others stay.
    Cancel(String),
}

/// Asks to work on an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The effect.
    pub effect_key: String,
    /// Who asks (process and worker).
    pub owner: String,
    /// Now.
    pub now: Timestamp,
    /// Until when the lease is asked for.
    pub until: Timestamp,
}

/// The answer to a [`LeaseRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// Was Ready: is now InFlight, `attempts` counts this one, an attempt row is stored. Send it.
    Send(Box<EffectRow>),
    /// Is Unknown (or was InFlight under a lease that ran out, and is Unknown now). Look it up, do not send.
    Verify(Box<EffectRow>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// Not before then: another message will come for it.
    Early(Timestamp),
    /// Nothing to do in this state (settled, planned, cancelled …).
    Settled(EffectState),
    /// No such effect.
    Missing,
}

/// The outcome of work on a leased effect. Written only if `fence` is still the effect's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectOutcome {
    /// The effect.
    pub effect_key: String,
    /// Fence of the lease.
    pub fence: u64,
    /// New state; the lease ends.
    pub state: EffectState,
    /// New `tries`.
    pub tries: u32,
    /// New `misses`.
    pub misses: u32,
    /// When to try again, if at all.
    pub not_before: Option<Timestamp>,
    /// Class of this attempt: OK, DUPLICATE, REJECTED, RETRYABLE, UNKNOWN, MISS.
    pub class: String,
    /// Failure code, or empty.
    pub failure_code: String,
    /// Failure sentence, or empty.
    pub failure_text: String,
    /// The target's document, JSON, when confirmed.
    pub document: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// Messages to publish (outcome event, next try).
    pub outbox: Vec<OutboxMessage>,
    /// Exception to open.
    pub exception: Option<ExceptionRow>,
    /// Audit entry, if the outcome is worth one.
    pub audit: Option<AuditEntry>,
}

/// A person gives an effect back to the flow, or says that its document is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopening {
    /// The effect.
    pub effect_key: String,
    /// Connector instance that delivers it from now on.
    pub connector: String,
    /// The target's document, JSON, which a person has seen there: the effect is confirmed instead, if it was ever sent.
    pub document: Option<String>,
    /// The exception that this settles, and what to write there. If it is not open, nothing is done at all.
    pub exception: Option<(String, String)>,
    /// Now.
    pub now: Timestamp,
    /// Messages to publish.
    pub outbox: Vec<OutboxMessage>,
    /// Audit entry.
    pub audit: AuditEntry,
}

/// One attempt to deliver an effect, or to look it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRow {
    /// The effect.
    pub effect_key: String,
    /// Fence under which it ran: grows with each attempt.
    pub fence: u64,
    /// "send" or "find".
    pub what: String,
    /// Begun.
    pub begun_at: Timestamp,
    /// Ended; none while running or when the process died.
    pub ended_at: Option<Timestamp>,
    /// Class, or empty while running.
    pub class: String,
    /// Failure code, or empty.
    pub failure_code: String,
    /// Failure sentence, or empty.
    pub failure_text: String,
}

/// Where an exception stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionState {
    /// Waits for somebody.
    Open,
    /// Put right by other means.
    Resolved,
    /// Given back to the flow.
    Replayed,
    /// Decided not to be processed, with a reason.
    Discarded,
}

/// A failure that a person can see, and give back to the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionRow {
    /// Id, derived from `fingerprint`.
    pub exception_id: String,
    /// Same fingerprint while open: the same exception, counted once more.
    pub fingerprint: String,
    /// Business code (SCHEMA_INVALID, ERP_REJECTED, …).
    pub code: String,
    /// Failure code of the connector ("erp-rest.period-closed"), or empty.
    pub failure_code: String,
    /// Stage: "intake", "route", "deliver", or "watch" (something takes too long).
    pub stage: String,
    /// Connector instance, or empty.
    pub connector: String,
    /// Warehouse or site, or empty.
    pub site: String,
    /// Customer account, or empty.
    pub customer: String,
    /// Return, if known, or empty.
    pub return_id: String,
    /// Effect, if one is blocked, or empty.
    pub effect_key: String,
    /// Reason in plain words: what, where, what to do.
    pub reason: String,
    /// Place in the input (file, line, JSON pointer), or empty.
    pub place: String,
    /// Money at risk in minor units.
    pub amount_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// State.
    pub state: ExceptionState,
    /// Times seen.
    pub occurrences: u32,
    /// First seen.
    pub opened_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// What was decided, by whom, why; or empty.
    pub resolution: String,
    /// Where the raw bytes came from (origin, headers), JSON: enough to re-enter by the front door.
    pub origin: String,
    /// Codes that it waits for, if that is what is wrong.
    pub missing: Vec<MissingCode>,
    /// The raw bytes as received. Not shown in lists.
    #[serde(skip)]
    pub raw: Bytes,
}

/// A wake-up for a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimerRow {
    /// Deterministic key; setting it again moves it.
    pub key: String,
    /// The return.
    pub return_id: String,
    /// What it is for.
    pub kind: String,
    /// When.
    pub due_at: Timestamp,
}

/// An event that came before the return it speaks of is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    /// Message key of the event. Unique.
    pub key: String,
    /// The name by which it knows its return.
    pub reference: Reference,
    /// Until when it waits before an exception is opened.
    pub deadline: Timestamp,
    /// The message as it came: content type, headers (JSON) and body.
    pub message: OutboxMessage,
}

/// Everything that one return's events of a batch lead to: written whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// Messages that this unit consumes.
    pub inbox: Vec<InboxRow>,
    /// The return's new state. Its `version` is the one to write: it must be exactly one more than what is stored
    /// (1: must not exist yet).
    pub state: Option<ReturnRow>,
    /// The return that the unit was decided on and does not change, and its version: it must still be at that version.
    /// Without this a decision on an outdated state, that there is nothing to do, would stand.
    pub read: Option<(String, u64)>,
    /// New names of the return.
    pub references: Vec<Reference>,
    /// What the return is found by from now on, with its `state`.
    pub terms: Vec<SearchTerm>,
    /// Intervals to reserve.
    pub claims: Vec<ClaimRow>,
    /// Intervals to free (exact match).
    pub releases: Vec<ClaimRow>,
    /// Effects to plan, release, cancel.
    pub effects: Vec<EffectWrite>,
    /// Audit entries.
    pub audit: Vec<AuditEntry>,
    /// Messages to publish.
    pub outbox: Vec<OutboxMessage>,
    /// Whoever writes them does not publish them: who looks after the outbox takes them up at once.
    pub is_left: bool,
    /// Exceptions to open (or to count again).
    pub exceptions: Vec<ExceptionRow>,
    /// Fingerprints of open exceptions that this unit settles, with the resolution.
    pub resolve: Vec<(String, String)>,
    /// Timers to set.
    pub timers: Vec<TimerRow>,
    /// Keys of timers to drop.
    pub timers_done: Vec<String>,
    /// Events to park.
    pub park: Vec<ParkedRow>,
    /// Keys of parked events to drop.
    pub unpark: Vec<String>,
    /// What is counted by day: added to what was counted.
    pub tallies: Vec<TallyRow>,
    /// A run of the daily proof to write.
    pub recon: Option<Box<ReconWrite>>,
    /// A signature under one; refused when there is one already.
    pub sign_off: Option<Box<SignOffRow>>,
    /// Credits of the return, new or changed.
    pub credits: Vec<CreditRow>,
    /// What other returns were credited, as the unit was decided on it: it must still be so.
    pub history: Option<HistoryRead>,
    /// Approvals of the return, new or closed.
    pub approvals: Vec<ApprovalRow>,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitOutcome {
    /// Written.
    Done,
    /// Not written: these of its messages were seen before, with that content.
    Seen(Vec<InboxRow>),
    /// Not written: the return has changed meanwhile. Load again.
    Stale,
    /// Not written: that name belongs to another return.
    Taken {
        /// The name.
        reference: Reference,
        /// Whose it is.
        return_id: String,
    },
    /// Not written: units of the invoice line are reserved by another return.
    Overlap(ClaimRow),
    /// Not written: the store refused it for a reason of its own; the neighbours were written.
    Failed(String),
}

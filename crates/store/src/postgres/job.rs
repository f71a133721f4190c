//! What the writer is asked to do, and what it answers. A job can be done again: its transaction may lose to another.

use jiff::Timestamp;

use crate::crosswalk::CrosswalkChange;
use crate::note::NoteName;
use crate::port::Commit;
use crate::replay_run::ReplayRunChange;
use crate::rows::{
    AuditEntry, EffectOutcome, EffectState, ExceptionState, Lease, LeaseRequest, OutboxMessage,
    Reopening, TimerRow, Unit,
};
use crate::users::UserChange;

pub(super) enum Job {
    Commit {
        units: Vec<Unit>,
        published: Vec<i64>,
    },
    Forget(Vec<(i64, i64)>),
    Lease(Vec<LeaseRequest>),
    Settle {
        outcomes: Vec<EffectOutcome>,
        published: Vec<i64>,
    },
    Reopen(Reopening),
    CloseException {
        exception_id: String,
        state: ExceptionState,
        resolution: String,
        now: Timestamp,
        outbox: Vec<OutboxMessage>,
        audit: AuditEntry,
    },
    Fired(Vec<TimerRow>),
    Number(String),
    Numbered {
        series: String,
        key: String,
    },
    ClaimNote(NoteName, String),
    PutNote(NoteName, String),
    DropNote(NoteName),
    Crosswalk(CrosswalkChange),
    User(UserChange),
    ReplayRun(ReplayRunChange),
}

impl Job {
    /// Units, outcomes or leases in it: bounds a transaction.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Commit { units, .. } => units.len(),
            Self::Lease(requests) => requests.len(),
            Self::Settle { outcomes, .. } => outcomes.len(),
            Self::Forget(_)
            | Self::Reopen(_)
            | Self::CloseException { .. }
            | Self::Fired(_)
            | Self::Number(_)
            | Self::Numbered { .. }
            | Self::ClaimNote(..)
            | Self::PutNote(..)
            | Self::DropNote(..)
            | Self::Crosswalk(_)
            | Self::User(_)
            | Self::ReplayRun(_) => 1,
        }
    }

    /// Commits whose outbox rows were published.
    pub(super) fn published(&self) -> &[i64] {
        match self {
            Self::Commit { published, .. } | Self::Settle { published, .. } => published,
            Self::Forget(_)
            | Self::Lease(_)
            | Self::Reopen(_)
            | Self::CloseException { .. }
            | Self::Fired(_)
            | Self::Number(_)
            | Self::Numbered { .. }
            | Self::ClaimNote(..)
            | Self::PutNote(..)
            | Self::DropNote(..)
            | Self::Crosswalk(_)
            | Self::User(_)
            | Self::ReplayRun(_) => &[],
        }
    }
}

/// One for each kind of job.
pub(super) enum Done {
    Commit(Commit),
    Forgotten,
    Leases(Vec<Lease>),
    Settled(i64, Vec<bool>),
    Reopened(Option<EffectState>),
    Closed(bool),
    Fired,
    Number(u64),
    Noted(Option<String>),
    /// A change of the crosswalks or of a user.
    Written(bool),
}

//! The faults by name.

use serde::{Deserialize, Serialize};

/// A way to fail. The table in the [module](super) says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Carried out, then the connection is reset without an answer.
    CommitThenDrop,
    /// Carried out, then no answer for a long time.
    CommitThenHang,
    /// Carried out, then answered 503 as if it had not been.
    #[serde(rename = "commit-then-503")]
    CommitThen503,
    /// Carried out, then answered like a server that broke: 500, or a fault.
    FaultAfterCommit,
    /// Nothing done, connection reset.
    DropBefore,
    /// Nothing done, 422.
    Refuse,
    /// Nothing done, 503.
    Unavailable,
    /// Nothing done, 429.
    Throttle,
    /// Carried out late.
    Slow,
    /// Carried out twice; when sending, sent more than once.
    Duplicate,
    /// Carried out, unreadable answer; when sending, rubbish besides the right message.
    Garbage,
    /// Carried out, half an answer.
    Truncate,
    /// Messages of one return in another order (when sending).
    Reorder,
    /// A file whose trailer does not fit its rows; the right one later.
    WrongTotals,
    /// A file with one impossible row among good ones; the right one later.
    BadRow,
    /// A file without its last rows; one with all of them later.
    Overlap,
}

impl Fault {
    /// What can happen to a request that is received.
    pub(crate) const RECEIVING: &'static [Self] = &[
        Self::CommitThenDrop,
        Self::CommitThenHang,
        Self::CommitThen503,
        Self::FaultAfterCommit,
        Self::DropBefore,
        Self::Refuse,
        Self::Unavailable,
        Self::Throttle,
        Self::Slow,
        Self::Duplicate,
        Self::Garbage,
        Self::Truncate,
    ];
    /// What can happen to a message that is sent.
    pub(crate) const SENDING: &'static [Self] = &[Self::Duplicate, Self::Garbage, Self::Slow];
    /// What can happen to a file that is written.
    pub(crate) const WRITING: &'static [Self] = &[
        Self::Slow,
        Self::Reorder,
        Self::Truncate,
        Self::Duplicate,
        Self::Garbage,
        Self::WrongTotals,
        Self::BadRow,
        Self::Overlap,
    ];
    /// What can happen to a file that is answered.
    pub(crate) const ANSWERING: &'static [Self] = &[
        Self::Slow,
        Self::Duplicate,
        Self::CommitThenDrop,
        Self::DropBefore,
        Self::Refuse,
    ];
    /// What can happen to a whole series of messages.
    pub(crate) const SERIES: &'static [Self] = &[Self::Reorder];
}

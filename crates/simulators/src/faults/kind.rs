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
}

impl Fault {
    /// What can happen to a request that is received.
    pub(crate) const RECEIVING: &'static [Self] = &[
        Self::CommitThenDrop,
        Self::CommitThenHang,
        Self::CommitThen503,
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
    /// What can happen to a whole series of messages.
    pub(crate) const SERIES: &'static [Self] = &[Self::Reorder];
}

//! What is known when something did not work. What to do about it is the router's decision, not the connector's.

use std::fmt;
use std::time::Duration;

use canonical::crosswalk::Direction;

/// What is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The bytes are not what the format demands.
    Malformed,
    /// Understood, and refused by the partner or by a rule. Trying again cannot help.
    Rejected,
    /// Not sent, or surely not applied.
    Unavailable,
    /// Not applied: the partner asks to wait.
    Throttled {
        /// How long, if the partner said.
        retry_after: Option<Duration>,
    },
    /// Sent, and the answer was lost or not understood: may be applied, or may be later.
    InDoubt,
    /// Handed over durably; the partner tells later whether it takes it (997, CONTRL, acknowledgement file). Looked up until
    /// then, and not a failure.
    Unacknowledged,
    /// Credentials or address are wrong: nothing will work until a person mends the configuration.
    Misconfigured,
}

impl FailureKind {
    /// Short name for logs, metrics and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
            Self::Unavailable => "unavailable",
            Self::Throttled { .. } => "throttled",
            Self::InDoubt => "in-doubt",
            Self::Unacknowledged => "unacknowledged",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is known.
    pub kind: FailureKind,
    /// Stable code, "connector.reason"; declared in the connector's list.
    pub code: &'static str,
    /// One sentence for a person: what was tried, what came of it, what to do.
    pub message: String,
    /// Place in the input: JSON pointer, line, segment. Empty if none.
    pub place: String,
    /// The code that no list has, if that is what is wrong.
    pub lacks: Option<Box<Lacking>>,
}

/// A code that is in no list: exactly what has to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// Code list.
    pub list: &'static str,
    /// The partner's code that is not known, or ours that the partner has no code for.
    pub direction: Direction,
    /// The code.
    pub code: String,
}

impl Failure {
    /// A failure of that kind.
    pub fn new(kind: FailureKind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            place: String::new(),
            lacks: None,
        }
    }

    /// The same, for want of that code.
    #[must_use]
    pub fn lacking(mut self, list: &'static str, direction: Direction, code: &str) -> Self {
        self.lacks = Some(Box::new(Lacking {
            list,
            direction,
            code: code.to_owned(),
        }));
        self
    }

    /// The bytes are wrong.
    pub fn malformed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Malformed, code, message)
    }

    /// Refused.
    pub fn rejected(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Rejected, code, message)
    }

    /// Not reached.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, code, message)
    }

    /// Outcome unknown.
    pub fn in_doubt(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::InDoubt, code, message)
    }

    /// Handed over, not acknowledged yet.
    pub fn unacknowledged(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unacknowledged, code, message)
    }

    /// Configuration is wrong.
    pub fn misconfigured(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Misconfigured, code, message)
    }

    /// The same, at that place of the input.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}: {}", self.code, self.message)
        } else {
            write!(f, "{}: {} (at {})", self.code, self.message, self.place)
        }
    }
}

impl std::error::Error for Failure {}

/// A declared failure code: documentation is made from these, and an undeclared code fails the conformance suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureCode {
    /// The code.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

//! What an answer means for an effect: the posting state machine as pure functions.
//!
//! An unknown outcome is never a failure and never sent again before it was looked up, the target's settle window is
//! over, and enough look-ups in a row found nothing.

use std::time::Duration;

use broker::Rung;
use canonical::effect::ErpRef;
use canonical::{EffectResult, ExceptionCode};
use connector::{Confirmation, DuplicateGuard, Failure, FailureKind, Found, Lacking};
use jiff::{SignedDuration, Timestamp};
use store::{AttemptRow, EffectRow, EffectState};

use crate::retry::{Disposition, RetryPolicy, decide, reposts_allowed};

/// A target that asks for more is asked again after that time.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// New state.
    pub state: EffectState,
    /// Failures in a row.
    pub tries: u32,
    /// Look-ups in a row that found nothing.
    pub misses: u32,
    /// Come back after that rung; none: no more, or at once if `again`.
    pub wait: Option<Rung>,
    /// How long the target asked to wait: shorter or longer than the rung, it counts.
    pub asked: Option<Duration>,
    /// Come back at once.
    pub again: bool,
    /// Class of the attempt: OK, DUPLICATE, RECOVERED, REJECTED, RETRYABLE, UNKNOWN, MISS, HANDED-OVER (the partner
    /// acknowledges later).
    pub class: &'static str,
    /// The target's document.
    pub document: Option<ErpRef>,
    /// What to tell the workflow.
    pub tell: Option<EffectResult>,
    /// Failure code, or empty.
    pub failure_code: String,
    /// Failure sentence, or empty.
    pub failure_text: String,
    /// The code that no list has, if that is what is wrong.
    pub lacks: Option<Box<Lacking>>,
    /// Exception to open.
    pub exception: Option<ExceptionCode>,
    /// Rest the whole connector.
    pub pause: bool,
}

impl Next {
    pub(crate) fn new(row: &EffectRow, state: EffectState, class: &'static str) -> Self {
        debug_assert!(
            row.state.may_become(state),
            "{:?} does not become {state:?}",
            row.state
        );
        Self {
            state,
            tries: row.tries,
            misses: row.misses,
            wait: None,
            asked: None,
            again: false,
            class,
            document: None,
            tell: None,
            failure_code: String::new(),
            failure_text: String::new(),
            lacks: None,
            exception: None,
            pause: false,
        }
    }

    fn because(mut self, failure: &Failure) -> Self {
        failure.code.clone_into(&mut self.failure_code);
        self.failure_text = failure.to_string();
        self
    }

    fn confirmed(row: &EffectRow, document: ErpRef, class: &'static str) -> Self {
        Self {
            document: Some(document),
            tell: Some(EffectResult::Confirmed),
            tries: 0,
            misses: 0,
            ..Self::new(row, EffectState::Confirmed, class)
        }
    }

    fn ambiguous(row: &EffectRow, text: String) -> Self {
        Self {
            tell: Some(EffectResult::Ambiguous),
            exception: Some(ExceptionCode::ErpAmbiguous),
            failure_code: "router.ambiguous".to_owned(),
            failure_text: text,
            ..Self::new(row, EffectState::Ambiguous, "UNKNOWN")
        }
    }
}

/// After a send.
pub fn after_send(
    row: &EffectRow,
    answer: Result<Confirmation, Failure>,
    policy: &RetryPolicy,
) -> Next {
    let failure = match answer {
        Ok(Confirmation {
            document,
            duplicate: true,
        }) => {
            return Next::confirmed(row, document, "DUPLICATE");
        }
        Ok(Confirmation {
            document,
            duplicate: false,
        }) => {
            return Next::confirmed(row, document, "OK");
        }
        Err(failure) => failure,
    };
    let tries = row.tries + 1;
    let next = match decide(policy, failure.kind, tries) {
        Disposition::Retry(rung) => Next {
            tries,
            wait: Some(rung),
            asked: asked(failure.kind),
            ..Next::new(row, EffectState::Ready, "RETRYABLE")
        },
        Disposition::Verify(rung) => Next {
            tries: 0,
            misses: 0,
            wait: Some(rung),
            ..Next::new(row, EffectState::Unknown, class_of(failure.kind))
        },
        Disposition::Pause(rung) => Next {
            wait: Some(rung),
            pause: true,
            ..Next::new(row, EffectState::Ready, "RETRYABLE")
        },
        Disposition::Park if failure.kind == FailureKind::Rejected => Next {
            tries,
            tell: Some(EffectResult::Rejected),
            exception: Some(ExceptionCode::ErpRejected),
            ..Next::new(row, EffectState::Rejected, "REJECTED")
        },
        Disposition::Park => Next {
            tries,
            tell: Some(EffectResult::Parked),
            exception: Some(ExceptionCode::DeliveryExhausted),
            ..Next::new(row, EffectState::Parked, "RETRYABLE")
        },
    };
    if failure.kind == FailureKind::Unacknowledged {
        return next;
    }
    next.because(&failure)
}

/// A person has seen the document in the target.
pub(crate) fn by_hand(row: &EffectRow, document: ErpRef) -> Next {
    Next::confirmed(row, document, "BY-HAND")
}

/// Class of an attempt whose outcome is not known yet.
const fn class_of(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unacknowledged => "HANDED-OVER",
        _ => "UNKNOWN",
    }
}

/// Sends of that history, since the effect was planned or given back by a person, whose outcome never became known: lost
/// answers, and what was handed over and never acknowledged. `attempts`: sends since then.
pub(crate) fn doubts(history: &[AttemptRow], attempts: u32) -> u32 {
    let since = usize::try_from(attempts).unwrap_or(usize::MAX);
    let sends = history
        .iter()
        .rev()
        .filter(|attempt| attempt.what == "send")
        .take(since);
    let open =
        sends.filter(|attempt| matches!(attempt.class.as_str(), "" | "UNKNOWN" | "HANDED-OVER"));
    u32::try_from(open.count()).unwrap_or(u32::MAX)
}

/// How long a target asked to wait.
fn asked(kind: FailureKind) -> Option<Duration> {
    match kind {
        FailureKind::Throttled { retry_after } => retry_after.map(|wait| wait.min(LONGEST_ASKED)),
        FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::Unavailable
        | FailureKind::InDoubt
        | FailureKind::Unacknowledged
        | FailureKind::Misconfigured => None,
    }
}

/// After a look-up of an unknown outcome. `doubts`: as [`doubts`] counts them.
pub fn after_find(
    row: &EffectRow,
    answer: Result<Found, Failure>,
    guard: DuplicateGuard,
    policy: &RetryPolicy,
    doubts: u32,
    now: Timestamp,
) -> Next {
    match answer {
        Ok(Found::Complete(document)) => Next::confirmed(row, document, "RECOVERED"),
        Ok(Found::Half(document)) => after_half(row, &document, guard, policy, doubts, now),
        Ok(Found::Differs {
            document,
            difference,
        }) => Next::ambiguous(
            row,
            format!(
                "{} {} carries our key but says something else: {difference}; a person must decide",
                document.doc_type, document.doc_no
            ),
        ),
        Ok(Found::Refused { document, reason }) => Next {
            document: Some(document.clone()),
            tell: Some(EffectResult::Rejected),
            exception: Some(ExceptionCode::ErpRejected),
            failure_code: "router.refused-later".to_owned(),
            failure_text: format!(
                "{} {} was refused by the partner: {reason}",
                document.doc_type, document.doc_no
            ),
            ..Next::new(row, EffectState::Rejected, "REJECTED")
        },
        Ok(Found::Several(documents)) => {
            let numbers: Vec<&str> = documents.iter().map(|d| d.doc_no.as_str()).collect();
            Next::ambiguous(
                row,
                format!(
                    "several documents carry our key: {}; a person must decide",
                    numbers.join(", ")
                ),
            )
        }
        Ok(Found::Nothing) => after_miss(row, guard, policy, doubts, now),
        Err(failure) => after_failed_look(row, &failure, policy, now),
    }
}

/// A half-finished document is resumed as often as a failed send is repeated: that makes no second one. The first time at
/// once, later slower and slower.
///
/// Where only a look-up tells, not before the settle window is over: the send before may still be finishing it, and what
/// is sent when it has would be a second one.
fn after_half(
    row: &EffectRow,
    document: &ErpRef,
    guard: DuplicateGuard,
    policy: &RetryPolicy,
    doubts: u32,
    now: Timestamp,
) -> Next {
    let half = format!("{} {} is half finished", document.doc_type, document.doc_no);
    let left = signed(policy.settle_window).saturating_sub(since(row.last_sent_at, now));
    if !recognises(guard) && left.is_positive() {
        let tries = row.tries + 1;
        return Next {
            tries,
            wait: Some(Rung::at_least(left.unsigned_abs()).min(policy.rung(tries))),
            misses: 0,
            failure_text: format!(
                "{half}: resumed when the send before can no longer be finishing it"
            ),
            ..Next::new(row, EffectState::Unknown, "UNKNOWN")
        };
    }
    if doubts >= policy.max_tries {
        return Next {
            misses: 0,
            tell: Some(EffectResult::Parked),
            exception: Some(ExceptionCode::ErpUnknownSla),
            failure_code: "router.half-finished".to_owned(),
            failure_text: format!(
                "{half}, and {doubts} sends could not finish it: a person must look why"
            ),
            ..Next::new(row, EffectState::Parked, "UNKNOWN")
        };
    }
    Next {
        again: doubts <= 1,
        wait: (doubts > 1).then(|| policy.rung(doubts)),
        misses: 0,
        failure_text: format!("{half}: resuming it"),
        ..Next::new(row, EffectState::Ready, "UNKNOWN")
    }
}

/// True if the target itself keeps a second document out.
const fn recognises(guard: DuplicateGuard) -> bool {
    match guard {
        DuplicateGuard::NativeKey | DuplicateGuard::UniqueNumber => true,
        DuplicateGuard::LookUpOnly | DuplicateGuard::None => false,
    }
}

fn after_miss(
    row: &EffectRow,
    guard: DuplicateGuard,
    policy: &RetryPolicy,
    doubts: u32,
    now: Timestamp,
) -> Next {
    let misses = row.misses + 1;
    let settled = since(row.last_sent_at, now) >= signed(policy.settle_window);
    if !(settled && misses >= policy.probe_misses) {
        let left = signed(policy.settle_window).saturating_sub(since(row.last_sent_at, now));
        let wait = Rung::at_least(left.unsigned_abs().min(policy.rung(misses).delay()));
        return Next {
            misses,
            wait: Some(wait),
            ..Next::new(row, EffectState::Unknown, "MISS")
        };
    }
    if doubts > reposts_allowed(policy, guard) {
        return Next {
            misses,
            tell: Some(EffectResult::Parked),
            exception: Some(ExceptionCode::ErpUnknownSla),
            failure_code: "router.repost-limit".to_owned(),
            failure_text: format!(
                "sent {} times, never confirmed, not found: the target has {} to keep doubles out, so a person must look \
                 there and release the next send by a replay",
                doubts,
                guard.name()
            ),
            ..Next::new(row, EffectState::Parked, "MISS")
        };
    }
    Next {
        misses: 0,
        again: true,
        ..Next::new(row, EffectState::Ready, "MISS")
    }
}

fn after_failed_look(
    row: &EffectRow,
    failure: &Failure,
    policy: &RetryPolicy,
    now: Timestamp,
) -> Next {
    if since(row.last_sent_at, now) >= signed(policy.unknown_sla) {
        return Next {
            tell: Some(EffectResult::Parked),
            exception: Some(ExceptionCode::ErpUnknownSla),
            ..Next::new(row, EffectState::Parked, "UNKNOWN")
        }
        .because(failure);
    }
    let tries = row.tries + 1;
    let wait = match failure.kind {
        FailureKind::Throttled {
            retry_after: Some(after),
        } => Rung::at_least(after),
        FailureKind::Misconfigured => Rung::at_least(policy.pause),
        FailureKind::Throttled { retry_after: None }
        | FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::Unavailable
        | FailureKind::InDoubt
        | FailureKind::Unacknowledged => policy.rung(tries),
    };
    if failure.kind == FailureKind::Unacknowledged {
        return Next {
            tries,
            misses: 0,
            wait: Some(wait),
            ..Next::new(row, EffectState::Unknown, class_of(failure.kind))
        };
    }
    Next {
        tries,
        misses: 0,
        wait: Some(wait),
        asked: asked(failure.kind),
        pause: failure.kind == FailureKind::Misconfigured,
        ..Next::new(row, EffectState::Unknown, "UNKNOWN")
    }
    .because(failure)
}

fn since(begin: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    begin.map_or(SignedDuration::MAX, |begin| now.duration_since(begin))
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
pub(crate) mod tests;

//! What an answer means for an effect: the posting state machine as pure functions.
//!
//! An unknown outcome is never a failure and never sent again before it was looked up, the target's settle window is
//! over, and enough look-ups in a row found nothing.

use broker::Rung;
use canonical::effect::ErpRef;
use canonical::{EffectResult, ExceptionCode};
use connector::{Confirmation, DuplicateGuard, Failure, FailureKind, Found};
use jiff::{SignedDuration, Timestamp};
use store::{EffectRow, EffectState};

use crate::retry::{Disposition, RetryPolicy, decide, reposts_allowed};

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
    /// Come back at once.
    pub again: bool,
    /// Class of the attempt: OK, DUPLICATE, RECOVERED, REJECTED, RETRYABLE, UNKNOWN, MISS.
    pub class: &'static str,
    /// The target's document.
    pub document: Option<ErpRef>,
    /// What to tell the workflow.
    pub tell: Option<EffectResult>,
    /// Failure code, or empty.
    pub failure_code: String,
    /// Failure sentence, or empty.
    pub failure_text: String,
    /// Exception to open.
    pub exception: Option<ExceptionCode>,
    /// Rest the whole connector.
    pub pause: bool,
}

impl Next {
    fn new(row: &EffectRow, state: EffectState, class: &'static str) -> Self {
        Self {
            state,
            tries: row.tries,
            misses: row.misses,
            wait: None,
            again: false,
            class,
            document: None,
            tell: None,
            failure_code: String::new(),
            failure_text: String::new(),
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
            ..Next::new(row, EffectState::Ready, "RETRYABLE")
        },
        Disposition::Verify(rung) => Next {
            tries: 0,
            misses: 0,
            wait: Some(rung),
            ..Next::new(row, EffectState::Unknown, "UNKNOWN")
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
    next.because(&failure)
}

/// After a look-up of an unknown outcome. `doubts`: sends since it was planned, or given back by a person, whose outcome
/// never became known.
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
        Ok(Found::Half(document)) => Next {
            again: true,
            misses: 0,
            failure_text: format!(
                "{} {} is half finished: resuming it",
                document.doc_type, document.doc_no
            ),
            ..Next::new(row, EffectState::Ready, "UNKNOWN")
        },
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
        | FailureKind::InDoubt => policy.rung(tries),
    };
    Next {
        tries,
        misses: 0,
        wait: Some(wait),
        pause: failure.kind == FailureKind::Misconfigured,
        ..Next::new(row, EffectState::Unknown, "UNKNOWN")
    }
    .because(failure)
}

fn since(begin: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    begin.map_or(SignedDuration::MAX, |begin| now.duration_since(begin))
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn row() -> EffectRow {
        EffectRow {
            effect_key: "rt1-x".into(),
            return_id: "R".into(),
            kind: "ERP_CREDIT_MEMO".into(),
            connector: "erp".into(),
            state: EffectState::InFlight,
            command: "{}".into(),
            amount_minor: None,
            currency: None,
            correlation_id: String::new(),
            traceparent: String::new(),
            attempts: 1,
            tries: 0,
            misses: 0,
            fence: 1,
            owner: "w".into(),
            lease_until: None,
            not_before: None,
            last_sent_at: Some(Timestamp::UNIX_EPOCH),
            failure_code: String::new(),
            failure_text: String::new(),
            document: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn policy() -> RetryPolicy {
        RetryPolicy {
            settle_window: Duration::from_mins(1),
            max_tries: 3,
            ..RetryPolicy::default()
        }
    }

    fn document(no: &str) -> ErpRef {
        ErpRef {
            doc_type: "credit memo".into(),
            doc_no: no.into(),
            line: None,
            posting_date: None,
            period: None,
            url: None,
            amount: None,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_lost_answer_is_looked_up_never_sent_again() {
        let next = after_send(
            &row(),
            Err(Failure::in_doubt("x.timeout", "no answer")),
            &policy(),
        );
        assert_eq!(next.state, EffectState::Unknown);
        assert!(next.wait.is_some() && !next.again && next.tell.is_none());
    }

    #[test]
    fn a_hit_confirms_and_a_half_document_is_resumed() {
        let guard = DuplicateGuard::LookUpOnly;
        let hit = after_find(
            &row(),
            Ok(Found::Complete(document("CM1"))),
            guard,
            &policy(),
            1,
            at(1),
        );
        assert_eq!(
            (hit.state, hit.class),
            (EffectState::Confirmed, "RECOVERED")
        );
        let half = after_find(
            &row(),
            Ok(Found::Half(document("CM1"))),
            guard,
            &policy(),
            1,
            at(1),
        );
        assert_eq!((half.state, half.again), (EffectState::Ready, true));
    }

    #[test]
    fn misses_count_only_after_the_settle_window() {
        let guard = DuplicateGuard::NativeKey;
        let mut effect = row();
        for now in [1, 5, 30] {
            let next = after_find(&effect, Ok(Found::Nothing), guard, &policy(), 1, at(now));
            assert_eq!(next.state, EffectState::Unknown, "at {now}");
            effect.misses = next.misses;
        }
        let next = after_find(&effect, Ok(Found::Nothing), guard, &policy(), 1, at(61));
        assert_eq!((next.state, next.again), (EffectState::Ready, true));
        let first_miss = after_find(&row(), Ok(Found::Nothing), guard, &policy(), 1, at(61));
        assert_eq!(
            first_miss.state,
            EffectState::Unknown,
            "one miss is not enough"
        );
    }

    #[test]
    fn an_unguarded_target_waits_for_a_person() {
        let mut effect = row();
        effect.misses = 5;
        let next = after_find(
            &effect,
            Ok(Found::Nothing),
            DuplicateGuard::None,
            &policy(),
            1,
            at(100),
        );
        assert_eq!(next.state, EffectState::Parked);
        assert_eq!(next.exception, Some(ExceptionCode::ErpUnknownSla));
        let next = after_find(
            &effect,
            Ok(Found::Nothing),
            DuplicateGuard::LookUpOnly,
            &policy(),
            2,
            at(100),
        );
        assert_eq!(
            next.state,
            EffectState::Parked,
            "one re-post was allowed, not two"
        );
        // Given back by a person, the count starts anew: one more send, after the look-ups.
        let released = after_find(
            &effect,
            Ok(Found::Nothing),
            DuplicateGuard::None,
            &policy(),
            0,
            at(100),
        );
        assert_eq!((released.state, released.again), (EffectState::Ready, true));
    }

    #[test]
    fn ambiguous_is_for_a_person() {
        let found = Found::Several(vec![document("CM1"), document("CM2")]);
        let next = after_find(
            &row(),
            Ok(found),
            DuplicateGuard::NativeKey,
            &policy(),
            1,
            at(1),
        );
        assert_eq!(next.state, EffectState::Ambiguous);
        assert!(next.wait.is_none() && !next.again);
    }

    #[test]
    fn refusals_are_not_retried_and_outages_are_until_spent() {
        let refused = after_send(
            &row(),
            Err(Failure::rejected("x.closed", "closed")),
            &policy(),
        );
        assert_eq!((refused.state, refused.wait), (EffectState::Rejected, None));
        let mut effect = row();
        let down = || Err(Failure::unavailable("x.down", "refused"));
        assert_eq!(
            after_send(&effect, down(), &policy()).state,
            EffectState::Ready
        );
        effect.tries = 2;
        assert_eq!(
            after_send(&effect, down(), &policy()).state,
            EffectState::Parked
        );
    }

    #[test]
    fn an_unreachable_look_up_never_sends() {
        let down = || Err(Failure::unavailable("x.down", "refused"));
        let guard = DuplicateGuard::NativeKey;
        let next = after_find(&row(), down(), guard, &policy(), 1, at(10));
        assert_eq!(next.state, EffectState::Unknown);
        let late = after_find(&row(), down(), guard, &policy(), 1, at(100_000));
        assert_eq!(
            (late.state, late.exception),
            (EffectState::Parked, Some(ExceptionCode::ErpUnknownSla))
        );
    }
}

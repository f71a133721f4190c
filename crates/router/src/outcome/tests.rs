//! What an answer means for an effect.

use super::*;
use std::time::Duration;

pub(crate) fn row() -> EffectRow {
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
        ticket_at: None,
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
    ErpRef::new("credit memo", no)
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
        DuplicateGuard::NativeKey,
        &policy(),
        1,
        at(1),
    );
    assert_eq!((half.state, half.again), (EffectState::Ready, true));
}

#[test]
fn where_only_a_look_up_tells_a_half_document_is_resumed_when_nobody_can_be_finishing_it() {
    let half = |now| {
        let found = Ok(Found::Half(document("CM1")));
        after_find(
            &row(),
            found,
            DuplicateGuard::LookUpOnly,
            &policy(),
            1,
            at(now),
        )
    };
    let early = half(59);
    assert_eq!((early.state, early.again), (EffectState::Unknown, false));
    assert!(early.wait.is_some());
    let late = half(61);
    assert_eq!((late.state, late.again), (EffectState::Ready, true));
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
    let looked_up = EffectRow {
        state: EffectState::Unknown,
        ..row()
    };
    let next = after_find(
        &looked_up,
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

#[test]
fn what_is_acknowledged_later_waits_without_being_a_failure() {
    let later = || Failure::unacknowledged("edi.waits", "handed over");
    let next = after_send(&row(), Err(later()), &policy());
    assert_eq!(
        (next.state, next.class),
        (EffectState::Unknown, "HANDED-OVER")
    );
    assert!(next.wait.is_some() && next.failure_code.is_empty() && next.tell.is_none());
    let guard = DuplicateGuard::LookUpOnly;
    let waits = after_find(&row(), Err(later()), guard, &policy(), 1, at(100));
    assert_eq!(
        (waits.state, waits.class),
        (EffectState::Unknown, "HANDED-OVER")
    );
    assert!(waits.failure_code.is_empty() && waits.exception.is_none());
    let late = after_find(&row(), Err(later()), guard, &policy(), 1, at(100_000));
    assert_eq!(
        (late.state, late.exception),
        (EffectState::Parked, Some(ExceptionCode::ErpUnknownSla))
    );
    let refused = Found::Refused {
        document: document("812/17"),
        reason: "AK5 R".to_owned(),
    };
    let refused = after_find(&row(), Ok(refused), guard, &policy(), 1, at(100));
    assert_eq!(refused.state, EffectState::Rejected);
    assert_eq!(refused.tell, Some(EffectResult::Rejected));
    assert!(refused.failure_text.contains("812/17") && refused.failure_text.contains("AK5 R"));
}

fn attempt(what: &str, class: &str) -> AttemptRow {
    AttemptRow {
        effect_key: "rt1-x".into(),
        fence: 1,
        what: what.into(),
        begun_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        class: class.into(),
        failure_code: String::new(),
        failure_text: String::new(),
    }
}

#[test]
fn what_is_never_acknowledged_reaches_a_person() {
    let guard = DuplicateGuard::LookUpOnly;
    let mut history = Vec::new();
    let mut sends = 0;
    loop {
        sends += 1;
        history.push(attempt("send", "HANDED-OVER"));
        history.push(attempt("find", "HANDED-OVER"));
        let mut effect = row();
        effect.misses = 5;
        // Overdue: the connector finds nothing, and the same document goes again.
        let doubts = doubts(&history, sends);
        let next = after_find(
            &effect,
            Ok(Found::Nothing),
            guard,
            &policy(),
            doubts,
            at(100),
        );
        if next.state == EffectState::Parked {
            assert_eq!(next.exception, Some(ExceptionCode::ErpUnknownSla));
            break;
        }
        assert!(
            next.again && sends < 10,
            "{sends} sends, and nobody hears of it"
        );
    }
    assert_eq!(sends, policy().max_reposts + 1);
}

#[test]
fn only_sends_since_the_release_count_as_doubts() {
    let history = [
        attempt("send", "UNKNOWN"),
        attempt("send", "RETRYABLE"),
        attempt("find", "UNKNOWN"),
        attempt("send", ""),
    ];
    assert_eq!(doubts(&history, 3), 2);
    assert_eq!(doubts(&history, 1), 1);
    assert_eq!(doubts(&history, 0), 0);
}

#[test]
fn a_half_document_that_cannot_be_finished_reaches_a_person() {
    let half = |doubts| {
        let found = Ok(Found::Half(document("CM1")));
        after_find(
            &row(),
            found,
            DuplicateGuard::NativeKey,
            &policy(),
            doubts,
            at(1),
        )
    };
    assert!(half(1).again, "at once the first time");
    let second = half(2);
    assert!(second.wait.is_some() && !second.again, "{second:?}");
    let last = half(policy().max_tries);
    assert_eq!(
        (last.state, last.exception, last.tell),
        (
            EffectState::Parked,
            Some(ExceptionCode::ErpUnknownSla),
            Some(EffectResult::Parked)
        )
    );
    assert!(last.failure_text.contains("CM1"), "{}", last.failure_text);
}

#[test]
fn the_time_that_a_target_asks_for_is_kept() {
    let closed = |hours| {
        let kind = FailureKind::Throttled {
            retry_after: Some(Duration::from_hours(hours)),
        };
        after_send(&row(), Err(Failure::new(kind, "x.closed", "")), &policy())
    };
    // Longer than the longest rung: one wait, not one try an hour until none is left.
    assert_eq!(closed(18).asked, Some(Duration::from_hours(18)));
    assert_eq!(closed(9_000).asked, Some(LONGEST_ASKED));
    let outcome = crate::settle::outcome_of("erp", &row(), closed(18), "", at(0)).unwrap();
    let opens = at(18 * 3600);
    let before = outcome.not_before.unwrap();
    assert!(before <= opens && opens.duration_since(before) < SignedDuration::from_secs(1));
}

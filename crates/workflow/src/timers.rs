//! Timers: expiry, the wait for goods, for their inspection, for a decision. What a timer is for is looked at, not that it rang.

use canonical::event::{TimerFired, TimerKind};
use canonical::exception::Severity;
use canonical::{BusinessCode, ExceptionCode, Lifecycle};
use jiff::SignedDuration;

use crate::buckets::Bucket;
use crate::escalate;
use crate::lifecycle::shift_expected;
use crate::reservation;
use crate::step::Verdict;
use crate::tax;
use crate::work::{Problem, Work};
use crate::{blind, exposure, recovery, uninspected};

/// What the expiry timer is about the second time, when grace is over.
const GRACE: &str = "grace";

/// A timer rang. It may have rung too late, or twice: what it is for is looked at, not that it rang.
pub(crate) fn ring(work: &mut Work<'_>, fired: &TimerFired) -> Verdict {
    match fired.kind {
        TimerKind::Expiry if fired.of == GRACE => grace_over(work),
        TimerKind::Expiry => expire(work),
        TimerKind::OrphanWait => orphan(work, &fired.of),
        TimerKind::ApprovalSla => escalate::overdue(work, &fired.of),
        TimerKind::InspectionWait => uninspected::overdue(work),
        TimerKind::TaxQuote => tax::too_late(work, &fired.of),
        TimerKind::AdvanceDue => recovery::ring(work),
        TimerKind::IdentifySla => blind::overdue(work),
    }
}

/// The authorisation runs out for what has not come. The units stay reserved until grace is over.
fn expire(work: &mut Work<'_>) -> Verdict {
    let Some(expires_at) = work.state.header.expires_at else {
        return Verdict::Ignored("the return has no expiry".to_owned());
    };
    if work.given.now < expires_at {
        return Verdict::Ignored(format!("the return expires at {expires_at} only"));
    }
    let open = work
        .state
        .in_buckets(&[Bucket::Authorized, Bucket::InTransit]);
    if open.is_zero() {
        return Verdict::Duplicate;
    }
    exposure::withdraw(work);
    shift_expected(work, Bucket::Expired);
    if work.state.header.lifecycle == Lifecycle::Authorized {
        work.enter(Lifecycle::Expired);
    }
    work.milestone(BusinessCode::R220);
    if work.state.is_exposed() {
        // what was advanced is credited or replaced: its units are never free for another return
        return Verdict::Applied;
    }
    let days = work
        .policy()
        .map_or(0, |policy| i64::from(policy.grace_days()));
    let grace = SignedDuration::from_hours(24 * days);
    let due_at = expires_at.saturating_add(grace).unwrap_or(expires_at);
    work.set_timer(TimerKind::Expiry, GRACE, due_at);
    Verdict::Applied
}

fn grace_over(work: &mut Work<'_>) -> Verdict {
    if work.state.is_exposed() {
        return Verdict::Ignored("what was advanced keeps its units".to_owned());
    }
    reservation::free_unused(work);
    if work.step.releases.is_empty() {
        return Verdict::Duplicate;
    }
    Verdict::Applied
}

/// What the timer of a waiting disposition is about; that of an inspection is its name alone.
pub(crate) fn of_disposition(id: &str) -> String {
    format!("disposition:{id}")
}

/// An inspection or disposition has waited long enough for its goods. It keeps waiting, but a person should look.
fn orphan(work: &mut Work<'_>, of: &str) -> Verdict {
    let state = &work.state;
    let reason = if let Some(id) = of.strip_prefix("disposition:") {
        let is_waiting = state.parked_dispositions.iter().any(|d| d.id == id);
        is_waiting.then(|| {
            format!(
                "disposition {id} speaks of goods that are not inspected: ask the warehouse for their inspection"
            )
        })
    } else {
        let is_waiting = state.parked_findings.iter().any(|f| f.inspection == of);
        is_waiting.then(|| {
            format!(
                "inspection {of} speaks of goods that have not come: ask the warehouse for their receipt"
            )
        })
    };
    let Some(reason) = reason else {
        return Verdict::Duplicate;
    };
    if work.is_open(ExceptionCode::OrphanInspection, of) {
        return Verdict::Duplicate;
    }
    work.raise_until_cured(Problem {
        code: ExceptionCode::OrphanInspection,
        severity: Severity::Error,
        about: of,
        reason,
    });
    Verdict::Applied
}

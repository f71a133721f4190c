//! Withdrawal, transport, timers and the end of a return.

use canonical::approval::Approval;
use canonical::event::{CancelRequest, GoodsInTransit, TimerFired, TimerKind};
use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, EffectKind, ExceptionCode, Lifecycle};
use jiff::SignedDuration;

use crate::buckets::Bucket;
use crate::money_state::{CreditState, EffectState};
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{apply, plan, reservation, status};

/// What the expiry timer is about the second time, when grace is over.
const GRACE: &str = "grace";

/// Withdraws a return, as long as nothing came.
pub(crate) fn cancel(work: &mut Work<'_>, request: &CancelRequest) -> Verdict {
    let state = &work.state;
    match state.header.lifecycle {
        Lifecycle::Cancelled => return Verdict::Duplicate,
        Lifecycle::Requested
        | Lifecycle::PendingAuthorization
        | Lifecycle::Authorized
        | Lifecycle::InProgress
            if !has_goods(state) => {}
        Lifecycle::Requested
        | Lifecycle::PendingAuthorization
        | Lifecycle::Authorized
        | Lifecycle::InProgress
        | Lifecycle::Declined
        | Lifecycle::Expired
        | Lifecycle::Settled
        | Lifecycle::Closed => {
            let why = format!(
                "return {} is {} and cannot be withdrawn: only one of which nothing has come can be",
                state.header.rma_number, state.header.lifecycle
            );
            work.raise(Problem {
                code: ExceptionCode::NotAllowedNow,
                severity: Severity::Warning,
                about: &format!("cancel/{}", request.request_id),
                reason: why.clone(),
            });
            return Verdict::Ignored(why);
        }
    }
    shift_expected(work, Bucket::Cancelled);
    reservation::free_all(work);
    withdraw_approvals(work, |_| true);
    work.drop_timer(TimerKind::Expiry, "");
    work.enter(Lifecycle::Cancelled);
    work.milestone(BusinessCode::R230);
    plan::announcement_cancel(work, &request.reason);
    apply::replay_early(work);
    Verdict::Applied
}

/// True if anything came, whatever it was, even before the return was decided on.
pub(crate) fn has_goods(state: &ReturnState) -> bool {
    let is_goods = |early: &Early| matches!(early, Early::Receipt(_) | Early::Snapshot(_));
    let held = [Bucket::OverHold, Bucket::UnmatchedHold];
    state.in_buckets(Bucket::ACCEPTED).is_positive()
        || state.in_buckets(&held).is_positive()
        || status::strays(state).is_positive()
        || state.early.iter().any(is_goods)
}

/// Withdraws approvals that nobody has decided yet.
pub(crate) fn withdraw_approvals(work: &mut Work<'_>, which: impl Fn(&Approval) -> bool) {
    let mut withdrawn = Vec::new();
    for approval in &mut work.state.approvals {
        let is_open = matches!(approval.state, ApprovalState::Requested | ApprovalState::Escalated);
        if is_open && which(approval) {
            approval.state = ApprovalState::Withdrawn;
            withdrawn.push(approval.approval_id.clone());
        }
    }
    for id in withdrawn {
        work.drop_timer(TimerKind::ApprovalSla, &id);
        work.cured(ExceptionCode::ApprovalExpired, &id);
    }
}

fn shift_expected(work: &mut Work<'_>, to: Bucket) {
    for line in &mut work.state.lines {
        let expected = line.expected();
        line.buckets.shift(Bucket::InTransit, to, expected);
        line.buckets.shift(Bucket::Authorized, to, expected);
    }
}

/// The goods are on their way.
pub(crate) fn in_transit(work: &mut Work<'_>, transit: &GoodsInTransit) -> Verdict {
    if !work.state.takes_goods() {
        return apply::keep_early(work, Early::InTransit(transit.clone()));
    }
    if work.state.tracking.contains(&transit.tracking_no) {
        return Verdict::Duplicate;
    }
    work.state.tracking.push(transit.tracking_no.clone());
    let awaited = work.state.in_bucket(Bucket::Authorized).is_positive();
    for line in &mut work.state.lines {
        let expected = line.buckets.get(Bucket::Authorized);
        line.buckets
            .shift(Bucket::Authorized, Bucket::InTransit, expected);
    }
    if awaited {
        work.milestone(BusinessCode::R210);
    }
    Verdict::Applied
}

/// A timer rang. It may have rung too late, or twice: what it is for is looked at, not that it rang.
pub(crate) fn timer(work: &mut Work<'_>, fired: &TimerFired) -> Verdict {
    match fired.kind {
        TimerKind::Expiry if fired.of == GRACE => grace_over(work),
        TimerKind::Expiry => expire(work),
        TimerKind::OrphanWait => orphan(work, &fired.of),
        TimerKind::ApprovalSla => overdue(work, &fired.of),
    }
}

/// The authorisation runs out for what has not come. The units stay reserved until grace is over.
fn expire(work: &mut Work<'_>) -> Verdict {
    let Some(expires_at) = work.state.header.expires_at else {
        return Verdict::Ignored("the return has no expiry".to_owned());
    };
    let open = work
        .state
        .in_buckets(&[Bucket::Authorized, Bucket::InTransit]);
    if open.is_zero() {
        return Verdict::Duplicate;
    }
    shift_expected(work, Bucket::Expired);
    if work.state.header.lifecycle == Lifecycle::Authorized {
        work.enter(Lifecycle::Expired);
    }
    work.milestone(BusinessCode::R220);
    let days = work
        .policy()
        .map_or(0, |policy| i64::from(policy.grace_days()));
    let grace = SignedDuration::from_hours(24 * days);
    let due_at = expires_at.saturating_add(grace).unwrap_or(expires_at);
    work.set_timer(TimerKind::Expiry, GRACE, due_at);
    Verdict::Applied
}

fn grace_over(work: &mut Work<'_>) -> Verdict {
    reservation::free_unused(work);
    if work.step.releases.is_empty() {
        return Verdict::Duplicate;
    }
    Verdict::Applied
}

/// An inspection or disposition has waited long enough for its goods. It keeps waiting, but a person should look.
fn orphan(work: &mut Work<'_>, id: &str) -> Verdict {
    let findings = work
        .state
        .parked_findings
        .iter()
        .any(|f| f.inspection == id);
    let disposition = work.state.parked_dispositions.iter().any(|d| d.id == id);
    if !findings && !disposition || work.is_open(ExceptionCode::OrphanInspection, id) {
        return Verdict::Duplicate;
    }
    let reason = if findings {
        format!(
            "inspection {id} speaks of goods that have not come: ask the warehouse for their receipt"
        )
    } else {
        format!(
            "disposition {id} speaks of goods that are not inspected: ask the warehouse for their inspection"
        )
    };
    work.raise_until_cured(Problem {
        code: ExceptionCode::OrphanInspection,
        severity: Severity::Error,
        about: id,
        reason,
    });
    Verdict::Applied
}

/// Nobody decided in time: the next level is asked. Never approved and never refused by itself.
fn overdue(work: &mut Work<'_>, id: &str) -> Verdict {
    let Some(policy) = work.policy() else {
        return Verdict::Ignored(format!("no policy says when approval {id} is due"));
    };
    let due_at = work.in_hours(policy.approval_sla_hours());
    let now = work.given.now;
    let approval = work
        .state
        .approvals
        .iter_mut()
        .find(|approval| approval.approval_id == id);
    let Some(approval) = approval else {
        return Verdict::Ignored(format!("approval {id} is none of this return's"));
    };
    let is_open = matches!(
        approval.state,
        ApprovalState::Requested | ApprovalState::Escalated
    );
    if !is_open || approval.expires_at.is_some_and(|at| now < at) {
        return Verdict::Duplicate;
    }
    approval.state = ApprovalState::Escalated;
    approval.escalation_level += 1;
    approval.expires_at = Some(due_at);
    let roles: Vec<String> = approval
        .required
        .iter()
        .map(|need| need.role.clone())
        .collect();
    work.set_timer(TimerKind::ApprovalSla, id, due_at);
    let reason = format!(
        "nobody of {} has decided on approval {id} in time: decide, or find somebody who does",
        roles.join(", ")
    );
    work.raise_until_cured(Problem {
        code: ExceptionCode::ApprovalExpired,
        severity: Severity::Warning,
        about: id,
        reason,
    });
    Verdict::Applied
}

/// Settles the return when every quantity is at its end and every effect but messages to the customer is confirmed.
pub(crate) fn settle(work: &mut Work<'_>) {
    if work.state.header.lifecycle == Lifecycle::InProgress && is_done(&work.state) {
        work.enter(Lifecycle::Settled);
        work.drop_timer(TimerKind::Expiry, "");
        work.milestone(BusinessCode::R800);
    }
}

fn is_done(state: &ReturnState) -> bool {
    let goods = state.in_buckets(Bucket::OPEN).is_zero()
        && status::strays(state).is_zero()
        && state.in_buckets(Bucket::ACCEPTED).is_positive();
    let waiting = state.parked_findings.is_empty() && state.parked_dispositions.is_empty();
    let credits = state.credits.iter().all(|credit| {
        matches!(
            credit.state,
            CreditState::Credited | CreditState::Refused | CreditState::Superseded
        )
    });
    let effects = state.effects.iter().all(|effect| {
        effect.kind == EffectKind::Notify
            || matches!(
                effect.state,
                EffectState::Confirmed | EffectState::Cancelled
            )
    });
    goods && waiting && credits && effects
}

//! Withdrawal, transport and the end of a return.

use canonical::approval::Approval;
use canonical::event::{CancelRequest, GoodsInTransit, TimerKind};
use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, EffectKind, ExceptionCode, Lifecycle};

use crate::buckets::Bucket;
use crate::money_state::{CreditState, EffectState};
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{
    apply, correct, escalate, exposure, invoiced, milestone, plan, reservation, status, vendor,
};

/// Withdraws a return, as long as nothing came. One that was announced to the warehouse stays as it is until the warehouse
/// has confirmed that it expects nothing any more; goods that come before that go on as if nobody had withdrawn it.
pub(crate) fn cancel(work: &mut Work<'_>, request: &CancelRequest) -> Verdict {
    let state = &work.state;
    match state.header.lifecycle {
        Lifecycle::Cancelled => return Verdict::Duplicate,
        _ if state.cancelling.is_some() => return Verdict::Duplicate,
        Lifecycle::Requested
        | Lifecycle::PendingAuthorization
        | Lifecycle::Authorized
        | Lifecycle::InProgress
            if !has_goods(state) && !state.is_exposed() => {}
        Lifecycle::Requested
        | Lifecycle::PendingAuthorization
        | Lifecycle::Authorized
        | Lifecycle::InProgress
        | Lifecycle::Declined
        | Lifecycle::Expired
        | Lifecycle::Settled
        | Lifecycle::Closed => {
            let why = format!(
                "return {} is {} and cannot be withdrawn: only one of which nothing has come, \
                 and nothing was credited or replaced, can be",
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
    plan::announcement_cancel(work, &request.reason);
    let awaits = |effect: &crate::EffectRecord| {
        effect.kind == EffectKind::WmsRmaCancel && effect.state != EffectState::Confirmed
    };
    if work.state.effects.iter().any(awaits) {
        work.state.cancelling = Some(request.reason.clone());
        return Verdict::Applied;
    }
    withdrawn(work);
    Verdict::Applied
}

/// The warehouse confirmed that it expects nothing any more.
pub(crate) fn cancel_confirmed(work: &mut Work<'_>) {
    let awaits = |effect: &crate::EffectRecord| {
        effect.kind == EffectKind::WmsRmaCancel && effect.state != EffectState::Confirmed
    };
    if work.state.effects.iter().any(awaits) {
        // What was confirmed is that an earlier announcement holds no more.
        return;
    }
    if work.state.cancelling.take().is_some()
        && work.state.lifecycle() == Lifecycle::Authorized
        && !has_goods(&work.state)
    {
        withdrawn(work);
    }
}

/// Goods came before the warehouse confirmed a withdrawal: there is none.
pub(crate) fn give_cancel_up(work: &mut Work<'_>) {
    let Some(why) = &work.state.cancelling else {
        return;
    };
    if !has_goods(&work.state) {
        return;
    }
    let reason = format!(
        "return {} was to be withdrawn ({why}), but goods came before the warehouse confirmed it: they go on like those of any \
         return; tell the customer",
        work.state.header.rma_number
    );
    work.state.cancelling = None;
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Warning,
        about: "cancelling",
        reason,
    });
}

fn withdrawn(work: &mut Work<'_>) {
    exposure::withdraw(work);
    invoiced::withdraw(work);
    shift_expected(work, Bucket::Cancelled);
    reservation::free_all(work);
    withdraw_approvals(work, |_| true);
    work.drop_timer(TimerKind::Expiry, "");
    work.enter(Lifecycle::Cancelled);
    work.milestone(BusinessCode::R230);
    apply::replay_early(work);
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
        let is_open = matches!(
            approval.state,
            ApprovalState::Requested | ApprovalState::Escalated
        );
        if is_open && which(approval) {
            approval.state = ApprovalState::Withdrawn;
            withdrawn.push(approval.clone());
        }
    }
    for approval in withdrawn {
        escalate::over(work, &approval);
    }
}

pub(crate) fn shift_expected(work: &mut Work<'_>, to: Bucket) {
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

/// Settles the return when every quantity is at its end and every effect but messages to the customer is confirmed.
pub(crate) fn settle(work: &mut Work<'_>) {
    if work.state.header.lifecycle == Lifecycle::InProgress && is_done(&work.state) {
        work.enter(Lifecycle::Settled);
        work.drop_timer(TimerKind::Expiry, "");
        work.milestone(BusinessCode::R800);
    }
}

/// A settled return goes on when something about its goods or its money is open again.
pub(crate) fn reopen(work: &mut Work<'_>) {
    let is_over = matches!(
        work.state.header.lifecycle,
        Lifecycle::Settled | Lifecycle::Closed
    );
    if is_over && !is_done(&work.state) {
        work.enter(Lifecycle::InProgress);
        let code = milestone::of(&work.state);
        work.milestone(code);
    }
}

fn is_done(state: &ReturnState) -> bool {
    let goods = state.in_buckets(Bucket::OPEN).is_zero()
        && status::strays(state).is_zero()
        && (state.in_buckets(Bucket::ACCEPTED).is_positive() || state.is_exposed());
    let waiting = state.parked_findings.is_empty() && state.parked_dispositions.is_empty();
    let is_exposed = state
        .exposure
        .as_ref()
        .is_some_and(|exposure| exposure.open);
    let credits = state.credits.iter().all(|credit| {
        matches!(
            credit.state,
            CreditState::Credited
                | CreditState::Refused
                | CreditState::Superseded
                | CreditState::Reversed
        ) && !correct::is_stale(credit)
    });
    let effects = state.effects.iter().all(|effect| {
        effect.kind == EffectKind::Notify
            || matches!(
                effect.state,
                EffectState::Confirmed | EffectState::Cancelled
            )
    });
    goods && waiting && credits && effects && !is_exposed && !vendor::is_held(state)
}

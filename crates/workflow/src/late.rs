//! Late goods: on hold until somebody agrees to take them back after all.

use canonical::approval::{Approval, ApprovalSubject};
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{BusinessCode, ExceptionCode};

use crate::approvals::{self, Ask};
use crate::authorize::requester;
use crate::buckets::Bucket;
use crate::keys;
use crate::lifecycle;
use crate::milestone;
use crate::policy::{ApprovalTrigger, Facts, Question};
use crate::reservation;
use crate::rule::gap;
use crate::work::{Problem, Work};

/// What the exceptions about late goods are about.
const ABOUT: &str = "late";

/// Asks for approval of the late goods, unless that is under way.
pub(crate) fn hold(work: &mut Work<'_>) {
    let number = work
        .state
        .approvals
        .iter()
        .filter(|a| is_late_approval(work, a))
        .count()
        + 1;
    let approval_id = keys::return_approval(work.state.return_id(), &format!("{ABOUT}/{number}"));
    if work
        .state
        .open_approvals()
        .any(|a| is_late_approval(work, a))
    {
        return;
    }
    let Some(policy) = work.policy() else {
        let reason = format!(
            "goods came late, and policy version {:?} of this return is not loaded: load it again, then replay; \
             they are on hold until then",
            work.state.header.policy_version
        );
        gap(work, ABOUT, reason);
        return;
    };
    let facts: Vec<Facts<'_>> = work
        .state
        .lines
        .iter()
        .map(|line| Facts::of(&work.state.header, &line.line))
        .collect();
    let demands = match policy.approvals(0, &facts, &[ApprovalTrigger::LateReturn]) {
        Ok(demands) => demands,
        Err(unanswered) => {
            let reason = format!(
                "goods came late, and policy {} {}: {}, then replay; they are on hold until then",
                policy.version,
                unanswered.told(Question::Approval),
                unanswered.fix()
            );
            return gap(work, ABOUT, reason);
        }
    };
    if demands.is_empty() {
        let reason = format!(
            "goods came late, and policy {} says nobody who may take them: \
             add an approval rule on late_return; they are on hold until then",
            policy.version
        );
        gap(work, ABOUT, reason);
        return;
    }
    work.cured(ExceptionCode::PolicyGap, ABOUT);
    let expires_at = policy.approval_due(work.given.now);
    let mut approval = approvals::request(Ask {
        approval_id,
        subject: ApprovalSubject::Return,
        calc_hash: String::new(),
        requested_by: requester(work),
        demands: &demands,
        expires_at: Some(expires_at),
    });
    approval.asked_at = Some(work.given.now);
    work.set_timer(TimerKind::ApprovalSla, &approval.approval_id, expires_at);
    let reason = format!(
        "goods came after expiry and grace, or after the return was withdrawn; they are on hold: decide on approval {}",
        approval.approval_id
    );
    work.state.approvals.push(approval);
    work.raise_until_cured(Problem {
        code: ExceptionCode::LateReturn,
        severity: Severity::Warning,
        about: ABOUT,
        reason,
    });
    work.milestone(BusinessCode::R120);
}

/// Asks again for goods that are on hold because nobody could be asked.
pub(crate) fn ask_again(work: &mut Work<'_>) {
    if work.is_open(ExceptionCode::PolicyGap, ABOUT)
        && work.state.in_bucket(Bucket::Received).is_positive()
    {
        hold(work);
    }
}

/// Somebody decided: the goods go on, or stay on hold as goods that nobody takes.
pub(crate) fn decided(work: &mut Work<'_>, is_approved: bool) {
    let to = if is_approved {
        reservation::retake(work);
        Bucket::PendingInspection
    } else {
        Bucket::OverHold
    };
    for line in &mut work.state.lines {
        let qty = line.buckets.get(Bucket::Received);
        line.buckets.shift(Bucket::Received, to, qty);
    }
    let parts = work
        .state
        .receipts
        .iter_mut()
        .flat_map(|receipt| &mut receipt.lines);
    for part in parts.flat_map(|line| &mut line.parts) {
        if part.to == Bucket::Received {
            part.to = to;
        }
    }
    work.cured(ExceptionCode::LateReturn, ABOUT);
    if is_approved {
        let code = milestone::arrived(&work.state);
        work.milestone(code);
    } else {
        work.milestone(BusinessCode::R320);
    }
}

/// Nothing is late any more: nobody has to decide.
pub(crate) fn withdraw(work: &mut Work<'_>) {
    let return_id = work.state.return_id().to_owned();
    let all = work.state.approvals.len();
    lifecycle::withdraw_approvals(work, |approval| is_late(&return_id, approval, all));
    work.cured(ExceptionCode::LateReturn, ABOUT);
    work.cured(ExceptionCode::PolicyGap, ABOUT);
}

/// True for approvals of late goods, by their derived ids.
pub(crate) fn is_late_approval(work: &Work<'_>, approval: &Approval) -> bool {
    is_late(work.state.return_id(), approval, work.state.approvals.len())
}

fn is_late(return_id: &str, approval: &Approval, all: usize) -> bool {
    approval.subject == ApprovalSubject::Return
        && !keys::is_exception_approval(return_id, &approval.approval_id, all)
}

//! Somebody approved or rejected.

use canonical::approval::{Approval, ApprovalDecided, ApprovalSubject, Decision};
use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, DenialReason, ExceptionCode, Lifecycle, ReturnType};

use crate::approvals::{self, Court};
use crate::authorize;
use crate::correct;
use crate::escalate;
use crate::exposure;
use crate::late;
use crate::milestone;
use crate::money_state::{CreditState, SliceCredit};
use crate::rule;
use crate::step::Verdict;
use crate::variance;
use crate::work::{Problem, Work};

/// Takes a decision in. The requester, whoever changed the request and the inspectors of the return may not decide on it.
pub(crate) fn record(work: &mut Work<'_>, decided: &ApprovalDecided) -> Verdict {
    let known = work
        .state
        .approvals
        .iter()
        .position(|a| a.approval_id == decided.approval_id);
    let Some(index) = known else {
        return Verdict::Ignored(format!(
            "approval {} is none of this return's",
            decided.approval_id
        ));
    };
    let forbidden = work.state.took_part();
    let forbidden: Vec<String> = forbidden.into_iter().map(str::to_owned).collect();
    let forbidden: Vec<&str> = forbidden.iter().map(String::as_str).collect();
    let Some(approval) = work.state.approvals.get_mut(index) else {
        return Verdict::Duplicate;
    };
    // Told twice: the role may have been found by us.
    let is_told = |known: &Decision| {
        let role = if decided.decision.role.is_empty() {
            known.role.clone()
        } else {
            decided.decision.role.clone()
        };
        *known
            == Decision {
                role,
                ..decided.decision.clone()
            }
    };
    if approval.decisions.iter().any(is_told) {
        return Verdict::Duplicate;
    }
    let court = Court {
        took_part: &forbidden,
        approvers: work.given.policies.approvers(),
    };
    let outcome = approvals::decide(approval, decided, &court);
    let approval = approval.clone();
    if let Err(refusal) = outcome {
        return refused(work, decided, &refusal.to_string());
    }
    if approvals::is_open(&approval) {
        return Verdict::Applied;
    }
    escalate::over(work, &approval);
    let is_approved = approval.state == ApprovalState::Approved;
    match approval.subject {
        ApprovalSubject::Calc => credit(work, &approval, is_approved),
        ApprovalSubject::Return if late::is_late_approval(work, &approval) => {
            late::decided(work, is_approved);
        }
        ApprovalSubject::Return if is_approved => authorize::authorize_if_pending(work),
        ApprovalSubject::Return => refuse(work, &decided.decision.reason),
        ApprovalSubject::Override | ApprovalSubject::Replay => {}
    }
    Verdict::Applied
}

fn refused(work: &mut Work<'_>, decided: &ApprovalDecided, why: &str) -> Verdict {
    let reason = format!(
        "the decision of {} on approval {} does not count: {why}",
        decided.decision.user, decided.approval_id
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Warning,
        about: &format!("approval/{}/{}", decided.approval_id, decided.decision.user),
        reason: reason.clone(),
    });
    Verdict::Ignored(reason)
}

/// The return itself was refused, for the reason that the person gave.
fn refuse(work: &mut Work<'_>, reason: &str) {
    if work.state.header.lifecycle == Lifecycle::PendingAuthorization {
        let otherwise = match work.state.header.return_type {
            ReturnType::Blind => DenialReason::Unidentifiable,
            _ => DenialReason::WindowExceeded,
        };
        let reason = approvals::reason_code(reason).unwrap_or(otherwise);
        authorize::decline(work, reason);
    }
}

/// A credit was decided on. A refused one is not credited: its units are without credit from now on. A refused correction
/// leaves the credit as it is.
fn credit(work: &mut Work<'_>, approval: &Approval, is_approved: bool) {
    let credit = work.state.credits.iter_mut().find(|credit| {
        credit.state == CreditState::PendingApproval
            && credit.approval_id.as_ref() == Some(&approval.approval_id)
    });
    let Some(credit) = credit else { return };
    let version = credit.version;
    if is_approved {
        credit.state = CreditState::Held;
        work.milestone(BusinessCode::R520);
    } else if let Some(memo) = credit.corrects {
        credit.state = CreditState::Refused;
        correct::refused(work, memo);
    } else {
        credit.state = CreditState::Refused;
        variance::cured(work, version);
        if exposure::is_advance(&work.state, version) {
            exposure::withdraw(work);
            let deserved = milestone::of(&work.state);
            work.milestone(deserved);
            return;
        }
        rule::set_credits(&mut work.state, version, SliceCredit::None);
        work.milestone(BusinessCode::R550);
    }
}

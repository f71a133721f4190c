//! What the policy says to disposed goods, and where their quantity goes with the answer.

use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, ExceptionCode};

use crate::buckets::Bucket;
use crate::correct;
use crate::escalate;
use crate::money_state::{CreditState, Slice, SliceCredit};
use crate::policy::{Facts, Policy, Question};
use crate::state::ReturnState;
use crate::variance;
use crate::work::{Problem, Work};
use crate::{exposure, vendor};

/// Asks the policy about every slice that has no answer yet. No rule means an exception, never 0 % or 100 %.
pub(crate) fn rule(work: &mut Work<'_>, policy: &Policy) {
    let mut refused = false;
    for index in 0..work.state.slices.len() {
        let Some(slice) = work.state.slices.get(index) else {
            continue;
        };
        if slice.credit != SliceCredit::Unruled {
            continue;
        }
        if vendor::waits_for_supplier(&work.state, policy, slice) {
            continue;
        }
        let about = format!("credit/{}/{}", slice.line_no, slice.of());
        let Some(facts) = facts(&work.state, slice) else {
            continue;
        };
        let percent = match policy.credit_percent(&facts) {
            Ok(percent) => percent,
            Err(unanswered) => {
                let reason = format!(
                    "policy {} {} for line {} (item {}, reason {}, action {}, liability {}): \
                     {}, then replay; {} base units wait for it",
                    policy.version,
                    unanswered.told(Question::CreditPercent),
                    slice.line_no,
                    facts.sku,
                    facts.reason,
                    slice.action,
                    slice.liability,
                    unanswered.fix(),
                    slice.qty
                );
                gap(work, &about, reason);
                continue;
            }
        };
        work.cured(ExceptionCode::PolicyGap, &about);
        if percent.value.is_zero() {
            refused = true;
            set_credit(&mut work.state, index, SliceCredit::None);
        } else {
            let credit = work.state.credit_of_slice();
            set_credit(&mut work.state, index, credit);
        }
    }
    if refused {
        work.milestone(BusinessCode::R550);
    }
}

pub(crate) fn facts<'a>(state: &'a ReturnState, slice: &Slice) -> Option<Facts<'a>> {
    let line = state
        .lines
        .iter()
        .find(|line| line.line.line_no == slice.line_no)?;
    Some(Facts {
        action: Some(slice.action),
        liability: Some(slice.liability),
        condition: slice.condition(),
        ..Facts::of(&state.header, &line.line)
    })
}

/// Bucket in which the quantity of a slice is.
const fn bucket(credit: SliceCredit) -> Bucket {
    match credit {
        SliceCredit::Provisional | SliceCredit::Unruled => Bucket::Disposed,
        SliceCredit::Due => Bucket::CreditDue,
        SliceCredit::Reserved => Bucket::CreditReserved,
        SliceCredit::Credited | SliceCredit::Advanced => Bucket::Credited,
        SliceCredit::Replaced | SliceCredit::None => Bucket::NoCredit,
        SliceCredit::Reversed => Bucket::CreditReversed,
    }
}

/// Changes what is credited for a slice, and moves its quantity.
pub(crate) fn set_credit(state: &mut ReturnState, index: usize, credit: SliceCredit) {
    let Some(slice) = state.slices.get_mut(index) else {
        return;
    };
    let (from, to) = (bucket(slice.credit), bucket(credit));
    slice.credit = credit;
    let line = state
        .lines
        .iter_mut()
        .find(|line| line.line.line_no == slice.line_no);
    if let Some(line) = line {
        line.buckets.shift(from, to, slice.qty);
    }
}

/// Changes all slices of a credit.
pub(crate) fn set_credits(state: &mut ReturnState, version: u32, credit: SliceCredit) {
    for index in slices_of(state, version) {
        set_credit(state, index, credit);
    }
}

pub(crate) fn slices_of(state: &ReturnState, version: u32) -> Vec<usize> {
    let slices = state.slices.iter().enumerate();
    slices
        .filter(|(_, slice)| slice.calc_version == Some(version))
        .map(|(index, _)| index)
        .collect()
}

/// Takes a slice back to before the policy was asked. A credit that is not released is replaced, its approval with it; one
/// that is, is corrected later.
pub(crate) fn unrule(work: &mut Work<'_>, index: usize) {
    let Some(slice) = work.state.slices.get(index) else {
        return;
    };
    if slice.at.is_none() || slice.credit == SliceCredit::Provisional {
        return;
    }
    let version = slice.calc_version;
    let memo = correct::memo_of_slice(&work.state, slice);
    match (memo, version) {
        (Some(memo), _) => {
            if !correct::touch(work, memo) {
                return;
            }
        }
        (None, Some(version)) => supersede(work, version),
        (None, None) => {}
    }
    set_credit(&mut work.state, index, SliceCredit::Unruled);
}

/// Replaces a credit that is not released yet: its slices are due again, its approval counts for nothing.
pub(crate) fn supersede(work: &mut Work<'_>, version: u32) {
    set_credits(&mut work.state, version, SliceCredit::Due);
    for index in slices_of(&work.state, version) {
        if let Some(slice) = work.state.slices.get_mut(index) {
            slice.calc_version = None;
        }
    }
    let credit = work
        .state
        .credits
        .iter_mut()
        .find(|credit| credit.version == version);
    let Some(credit) = credit else { return };
    credit.state = CreditState::Superseded;
    let (id, corrects) = (credit.approval_id.clone(), credit.corrects);
    variance::cured(work, version);
    if let Some(memo) = corrects {
        correct::again(&mut work.state, memo);
    }
    let is_open = exposure::is_advance(&work.state, version);
    if let Some(exposure) = work.state.exposure.as_mut().filter(|_| is_open) {
        exposure.credit = None;
    }
    let Some(id) = id else {
        return;
    };
    let approval = work
        .state
        .approvals
        .iter_mut()
        .find(|a| a.approval_id == id);
    let Some(approval) = approval else { return };
    approval.state = ApprovalState::Superseded;
    let approval = approval.clone();
    escalate::over(work, &approval);
}

pub(crate) fn gap(work: &mut Work<'_>, about: &str, reason: String) {
    work.raise_until_cured(Problem {
        code: ExceptionCode::PolicyGap,
        severity: Severity::Error,
        about,
        reason,
    });
}

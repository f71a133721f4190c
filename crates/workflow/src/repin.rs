//! Which policy a return is under once a gap in its own was mended by a newer version.

use crate::buckets::Bucket;
use crate::money_state::{CreditRecord, CreditState, SliceCredit};
use crate::policy::{ApprovalTrigger, Facts, Policy};
use crate::release::gross_in_base;
use crate::rule::{facts, slices_of, supersede};
use crate::state::ReturnState;
use crate::work::Work;

/// Puts the return under the policy that holds now, at an operator's replay. A return keeps the version that it was
/// authorised under; there is one way out of it, and all of this must hold:
///
/// - no credit was released: what is credited, or may be, was calculated under the version of its time;
/// - the pinned version has a gap for what waits, the one that holds now answers it, and leaves nothing open that the
///   pinned one answers;
/// - the one that holds now took effect later than the pinned one.
///
/// Credits that were calculated and not released are calculated anew, and approved anew. What was decided stays decided:
/// goods without credit stay without, the window and the way of booking stay as they were at authorisation. The replay
/// and who asked for it are in the audit trail; the version is in every later calculation.
pub(crate) fn repin(work: &mut Work<'_>) {
    let header = &work.state.header;
    let policies = work.given.policies;
    let Some(pinned) = policies.version(&header.policy_version) else {
        return;
    };
    let Some(newest) = policies.at(&header.legal_entity, work.given.now) else {
        return;
    };
    let is_newer = newest.effective_from > pinned.effective_from;
    if !is_newer || is_released(&work.state) || !mends(&work.state, pinned, newest) {
        return;
    }
    work.state.header.policy_version.clone_from(&newest.version);
    let open: Vec<u32> = work
        .state
        .credits
        .iter()
        .filter(|credit| {
            matches!(
                credit.state,
                CreditState::Held | CreditState::PendingApproval
            )
        })
        .map(|credit| credit.version)
        .collect();
    for version in open {
        supersede(work, version);
    }
}

/// True if a credit memo was ever asked for.
fn is_released(state: &ReturnState) -> bool {
    state.credits.iter().any(|credit| {
        matches!(
            credit.state,
            CreditState::Posting | CreditState::Credited | CreditState::Reversed
        )
    })
}

/// True if the newer version answers something that the pinned one does not, and everything that it does.
fn mends(state: &ReturnState, pinned: &Policy, newer: &Policy) -> bool {
    let before = answers(state, pinned);
    let after = answers(state, newer);
    let mut pairs = before.iter().zip(&after);
    before != after && pairs.all(|(before, after)| *after || !*before)
}

/// What waits, and whether the policy answers it: each slice that is not credited, who must approve each credit that is
/// held, then who may take late goods.
fn answers(state: &ReturnState, policy: &Policy) -> Vec<bool> {
    let waits = |credit| {
        matches!(
            credit,
            SliceCredit::Unruled | SliceCredit::Due | SliceCredit::Reserved
        )
    };
    let slices = state.slices.iter().filter(|slice| waits(slice.credit));
    let mut answers: Vec<bool> = slices
        .filter_map(|slice| facts(state, slice))
        .map(|facts| is_ruled(policy, &facts))
        .collect();
    let held = |credit: &&CreditRecord| credit.state == CreditState::Held;
    for credit in state.credits.iter().filter(held) {
        let slices = slices_of(state, credit.version).into_iter();
        let slices = slices.filter_map(|index| state.slices.get(index));
        let facts: Vec<Facts<'_>> = slices.filter_map(|slice| facts(state, slice)).collect();
        let gross = gross_in_base(state, policy, credit.gross_minor);
        answers.push(gross.is_ok_and(|gross| policy.approvals(gross, &facts, &[]).is_ok()));
    }
    if state.in_bucket(Bucket::Received).is_positive() {
        let lines = state.lines.iter();
        let facts: Vec<Facts<'_>> = lines
            .map(|line| Facts::of(&state.header, &line.line))
            .collect();
        let demands = policy.approvals(0, &facts, &[ApprovalTrigger::LateReturn]);
        answers.push(demands.is_ok_and(|demands| !demands.is_empty()));
    }
    answers
}

/// True if the policy says what is credited, and what is taken from it and given on top.
fn is_ruled(policy: &Policy, facts: &Facts<'_>) -> bool {
    policy.credit_percent(facts).is_ok_and(|percent| {
        percent.value.is_zero()
            || (policy.restocking_fee(facts).is_ok()
                && policy.outbound_freight(facts).is_ok()
                && policy.return_label(facts).is_ok())
    })
}

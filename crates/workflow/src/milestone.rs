//! The milestone that a state deserves, for a return whose last one (an effect failed) is true no more.

use canonical::{ApprovalState, BusinessCode, EffectKind, Lifecycle};

use crate::buckets::Bucket;
use crate::money_state::{CreditState, EffectState};
use crate::state::ReturnState;
use crate::status;
use crate::work::Work;

/// What a failed effect shows as. A message that did not reach the customer, or a document that did not reach the partner,
/// stops nothing and shows nowhere.
pub(crate) const fn blocked_code(kind: EffectKind) -> Option<BusinessCode> {
    match kind {
        EffectKind::Notify | EffectKind::Edi180 | EffectKind::Edi812 => None,
        EffectKind::ErpStockTransfer | EffectKind::ErpScrap | EffectKind::ErpReceiptHold => {
            Some(BusinessCode::R610)
        }
        _ => Some(BusinessCode::R700),
    }
}

/// Publishes what the return is now, if it still shows a failure and no effect is behind it any more.
pub(crate) fn mend(work: &mut Work<'_>) {
    let code = work.state.code;
    let shows_failure = matches!(code, BusinessCode::R610 | BusinessCode::R700);
    if shows_failure && !failures(&work.state).any(|failure| failure == code) {
        let deserved = of(&work.state);
        work.milestone(deserved);
    }
}

/// What the failed effects of a return show as.
fn failures(state: &ReturnState) -> impl Iterator<Item = BusinessCode> {
    let effects = state.effects.iter();
    effects
        .filter(|effect| matches!(effect.state, EffectState::Blocked(_)))
        .filter_map(|effect| blocked_code(effect.kind))
}

/// The milestone of a return, from nothing but its state: a failure first, then what money is under way, then the goods
/// that are least far, then what has ended.
pub(crate) fn of(state: &ReturnState) -> BusinessCode {
    if let Some(failure) = failures(state).max() {
        return failure;
    }
    match state.lifecycle() {
        Lifecycle::Requested => BusinessCode::R100,
        Lifecycle::PendingAuthorization => BusinessCode::R120,
        Lifecycle::Declined => BusinessCode::R130,
        Lifecycle::Authorized if state.in_bucket(Bucket::InTransit).is_positive() => {
            BusinessCode::R210
        }
        Lifecycle::Authorized => BusinessCode::R200,
        Lifecycle::Expired => BusinessCode::R220,
        Lifecycle::Cancelled => BusinessCode::R230,
        Lifecycle::InProgress => money(state)
            .or_else(|| goods(state))
            .unwrap_or_else(|| ended(state)),
        Lifecycle::Settled => BusinessCode::R800,
        Lifecycle::Closed => BusinessCode::R900,
    }
}

/// Money under way: what a person must decide first.
fn money(state: &ReturnState) -> Option<BusinessCode> {
    let any = |wanted| state.credits.iter().any(|credit| credit.state == wanted);
    let is_approved = |id: &String| {
        let mut approvals = state.approvals.iter();
        approvals.any(|a| a.approval_id == *id && a.state == ApprovalState::Approved)
    };
    let mut held = state
        .credits
        .iter()
        .filter(|credit| credit.state == CreditState::Held);
    if any(CreditState::PendingApproval) {
        Some(BusinessCode::R510)
    } else if any(CreditState::Posting) {
        Some(BusinessCode::R530)
    } else if held
        .clone()
        .any(|credit| credit.approval_id.as_ref().is_some_and(is_approved))
    {
        Some(BusinessCode::R520)
    } else {
        held.next().map(|_| BusinessCode::R500)
    }
}

/// Goods under way: on hold, to be inspected, to be disposed, to be ruled.
fn goods(state: &ReturnState) -> Option<BusinessCode> {
    let any = |buckets: &[Bucket]| state.in_buckets(buckets).is_positive();
    let is_begun = any(&[Bucket::Inspected]) || any(Bucket::DISPOSED);
    if any(&[Bucket::Received]) {
        Some(BusinessCode::R120)
    } else if any(&[Bucket::OverHold, Bucket::UnmatchedHold]) || status::strays(state).is_positive()
    {
        Some(BusinessCode::R320)
    } else if any(&[Bucket::PendingInspection]) && is_begun {
        Some(BusinessCode::R400)
    } else if any(&[Bucket::PendingInspection]) {
        Some(arrived(state))
    } else if any(&[Bucket::Inspected]) {
        Some(BusinessCode::R410)
    } else if any(&[Bucket::Disposed, Bucket::CreditDue]) {
        Some(BusinessCode::R420)
    } else {
        None
    }
}

/// How much of what is expected came.
pub(crate) fn arrived(state: &ReturnState) -> BusinessCode {
    let open = state.in_buckets(&[Bucket::Authorized, Bucket::InTransit]);
    if open.is_zero() {
        BusinessCode::R310
    } else {
        BusinessCode::R300
    }
}

/// Everything that came is at its end.
fn ended(state: &ReturnState) -> BusinessCode {
    let any = |bucket| state.in_bucket(bucket).is_positive();
    if state.in_buckets(Bucket::ACCEPTED).is_zero() {
        // in progress without goods: something left in advance
        return if state.credited().minor > 0 {
            BusinessCode::R540
        } else {
            BusinessCode::R200
        };
    }
    if any(Bucket::Credited) {
        BusinessCode::R540
    } else if any(Bucket::CreditReversed) {
        BusinessCode::R560
    } else if any(Bucket::NoCredit) {
        BusinessCode::R550
    } else {
        arrived(state)
    }
}

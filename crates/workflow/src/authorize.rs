//! Authorisation: units of the invoice are reserved, the RMA is issued, the partners are told.

use canonical::approval::ApprovalSubject;
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{BusinessCode, DenialReason, ExceptionCode, Lifecycle, Qty, ReturnType};

use crate::approvals::{self, Ask};
use crate::buckets::Bucket;
use crate::claims::{self, invoice_line, lowest_free};
use crate::eligibility::{self, end_of_day_after};
use crate::exposure::{Exposure, ExposureKind};
use crate::keys;
use crate::policy::{ApprovalTrigger, Facts, Question};
use crate::state::ReturnState;
use crate::step::Claim;
use crate::work::{Problem, Work};
use crate::{apply, blind, no_receipt, partner, plan, replace};

/// Reserves and authorises; declines when an invoice line has too few units left.
pub(crate) fn reserve_and_authorize(work: &mut Work<'_>) {
    decidable(work);
    work.milestone(BusinessCode::R110);
    if reserve(work) {
        authorize(work);
    } else {
        decline(work, DenialReason::QuantityDifference);
    }
}

/// Nothing is missing any more to decide on the request.
fn decidable(work: &mut Work<'_>) {
    for code in [
        ExceptionCode::PolicyGap,
        ExceptionCode::PriceVariance,
        ExceptionCode::FxVariance,
    ] {
        work.cured(code, eligibility::ABOUT);
    }
}

/// Reserves and asks for approval. Units are held from now on, so that the approval cannot come too late for them.
pub(crate) fn ask(work: &mut Work<'_>, why: &str) {
    let Some(policy) = work.policy() else { return };
    let facts: Vec<Facts<'_>> = work
        .state
        .lines
        .iter()
        .map(|line| Facts::of(&work.state.header, &line.line))
        .collect();
    let trigger = trigger(&work.state);
    let demands = policy.approvals(0, &facts, &[trigger]);
    let stuck = match &demands {
        Ok(demands) if demands.is_empty() => Some((
            "says nobody who may allow it".to_owned(),
            match trigger {
                ApprovalTrigger::Blind => "add an approval rule on blind or policy_exception",
                _ => "add an approval rule on policy_exception",
            },
        )),
        Ok(_) => None,
        Err(unanswered) => Some((unanswered.told(Question::Approval), unanswered.fix())),
    };
    if let Some((what, fix)) = stuck {
        let reason = format!(
            "{why}; policy {} {what}: {fix}, then replay the request",
            policy.version
        );
        work.raise_until_cured(Problem {
            code: ExceptionCode::PolicyGap,
            severity: Severity::Error,
            about: eligibility::ABOUT,
            reason,
        });
        return;
    }
    decidable(work);
    if !reserve(work) {
        decline(work, DenialReason::QuantityDifference);
        return;
    }
    let expires_at = policy.approval_due(work.given.now);
    let number = work.state.approvals.len() + 1;
    let mut approval = approvals::request(Ask {
        approval_id: keys::exception_approval(work.state.return_id(), number),
        subject: ApprovalSubject::Return,
        calc_hash: String::new(),
        requested_by: requester(work),
        demands: &demands.unwrap_or_default(),
        expires_at: Some(expires_at),
    });
    approval.asked_at = Some(work.given.now);
    work.set_timer(TimerKind::ApprovalSla, &approval.approval_id, expires_at);
    work.state.approvals.push(approval);
    work.enter(Lifecycle::PendingAuthorization);
    work.milestone(BusinessCode::R120);
}

/// Why somebody is asked about a return that the policy does not simply allow.
pub(crate) fn trigger(state: &ReturnState) -> ApprovalTrigger {
    if state.header.return_type == ReturnType::Blind {
        ApprovalTrigger::Blind
    } else {
        ApprovalTrigger::PolicyException
    }
}

/// Who asked: the named person, else the system.
pub(crate) fn requester(work: &Work<'_>) -> String {
    let request = &work.state.request;
    request.by.clone().unwrap_or_else(|| request.system.clone())
}

/// Takes the lowest free units of each invoice line. Nothing is taken unless all lines get theirs.
fn reserve(work: &mut Work<'_>) -> bool {
    let header = &work.state.header;
    let mut mine: Vec<Claim> = Vec::new();
    let mut by_line: Vec<Vec<(Qty, Qty)>> = Vec::new();
    for line in &work.state.lines {
        let (Some(reference), Some(invoiced)) = (&line.line.invoice_ref, &line.line.invoiced)
        else {
            by_line.push(vec![(Qty::ZERO, line.base)]);
            continue;
        };
        let name = invoice_line(&header.legal_entity, reference);
        let taken: Vec<(Qty, Qty)> = work
            .given
            .claims
            .iter()
            .filter(|claim| claim.return_id != header.return_id)
            .chain(&mine)
            .filter(|claim| claim.invoice_line == name)
            .map(|claim| (claim.from, claim.to))
            .collect();
        let Some(units) = lowest_free(invoiced.base_qty, &taken, line.base) else {
            return false;
        };
        mine.extend(units.iter().map(|(from, to)| Claim {
            invoice_line: name.clone(),
            from: *from,
            to: *to,
            return_id: header.return_id.clone(),
            facts: claims::told(&line.line),
        }));
        by_line.push(units);
    }
    for (line, units) in work.state.lines.iter_mut().zip(by_line) {
        line.claims = units;
    }
    work.step.claims.extend(mine);
    true
}

/// Refuses the return and gives its reservations back.
pub(crate) fn decline(work: &mut Work<'_>, reason: DenialReason) {
    crate::reservation::free_all(work);
    work.state.denial = Some(reason);
    work.enter(Lifecycle::Declined);
    work.milestone(BusinessCode::R130);
    partner::answer(work, Some(reason));
    apply::replay_early(work);
}

/// Authorises a return that waited for somebody's permission.
pub(crate) fn authorize_if_pending(work: &mut Work<'_>) {
    if work.state.header.lifecycle == Lifecycle::PendingAuthorization {
        authorize(work);
    }
}

/// Issues the RMA.
pub(crate) fn authorize(work: &mut Work<'_>) {
    let Some(policy) = work.policy() else { return };
    let now = work.given.now;
    blind::let_go(work);
    work.state.posting = policy.inventory_posting();
    let header = &mut work.state.header;
    header.policy_version.clone_from(&policy.version);
    header.authorized_at = Some(now);
    work.enter(Lifecycle::Authorized);
    for line in &mut work.state.lines {
        line.line.qty_authorized = line.line.qty_requested;
        let base = line.base;
        line.buckets
            .shift(Bucket::Outside, Bucket::Authorized, base);
    }
    let header = &work.state.header;
    let days = work
        .state
        .lines
        .iter()
        .filter_map(|line| policy.window_days(&Facts::of(header, &line.line)).ok())
        .map(|ruled| ruled.value)
        .max();
    let expires_at = days.and_then(|days| end_of_day_after(now, &header.tz, days));
    let expects_goods = !no_receipt::is_without_goods(&work.state);
    let expires_at = expires_at.filter(|_| expects_goods);
    work.state.header.expires_at = expires_at;
    if let Some(expires_at) = expires_at {
        work.set_timer(TimerKind::Expiry, "", expires_at);
    }
    work.milestone(BusinessCode::R200);
    plan::return_order(work);
    if expects_goods {
        plan::announcement(work);
    }
    plan::notification(work, BusinessCode::R200);
    partner::answer(work, None);
    match work.state.header.return_type {
        ReturnType::CreditOnly => no_receipt::open(work),
        ReturnType::AdvanceCredit => {
            work.state.exposure = Some(Exposure::new(ExposureKind::Credit));
        }
        ReturnType::AdvanceReplacement => replace::up_front(work, policy),
        ReturnType::Physical
        | ReturnType::Blind
        | ReturnType::Recall
        | ReturnType::VendorDirect
        | ReturnType::Intercompany => {}
    }
    apply::replay_early(work);
}

//! A calculated credit on its way out: through the guard, or to the people who must approve it.

use canonical::approval::{Approval, ApprovalAmount, ApprovalSubject, Decision, Requirement};
use canonical::calculation::Calculation;
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{
    ApprovalState, BusinessCode, CreditBasis, ExceptionCode, InspectionResult, Qty, ReturnType,
};

use crate::account;
use crate::approvals::{self, Ask};
use crate::approvers::{Approvers, are_one};
use crate::authorize::requester;
use crate::compensate::{ABOUT, calculate, calculate_advance};
use crate::correct;
use crate::credit::{self, Unrated};
use crate::exposure;
use crate::guard::{self, Evidence, Stop};
use crate::history;
use crate::keys;
use crate::money_state::{CreditState, Slice};
use crate::no_receipt::{self, Outside};
use crate::policy::{ApprovalTrigger, Facts, Policy, Question, Unanswered};
use crate::post;
use crate::rule::{facts, gap, slices_of, supersede};
use crate::state::ReturnState;
use crate::tax;
use crate::variance::{self, Demand};
use crate::work::{Problem, Work};

/// Lets a credit out if nothing stops it; else asks for approval, or leaves it held.
pub(crate) fn release(work: &mut Work<'_>, policy: &Policy, version: u32) {
    let group = slices_of(&work.state, version);
    let Some(credit) = work
        .state
        .credits
        .iter()
        .find(|credit| credit.version == version)
    else {
        return;
    };
    let (hash, as_of, has_approval) = (
        &credit.calc_hash,
        credit.as_of,
        credit.approval_id.is_some(),
    );
    if let Err(unrated) = credit::rate(&work.state.header, policy.base_currency) {
        return not_converted(work, unrated);
    }
    let is_advance = exposure::is_advance(&work.state, version);
    let recalculated = match credit.corrects {
        Some(memo) => correct::calculation(&work.state, policy, version, (memo, &group), as_of)
            .map(|found| found.map(|(calculation, _)| calculation)),
        None if is_advance => calculate_advance(&work.state, policy, version, as_of),
        None => calculate(&work.state, policy, &group, (version, None), as_of),
    };
    let mut calculation = match recalculated {
        Ok(Some(calculation)) if calculation.calc_hash == *hash => calculation,
        // What it was calculated from has changed since: calculated anew, approved anew.
        Ok(_) | Err(_) => {
            supersede(work, version);
            return;
        }
    };
    let is_correction = calculation.basis == CreditBasis::Correction;
    if !is_correction && tax::waits(work, policy, version, &mut calculation) {
        return;
    }
    let amount = match amount(work, policy, &calculation) {
        Ok(amount) => amount,
        Err(unrated) => return not_converted(work, unrated),
    };
    let mut demands = match demands(&work.state, policy, &group, (&calculation, amount)) {
        Ok(demands) => demands,
        Err(unanswered) => return nobody_can_say(work, policy, &unanswered),
    };
    work.cured(ExceptionCode::PolicyGap, ABOUT_RULES);
    let outside = no_receipt::outside(work, policy, &calculation);
    if let Some(outside) = &outside {
        let more = policy.approvals_on(outside.trigger).unwrap_or_default();
        if more.is_empty() {
            nobody_may(work, policy, outside);
            return;
        }
        demands.extend(more);
    }
    work.cured(ExceptionCode::PolicyGap, ABOUT_OUTSIDE);
    match variance::demand(policy, &mut calculation) {
        Demand::Nothing => {}
        Demand::Approval(more) => {
            variance::raise(work, policy, &calculation);
            demands.extend(more);
        }
        Demand::Nobody => {
            variance::raise(work, policy, &calculation);
            return;
        }
    }
    if demands.is_empty() && calculation.totals.gross_minor < 0 {
        let reason = format!(
            "policy {} says nobody who may take a part of a posted credit back: add an approval rule with \
             trigger = \"correction\", then replay; the credit stands until then",
            policy.version
        );
        return gap(work, correct::ABOUT, reason);
    }
    work.cured(ExceptionCode::PolicyGap, correct::ABOUT);
    let asked = Asked {
        demands: &demands,
        amount,
        covers: covers(&calculation),
    };
    let closed = account::closed(work);
    let evidence = Evidence {
        state: &work.state,
        version,
        demands: &demands,
        closed_account: closed.as_deref(),
    };
    match guard::release(calculation, &evidence) {
        Ok(release) => {
            for code in STOPS {
                work.cured(*code, ABOUT);
            }
            variance::cured(work, version);
            post::released(work, version, release);
            if let Some(terms) = policy.advance_credit()
                && exposure::is_advance(&work.state, version)
            {
                exposure::begin(work, terms);
            }
        }
        Err(Stop::NotApproved) if !has_approval => ask(work, policy, version, &asked),
        Err(Stop::NotApproved) => {}
        Err(stop) => stopped(work, &stop),
    }
}

/// What exceptions about a credit that nobody may allow are about.
const ABOUT_OUTSIDE: &str = "credit/outside";

/// What exceptions about a credit are about of which nobody can say who must approve it.
const ABOUT_RULES: &str = "credit/approval";

fn nobody_can_say(work: &mut Work<'_>, policy: &Policy, unanswered: &Unanswered) {
    let reason = format!(
        "who must approve a credit cannot be told: policy {} {}: {}, then replay; it is held until then",
        policy.version,
        unanswered.told(Question::Approval),
        unanswered.fix()
    );
    gap(work, ABOUT_RULES, reason);
}

fn nobody_may(work: &mut Work<'_>, policy: &Policy, outside: &Outside) {
    let reason = format!(
        "a credit before or without goods is outside of policy {} ({}), which says nobody who may allow it: \
         add a rule of approval on {}, then replay; nothing is credited until then",
        policy.version,
        outside.why.join("; "),
        outside.trigger.word()
    );
    gap(work, ABOUT_OUTSIDE, reason);
}

/// A credit of which nobody can say what it is in the currency of the books, so neither who must approve it.
fn not_converted(work: &mut Work<'_>, unrated: Unrated) {
    work.raise_until_cured(Problem {
        code: ExceptionCode::FxVariance,
        severity: Severity::Error,
        about: ABOUT,
        reason: format!(
            "a calculated credit is not released: {unrated}, and nothing is converted 1:1; withdraw what is left of the return \
             and have it asked for anew with base_currency and fx_rate, or credit it in the ERP by hand"
        ),
    });
}

/// Codes of what stops a credit until its cause is gone.
const STOPS: &[ExceptionCode] = &[
    ExceptionCode::CustomerHold,
    ExceptionCode::TaxVariance,
    ExceptionCode::PriceVariance,
    ExceptionCode::FxVariance,
];

/// What stopped a credit is over when no credit is held any more: it left, or its goods are not to be credited now.
pub(crate) fn end_stops(work: &mut Work<'_>) {
    let mut credits = work.state.credits.iter();
    if credits.any(|credit| credit.state == CreditState::Held) {
        return;
    }
    for code in STOPS {
        work.cured(*code, ABOUT);
    }
}

/// Money of a credit, and what it is compared with. An approved one is compared no more.
fn amount(
    work: &mut Work<'_>,
    policy: &Policy,
    calculation: &Calculation,
) -> Result<ApprovalAmount, Unrated> {
    let gross = calculation.totals.gross_minor;
    let gross_minor = gross_in_base(&work.state, policy, gross)?;
    let compared_minor = if guard::is_approved(&work.state, calculation) {
        gross_minor
    } else if calculation.basis != CreditBasis::Correction {
        history::compared(work, policy, calculation, gross_minor)
    } else if gross < 0 {
        gross_in_base(&work.state, policy, gross.saturating_abs())?
    } else {
        // Like the whole of what is credited then, and like the sum over other returns.
        let in_all = correct::in_all(&work.state, calculation.calc_version);
        let in_all = gross_in_base(&work.state, policy, in_all)?;
        history::compared(work, policy, calculation, gross_minor).max(in_all)
    };
    Ok(ApprovalAmount {
        gross_minor,
        compared_minor,
        ccy: policy.base_currency,
    })
}

/// Units of a credit, sorted and joined, so that the same units are the same however they were cut.
fn covers(calculation: &Calculation) -> Vec<String> {
    let units: Vec<(String, Qty, Qty)> = calculation
        .slices
        .iter()
        .map(|s| (s.line_no.to_string(), s.position_from, s.position_to))
        .collect();
    let joined = keys::join_units(&units).into_iter();
    joined
        .map(|(line, from, to)| format!("{line}:{from}-{to}"))
        .collect()
}

fn stopped(work: &mut Work<'_>, stop: &Stop) {
    let code = match stop {
        Stop::Hold(_) => ExceptionCode::CustomerHold,
        Stop::Cap { .. } => ExceptionCode::CreditCapExceeded,
        Stop::Variance(kind) if kind == credit::PRICE => ExceptionCode::PriceVariance,
        Stop::Variance(kind) if kind == "FX" => ExceptionCode::FxVariance,
        Stop::Variance(_) => ExceptionCode::TaxVariance,
        Stop::Account(_) => ExceptionCode::CustomerHold,
        Stop::Lifecycle(_) | Stop::Basis { .. } | Stop::Nothing(_) | Stop::NotApproved => {
            ExceptionCode::NotAllowedNow
        }
    };
    work.raise_until_cured(Problem {
        code,
        severity: Severity::Warning,
        about: ABOUT,
        reason: format!(
            "a calculated credit is not released: {stop}; it leaves once that has changed"
        ),
    });
}

/// Who must approve a credit. An extra memo is approved like the whole of what is credited then, so that no amount comes in
/// slices; taking something back always needs somebody: whom the policy names for corrections, else for exceptions.
fn demands(
    state: &ReturnState,
    policy: &Policy,
    group: &[usize],
    (calculation, amount): (&Calculation, ApprovalAmount),
) -> Result<Vec<(String, Requirement)>, Unanswered> {
    let slices: Vec<&Slice> = group
        .iter()
        .filter_map(|index| state.slices.get(*index))
        .collect();
    let is_advance = calculation.basis == CreditBasis::Advance;
    let facts = asked_with(state, &slices, is_advance);
    let is_correction = calculation.basis == CreditBasis::Correction;
    let flags = triggers(state, &slices, is_correction);
    let demands = policy.approvals(amount.compared_minor, &facts, &flags)?;
    if demands.is_empty() && is_correction && calculation.totals.gross_minor < 0 {
        return policy.approvals(0, &facts, &[ApprovalTrigger::PolicyException]);
    }
    Ok(demands)
}

/// The facts that rules of approval are asked with: of each slice, or of each line before there are any goods.
pub(crate) fn asked_with<'a>(
    state: &'a ReturnState,
    slices: &[&'a Slice],
    is_advance: bool,
) -> Vec<Facts<'a>> {
    if is_advance {
        let lines = state.lines.iter();
        lines
            .map(|line| Facts::of(&state.header, &line.line))
            .collect()
    } else {
        let slices = slices.iter();
        slices.filter_map(|slice| facts(state, slice)).collect()
    }
}

/// What about these slices needs a person, whatever the amount.
pub(crate) fn triggers(
    state: &ReturnState,
    slices: &[&Slice],
    is_correction: bool,
) -> Vec<ApprovalTrigger> {
    let mut flags = Vec::new();
    let without_invoice = state.lines.iter().any(|line| {
        line.line.invoice_ref.is_none() && slices.iter().any(|s| s.line_no == line.line.line_no)
    });
    if without_invoice {
        flags.push(ApprovalTrigger::NoInvoice);
    }
    if slices
        .iter()
        .flat_map(|slice| &slice.pieces)
        .any(|piece| needs_review(piece.result))
    {
        flags.push(ApprovalTrigger::ConditionReview);
    }
    if state.header.return_type == ReturnType::Blind {
        flags.push(ApprovalTrigger::Blind);
    }
    if is_correction {
        flags.push(ApprovalTrigger::Correction);
    }
    flags
}

/// Results after which somebody should look at the goods again. Conditions are the policy's own matter: its rules ask for
/// them by name.
const fn needs_review(result: InspectionResult) -> bool {
    matches!(
        result,
        InspectionResult::Untestable | InspectionResult::Conditional
    )
}

/// Gross in minor units of the policy's currency, at the rate of the invoice.
pub(crate) fn gross_in_base(
    state: &ReturnState,
    policy: &Policy,
    gross_minor: i64,
) -> Result<i64, Unrated> {
    credit::in_books(&state.header, policy.base_currency, gross_minor)
}

/// What is asked, about how much, for which units.
struct Asked<'a> {
    demands: &'a [(String, Requirement)],
    amount: ApprovalAmount,
    covers: Vec<String>,
}

fn ask(work: &mut Work<'_>, policy: &Policy, version: u32, asked: &Asked<'_>) {
    let expires_at = policy.approval_due(work.given.now);
    let Some(credit) = work
        .state
        .credits
        .iter()
        .find(|credit| credit.version == version)
    else {
        return;
    };
    let mut approval = approvals::request(Ask {
        approval_id: keys::calc_approval(work.state.return_id(), &credit.calc_hash),
        subject: ApprovalSubject::Calc,
        calc_hash: credit.calc_hash.clone(),
        requested_by: requester(work),
        demands: asked.demands,
        expires_at: Some(expires_at),
    });
    approval.asked_at = Some(work.given.now);
    approval.amount = Some(asked.amount);
    approval.covers.clone_from(&asked.covers);
    let approvers = work.given.policies.approvers();
    let is_carried = carry(&work.state, (policy, approvers), &mut approval);
    let id = approval.approval_id.clone();
    let is_granted = approval.state == ApprovalState::Approved;
    work.state.approvals.push(approval);
    let credit = work
        .state
        .credits
        .iter_mut()
        .find(|credit| credit.version == version);
    if let Some(credit) = credit {
        credit.approval_id = Some(id.clone());
        credit.state = CreditState::PendingApproval;
    }
    if is_carried {
        work.milestone(BusinessCode::R520);
    }
    if is_granted {
        release(work, policy, version);
    } else {
        work.set_timer(TimerKind::ApprovalSla, &id, expires_at);
        work.milestone(BusinessCode::R510);
    }
}

/// Takes over the decisions on an earlier calculation of the same units, if it was approved and only became smaller by no
/// more than the policy tolerates, and nobody who decided has taken part since. True if that grants the approval.
fn carry(
    state: &ReturnState,
    (policy, approvers): (&Policy, Option<&Approvers>),
    approval: &mut Approval,
) -> bool {
    let (Some(tolerance), Some(amount)) = (policy.decrease_tolerance(), approval.amount) else {
        return false;
    };
    let was_granted = |earlier: &&Approval| {
        earlier.subject == ApprovalSubject::Calc
            && earlier.state == ApprovalState::Superseded
            && earlier.covers == approval.covers
            && approvals::is_complete(earlier)
            && earlier.amount.is_some_and(|before| {
                let less = before.gross_minor.saturating_sub(amount.gross_minor);
                before.ccy == amount.ccy
                    && (1..=tolerance).contains(&less)
                    && before.compared_minor >= amount.compared_minor
            })
    };
    let Some(earlier) = state.approvals.iter().rfind(was_granted) else {
        return false;
    };
    let took_part = state.took_part();
    let is_own_work = |decision: &Decision| {
        approvals::people(decision)
            .any(|person| took_part.iter().any(|n| are_one(approvers, n, person)))
    };
    if earlier.decisions.iter().any(is_own_work) {
        return false;
    }
    let mut with_them = approval.clone();
    with_them.decisions.clone_from(&earlier.decisions);
    with_them.stand_ins.clone_from(&earlier.stand_ins);
    with_them.carried_from = Some(earlier.approval_id.clone());
    if !approvals::is_complete(&with_them) {
        return false;
    }
    with_them.state = ApprovalState::Approved;
    *approval = with_them;
    true
}

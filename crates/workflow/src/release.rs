//! A calculated credit on its way out: through the guard, or to the people who must approve it.

use canonical::approval::{ApprovalSubject, Requirement};
use canonical::calculation::Calculation;
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, CreditBasis, ExceptionCode, InspectionResult};

use crate::approvals::{self, Ask};
use crate::authorize::requester;
use crate::compensate::{ABOUT, calculate, calculate_advance};
use crate::credit;
use crate::exposure;
use crate::guard::{self, Evidence, Stop};
use crate::keys;
use crate::money_state::{CreditState, Slice};
use crate::no_receipt::{self, Outside};
use crate::policy::{ApprovalTrigger, Facts, Policy};
use crate::post;
use crate::rule::{facts, gap, slices_of, supersede};
use crate::state::ReturnState;
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
    let calculated = if exposure::is_advance(&work.state, version) {
        calculate_advance(&work.state, policy, version, as_of)
    } else {
        calculate(&work.state, policy, &group, version, as_of)
    };
    let calculation = match calculated {
        Ok(Some(calculation)) if calculation.calc_hash == *hash => calculation,
        // What it was calculated from has changed since: calculated anew, approved anew.
        Ok(_) | Err(_) => {
            supersede(work, version);
            return;
        }
    };
    let outside = no_receipt::outside(work, policy, &calculation);
    let mut demands = demands(&work.state, policy, &group, &calculation);
    if let Some(outside) = &outside {
        let more = policy.approvals(0, &[], &[outside.trigger]);
        if more.is_empty() {
            nobody_may(work, policy, outside);
            return;
        }
        work.cured(ExceptionCode::PolicyGap, ABOUT_OUTSIDE);
        demands.extend(more);
    }
    let evidence = Evidence {
        state: &work.state,
        version,
        demands: &demands,
    };
    match guard::release(calculation, &evidence) {
        Ok(release) => {
            work.cured(ExceptionCode::CustomerHold, ABOUT);
            post::credit_memo(work, version, release);
            if let Some(terms) = policy.advance_credit()
                && exposure::is_advance(&work.state, version)
            {
                exposure::begin(work, terms);
            }
        }
        Err(Stop::NotApproved) if !has_approval => ask(work, policy, version, &demands),
        Err(Stop::NotApproved) => {}
        Err(stop) => stopped(work, &stop),
    }
}

/// What exceptions about a credit that nobody may allow are about.
const ABOUT_OUTSIDE: &str = "credit/outside";

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

fn stopped(work: &mut Work<'_>, stop: &Stop) {
    let code = match stop {
        Stop::Hold(_) => ExceptionCode::CustomerHold,
        Stop::Cap { .. } => ExceptionCode::CreditCapExceeded,
        Stop::Variance(_) => ExceptionCode::TaxVariance,
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

/// Who must approve a credit.
fn demands(
    state: &ReturnState,
    policy: &Policy,
    group: &[usize],
    calculation: &Calculation,
) -> Vec<(String, Requirement)> {
    let slices: Vec<&Slice> = group
        .iter()
        .filter_map(|index| state.slices.get(*index))
        .collect();
    let facts: Vec<Facts<'_>> = if calculation.basis == CreditBasis::Advance {
        let lines = state.lines.iter();
        lines
            .map(|line| Facts::of(&state.header, &line.line))
            .collect()
    } else {
        let slices = slices.iter();
        slices.filter_map(|slice| facts(state, slice)).collect()
    };
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
    policy.approvals(
        gross_in_base(state, policy, calculation.totals.gross_minor),
        &facts,
        &flags,
    )
}

/// Results after which somebody should look at the goods again. Conditions are the policy's own matter: its rules ask for
/// them by name.
const fn needs_review(result: InspectionResult) -> bool {
    matches!(
        result,
        InspectionResult::Untestable | InspectionResult::Conditional
    )
}

/// Gross in minor units of the policy's currency, at the rate of the invoice. What cannot be converted counts as the
/// largest amount, so that the highest rung of approvals applies.
pub(crate) fn gross_in_base(state: &ReturnState, policy: &Policy, gross_minor: i64) -> i64 {
    let header = &state.header;
    if header.currency == policy.base_currency {
        gross_minor
    } else if header.base_currency == policy.base_currency {
        credit::in_base(header, gross_minor).unwrap_or(i64::MAX)
    } else {
        i64::MAX
    }
}

fn ask(work: &mut Work<'_>, policy: &Policy, version: u32, demands: &[(String, Requirement)]) {
    let expires_at = work.in_hours(policy.approval_sla_hours());
    let Some(credit) = work
        .state
        .credits
        .iter()
        .find(|credit| credit.version == version)
    else {
        return;
    };
    let approval = approvals::request(Ask {
        approval_id: keys::calc_approval(work.state.return_id(), &credit.calc_hash),
        subject: ApprovalSubject::Calc,
        calc_hash: credit.calc_hash.clone(),
        requested_by: requester(work),
        demands,
        expires_at: Some(expires_at),
    });
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
    if is_granted {
        release(work, policy, version);
    } else {
        work.set_timer(TimerKind::ApprovalSla, &id, expires_at);
        work.milestone(BusinessCode::R510);
    }
}

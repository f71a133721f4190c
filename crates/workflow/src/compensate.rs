//! From disposed goods to a credit: ruled by the policy, calculated, approved, released.

use canonical::approval::{ApprovalSubject, Requirement};
use canonical::calculation::Calculation;
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{ApprovalState, BusinessCode, ExceptionCode, InspectionResult};

use crate::approvals::{self, Ask};
use crate::authorize::requester;
use crate::buckets::Bucket;
use crate::credit::{self, CreditProblem, SliceInput};
use crate::guard::{self, Evidence, Stop};
use crate::keys;
use crate::money_state::{CreditRecord, CreditState, Slice, SliceCredit};
use crate::policy::{ApprovalTrigger, Facts, Granularity, Policy};
use crate::post;
use crate::state::ReturnState;
use crate::work::{Problem, Work};

/// What exceptions about the credit of the whole return are about.
const ABOUT: &str = "credit";

/// Rules what was disposed, then calculates, asks and releases as far as possible.
pub(crate) fn advance(work: &mut Work<'_>) {
    let is_waiting =
        |slice: &Slice| matches!(slice.credit, SliceCredit::Unruled | SliceCredit::Due);
    let is_held = |credit: &CreditRecord| credit.state == CreditState::Held;
    if !work.state.slices.iter().any(is_waiting) && !work.state.credits.iter().any(is_held) {
        return;
    }
    let Some(policy) = work.policy() else {
        let reason = format!(
            "policy version {:?} of this return is not loaded: load it again, then replay; nothing is credited until then",
            work.state.header.policy_version
        );
        gap(work, ABOUT, reason);
        return;
    };
    work.cured(ExceptionCode::PolicyGap, ABOUT);
    let held: Vec<u32> = work
        .state
        .credits
        .iter()
        .filter(|credit| credit.state == CreditState::Held)
        .map(|credit| credit.version)
        .collect();
    for version in held {
        release(work, policy, version);
    }
    rule(work, policy);
    for group in due_groups(&work.state, policy.granularity()) {
        if let Some(version) = open(work, policy, &group) {
            release(work, policy, version);
        }
    }
}

fn gap(work: &mut Work<'_>, about: &str, reason: String) {
    work.raise_until_cured(Problem {
        code: ExceptionCode::PolicyGap,
        severity: Severity::Error,
        about,
        reason,
    });
}

/// Asks the policy about every slice that has no answer yet. No rule means an exception, never 0 % or 100 %.
fn rule(work: &mut Work<'_>, policy: &Policy) {
    let mut refused = false;
    for index in 0..work.state.slices.len() {
        let Some(slice) = work.state.slices.get(index) else {
            continue;
        };
        if slice.credit != SliceCredit::Unruled {
            continue;
        }
        let about = format!("credit/{}/{}", slice.line_no, slice.of());
        let Some(facts) = facts(&work.state, slice) else {
            continue;
        };
        let Some(percent) = policy.credit_percent(&facts) else {
            let reason = format!(
                "policy {} has no credit_percent rule for line {} (item {}, reason {}, action {}, liability {}): \
                 add one, then replay; {} base units wait for it",
                policy.version,
                slice.line_no,
                facts.sku,
                facts.reason,
                slice.action,
                slice.liability,
                slice.qty
            );
            gap(work, &about, reason);
            continue;
        };
        work.cured(ExceptionCode::PolicyGap, &about);
        if percent.value.is_zero() {
            refused = true;
            set_credit(&mut work.state, index, SliceCredit::None);
        } else {
            set_credit(&mut work.state, index, SliceCredit::Due);
        }
    }
    if refused {
        work.milestone(BusinessCode::R550);
    }
}

fn facts<'a>(state: &'a ReturnState, slice: &Slice) -> Option<Facts<'a>> {
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
        SliceCredit::Credited => Bucket::Credited,
        SliceCredit::None => Bucket::NoCredit,
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

fn slices_of(state: &ReturnState, version: u32) -> Vec<usize> {
    let slices = state.slices.iter().enumerate();
    slices
        .filter(|(_, slice)| slice.calc_version == Some(version))
        .map(|(index, _)| index)
        .collect()
}

/// Takes a slice back to before the policy was asked. A credit under way with it is replaced, its approval with it.
pub(crate) fn unrule(work: &mut Work<'_>, index: usize) {
    let Some(slice) = work.state.slices.get(index) else {
        return;
    };
    if slice.at.is_none() || slice.credit == SliceCredit::Provisional {
        return;
    }
    if let Some(version) = slice.calc_version {
        supersede(work, version);
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
    let Some(id) = credit.approval_id.clone() else {
        return;
    };
    for approval in work
        .state
        .approvals
        .iter_mut()
        .filter(|a| a.approval_id == id)
    {
        approval.state = ApprovalState::Superseded;
    }
    work.drop_timer(TimerKind::ApprovalSla, &id);
}

/// Which slices go into one credit, and whether it is time for it.
fn due_groups(state: &ReturnState, granularity: Granularity) -> Vec<Vec<usize>> {
    let due: Vec<usize> = (0..state.slices.len())
        .filter(|index| {
            state
                .slices
                .get(*index)
                .is_some_and(|s| s.credit == SliceCredit::Due)
        })
        .collect();
    if due.is_empty() {
        return Vec::new();
    }
    let waiting = [
        Bucket::Received,
        Bucket::PendingInspection,
        Bucket::Inspected,
    ];
    let coming = [Bucket::Authorized, Bucket::InTransit, Bucket::Disposed];
    let all_disposed = state.in_buckets(&waiting).is_zero();
    match granularity {
        Granularity::PerSlice => by_allocation(state, due),
        Granularity::PerReceipt if all_disposed => vec![due],
        Granularity::PerReturnComplete if all_disposed && state.in_buckets(&coming).is_zero() => {
            vec![due]
        }
        Granularity::PerReceipt | Granularity::PerReturnComplete => Vec::new(),
    }
}

fn by_allocation(state: &ReturnState, due: Vec<usize>) -> Vec<Vec<usize>> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for index in due {
        let Some(slice) = state.slices.get(index) else {
            continue;
        };
        let of = slice.of();
        match groups.iter_mut().find(|(name, _)| *name == of) {
            Some((_, group)) => group.push(index),
            None => groups.push((of, vec![index])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Calculates a credit for slices that are due, and reserves them for it.
fn open(work: &mut Work<'_>, policy: &Policy, group: &[usize]) -> Option<u32> {
    let version = work
        .state
        .credits
        .iter()
        .map(|c| c.version)
        .max()
        .unwrap_or(0)
        + 1;
    let as_of = work.given.now;
    let calculation = match calculate(&work.state, policy, group, version, as_of) {
        Ok(Some(calculation)) if calculation.totals.payable_minor > 0 => calculation,
        Ok(_) => {
            for index in group {
                set_credit(&mut work.state, *index, SliceCredit::None);
            }
            work.milestone(BusinessCode::R550);
            return None;
        }
        Err(problem) => {
            calculation_failed(work, &problem);
            return None;
        }
    };
    for code in CALCULATION_CODES {
        work.cured(*code, "calculation");
    }
    for index in group {
        set_credit(&mut work.state, *index, SliceCredit::Reserved);
        if let Some(slice) = work.state.slices.get_mut(*index) {
            slice.calc_version = Some(version);
        }
    }
    work.state.credits.push(CreditRecord {
        version,
        calc_hash: calculation.calc_hash,
        as_of,
        gross_minor: calculation.totals.gross_minor,
        payable_minor: calculation.totals.payable_minor,
        state: CreditState::Held,
        approval_id: None,
        effect_key: None,
    });
    work.milestone(BusinessCode::R500);
    Some(version)
}

fn calculate(
    state: &ReturnState,
    policy: &Policy,
    group: &[usize],
    version: u32,
    as_of: jiff::Timestamp,
) -> Result<Option<Calculation>, CreditProblem> {
    let mut inputs: Vec<SliceInput<'_>> = group
        .iter()
        .filter_map(|index| state.slices.get(*index))
        .filter_map(|slice| {
            let line = state
                .lines
                .iter()
                .find(|line| line.line.line_no == slice.line_no)?;
            let (position_from, position_to) = slice.at?;
            Some(SliceInput {
                line: &line.line,
                disposition_id: slice.of(),
                position_from,
                position_to,
                action: slice.action,
                condition: slice.condition(),
                liability: slice.liability,
            })
        })
        .collect();
    inputs.sort_by_key(|slice| (slice.line.line_no, slice.position_from));
    credit::calculate(&state.header, &inputs, policy, version, as_of)
}

/// Codes under which a failed calculation shows.
const CALCULATION_CODES: &[ExceptionCode] = &[
    ExceptionCode::PolicyGap,
    ExceptionCode::MasterDataMissing,
    ExceptionCode::FxVariance,
    ExceptionCode::CreditCapExceeded,
    ExceptionCode::PriceVariance,
];

fn calculation_failed(work: &mut Work<'_>, problem: &CreditProblem) {
    let code = match problem {
        CreditProblem::PolicyGap { .. } => ExceptionCode::PolicyGap,
        CreditProblem::NoInvoice { .. } => ExceptionCode::MasterDataMissing,
        CreditProblem::MixedCurrencies { .. } | CreditProblem::NoRate { .. } => {
            ExceptionCode::FxVariance
        }
        CreditProblem::BadSlice { .. } => ExceptionCode::CreditCapExceeded,
        CreditProblem::BadInvoice { .. } | CreditProblem::OutOfRange { .. } => {
            ExceptionCode::PriceVariance
        }
    };
    work.raise_until_cured(Problem {
        code,
        severity: Severity::Error,
        about: "calculation",
        reason: format!(
            "a credit cannot be calculated: {problem}; nothing is credited: correct it, then replay"
        ),
    });
}

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
    let calculation = match calculate(&work.state, policy, &group, version, as_of) {
        Ok(Some(calculation)) if calculation.calc_hash == *hash => calculation,
        // What it was calculated from has changed since: calculated anew, approved anew.
        Ok(_) | Err(_) => {
            supersede(work, version);
            return;
        }
    };
    let demands = demands(&work.state, policy, &group, &calculation);
    let evidence = Evidence {
        state: &work.state,
        version,
        demands: &demands,
    };
    match guard::release(calculation, &evidence) {
        Ok(release) => {
            work.cured(ExceptionCode::CustomerHold, ABOUT);
            post::credit_memo(work, version, release);
        }
        Err(Stop::NotApproved) if !has_approval => ask(work, policy, version, &demands),
        Err(Stop::NotApproved) => {}
        Err(stop) => stopped(work, &stop),
    }
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
    let facts: Vec<Facts<'_>> = slices
        .iter()
        .filter_map(|slice| facts(state, slice))
        .collect();
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
fn gross_in_base(state: &ReturnState, policy: &Policy, gross_minor: i64) -> i64 {
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

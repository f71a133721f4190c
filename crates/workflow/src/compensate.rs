//! From disposed goods to a credit: what is due is gathered as the policy's granularity says, calculated and reserved.

use canonical::calculation::Calculation;
use canonical::exception::Severity;
use canonical::{BusinessCode, ComponentType, ExceptionCode, Qty};

use crate::beside;
use crate::buckets::Bucket;
use crate::correct;
use crate::corrected::correction_of;
use crate::credit::{self, Carried, CreditProblem, SliceInput};
use crate::exposure;
use crate::history;
use crate::money_state::{CreditRecord, CreditState, Slice, SliceCredit};
use crate::policy::{Granularity, Policy, PolicySet};
use crate::release::{end_stops, gross_in_base, release};
use crate::rule::{gap, rule, set_credit, slices_of};
use crate::state::ReturnState;
use crate::work::{Problem, Work};

/// What exceptions about the credit of the whole return are about.
pub(crate) const ABOUT: &str = "credit";

/// What exceptions about a calculation that failed are about.
pub(crate) const ABOUT_CALCULATION: &str = "calculation";

/// Rules what was disposed, then calculates, asks and releases as far as possible.
pub(crate) fn advance(work: &mut Work<'_>) {
    go_on(work);
    end_stops(work);
}

fn go_on(work: &mut Work<'_>) {
    let is_waiting =
        |slice: &Slice| matches!(slice.credit, SliceCredit::Unruled | SliceCredit::Due);
    let goes_on =
        |credit: &CreditRecord| credit.state == CreditState::Held || correct::is_stale(credit);
    exposure::give_way(work);
    let wants_advance = exposure::wants_credit(&work.state);
    let waits = work.state.slices.iter().any(is_waiting);
    if !waits && !wants_advance && !work.state.credits.iter().any(goes_on) {
        // There is nothing that could not be calculated: what wanted a credit has ended, say.
        work.cured(ExceptionCode::PolicyGap, ABOUT);
        can_be_calculated(work);
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
    if exposure::wants_credit(&work.state)
        && let Some(version) = open_advance(work, policy)
    {
        release(work, policy, version);
    }
    rule(work, policy);
    correct::advance(work, policy);
    for group in due_groups(&work.state, policy.granularity()) {
        if let Some(version) = open(work, policy, &group) {
            release(work, policy, version);
        }
    }
}

/// Which slices go into one credit, and whether it is time for it.
fn due_groups(state: &ReturnState, granularity: Granularity) -> Vec<Vec<usize>> {
    let due: Vec<usize> = (0..state.slices.len())
        .filter(|index| {
            state
                .slices
                .get(*index)
                .is_some_and(|s| s.credit == SliceCredit::Due && !correct::is_corrected(state, s))
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

/// Number of the next calculation of the return.
pub(crate) fn next_version(state: &ReturnState) -> u32 {
    let versions = state.credits.iter().map(|credit| credit.version);
    versions.max().unwrap_or(0) + 1
}

/// Calculates a credit for slices that are due, and reserves them for it.
fn open(work: &mut Work<'_>, policy: &Policy, group: &[usize]) -> Option<u32> {
    let version = next_version(&work.state);
    let as_of = work.given.now;
    if let Err(unrated) = credit::rate(&work.state.header, policy.base_currency) {
        calculation_failed(work, &unrated.into());
        return None;
    }
    let calculation = match calculate(&work.state, policy, group, (version, None), as_of) {
        Ok(Some(calculation)) if calculation.totals.payable_minor > 0 => calculation,
        Ok(nothing) => {
            if let Some(taken) = nothing.as_ref().and_then(label_took) {
                work.state.label_took = Some(taken);
            }
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
    let gross = gross_of(work, policy, &calculation)?;
    can_be_calculated(work);
    for index in group {
        set_credit(&mut work.state, *index, SliceCredit::Reserved);
        if let Some(slice) = work.state.slices.get_mut(*index) {
            slice.calc_version = Some(version);
        }
    }
    let carried = carried(&work.state, policy, group, (version, None));
    keep(work, gross, &calculation, carried);
    Some(version)
}

/// Gross in the currency of the books; none, with an exception, if that cannot be said.
fn gross_of(work: &mut Work<'_>, policy: &Policy, calculation: &Calculation) -> Option<i64> {
    match gross_in_base(&work.state, policy, calculation.totals.gross_minor) {
        Ok(gross) => Some(gross),
        Err(unrated) => {
            calculation_failed(work, &unrated.into());
            None
        }
    }
}

/// Units that the return label took all of.
fn label_took(nothing: &Calculation) -> Option<(u32, Qty, Qty)> {
    let mut components = nothing.components.iter();
    let label = components.find(|it| it.kind == ComponentType::ReturnLabelFee)?;
    let mut slices = nothing.slices.iter();
    let slice = slices.find(|slice| Some(slice.line_no) == label.line_no)?;
    Some((slice.line_no, slice.position_from, slice.position_to))
}

/// Calculates the credit in advance of the goods. One of nothing is not made.
fn open_advance(work: &mut Work<'_>, policy: &Policy) -> Option<u32> {
    let version = next_version(&work.state);
    let as_of = work.given.now;
    if let Err(unrated) = credit::rate(&work.state.header, policy.base_currency) {
        calculation_failed(work, &unrated.into());
        return None;
    }
    match calculate_advance(&work.state, policy, version, as_of) {
        Ok(Some(calculation)) if calculation.totals.payable_minor > 0 => {
            let gross = gross_of(work, policy, &calculation)?;
            can_be_calculated(work);
            if let Some(exposure) = &mut work.state.exposure {
                exposure.credit = Some(version);
            }
            keep(work, gross, &calculation, Carried::default());
            Some(version)
        }
        Ok(_) => {
            exposure::withdraw(work);
            None
        }
        Err(problem) => {
            calculation_failed(work, &problem);
            None
        }
    }
}

/// `gross_base_minor`: the credit's gross in the currency of the books.
fn keep(work: &mut Work<'_>, gross_base_minor: i64, calculation: &Calculation, carried: Carried) {
    let shares = history::shares(&work.state, calculation, gross_base_minor);
    work.state.credits.push(CreditRecord {
        version: calculation.calc_version,
        calc_hash: calculation.calc_hash.clone(),
        as_of: calculation.as_of,
        gross_minor: calculation.totals.gross_minor,
        payable_minor: calculation.totals.payable_minor,
        state: CreditState::Held,
        approval_id: None,
        effect_key: None,
        memo: None,
        shares,
        carried,
        corrects: None,
        target: None,
        figures: None,
        book: None,
        tax: None,
    });
    work.milestone(BusinessCode::R500);
}

pub(crate) fn calculate_advance(
    state: &ReturnState,
    policy: &Policy,
    version: u32,
    as_of: jiff::Timestamp,
) -> Result<Option<Calculation>, CreditProblem> {
    let inputs = exposure::advanced(state);
    credit::calculate(&state.header, &inputs, policy, version, as_of)
}

/// The calculation of a credit of the return, as it is or was: a pure function of its slices; of a correction the
/// difference that it posts ([`crate::correction_of`] says of what). None if it cannot be made any more (its slices are in
/// another credit by now, or its policy is not loaded).
pub fn calculation_of(
    state: &ReturnState,
    policies: &PolicySet,
    version: u32,
) -> Option<Calculation> {
    let credit = state.credits.iter().find(|c| c.version == version)?;
    if credit.corrects.is_some() {
        return correction_of(state, policies, version).map(|found| found.difference);
    }
    let policy = policies.version(&state.header.policy_version)?;
    let calculated = if exposure::is_advance(state, version) {
        calculate_advance(state, policy, version, credit.as_of)
    } else {
        calculate(
            state,
            policy,
            &slices_of(state, version),
            (version, None),
            credit.as_of,
        )
    };
    let calculated = calculated.ok()??;
    (calculated.calc_hash == credit.calc_hash).then_some(calculated)
}

/// The calculation of some slices, for a credit of that version that corrects a memo, or none.
pub(crate) fn calculate(
    state: &ReturnState,
    policy: &Policy,
    group: &[usize],
    (version, corrects): (u32, Option<u32>),
    as_of: jiff::Timestamp,
) -> Result<Option<Calculation>, CreditProblem> {
    let inputs = inputs(state, group);
    let beside = beside::of(state, policy, version, corrects);
    credit::calculate_beside(&state.header, &inputs, policy, (version, as_of), &beside)
}

/// What must be kept of a calculation for the other credits of the return, and to calculate it again.
pub(crate) fn carried(
    state: &ReturnState,
    policy: &Policy,
    group: &[usize],
    (version, corrects): (u32, Option<u32>),
) -> Carried {
    if !policy.speaks_of_freight_or_labels() {
        return Carried::default();
    }
    let beside = beside::of(state, policy, version, corrects);
    credit::carried(&state.header, &inputs(state, group), policy, &beside).unwrap_or_default()
}

/// What a calculation takes of these slices: those that have units.
pub(crate) fn inputs<'a>(state: &'a ReturnState, group: &[usize]) -> Vec<SliceInput<'a>> {
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
    inputs
}

/// Codes under which a failed calculation shows.
const CALCULATION_CODES: &[ExceptionCode] = &[
    ExceptionCode::PolicyGap,
    ExceptionCode::MasterDataMissing,
    ExceptionCode::FxVariance,
    ExceptionCode::CreditCapExceeded,
    ExceptionCode::PriceVariance,
];

/// Ends what [`calculation_failed`] opened.
fn can_be_calculated(work: &mut Work<'_>) {
    for code in CALCULATION_CODES {
        work.cured(*code, ABOUT_CALCULATION);
    }
}

pub(crate) fn calculation_failed(work: &mut Work<'_>, problem: &CreditProblem) {
    let code = match problem {
        CreditProblem::PolicyGap { .. } => ExceptionCode::PolicyGap,
        CreditProblem::NoInvoice { .. } => ExceptionCode::MasterDataMissing,
        CreditProblem::MixedCurrencies { .. }
        | CreditProblem::NoRate { .. }
        | CreditProblem::Unrated(_) => ExceptionCode::FxVariance,
        CreditProblem::BadSlice { .. } => ExceptionCode::CreditCapExceeded,
        CreditProblem::BadInvoice { .. } | CreditProblem::OutOfRange { .. } => {
            ExceptionCode::PriceVariance
        }
    };
    work.raise_until_cured(Problem {
        code,
        severity: Severity::Error,
        about: ABOUT_CALCULATION,
        reason: format!(
            "a credit cannot be calculated: {problem}; nothing is credited: correct it, then replay"
        ),
    });
}

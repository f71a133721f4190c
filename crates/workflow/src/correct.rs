//! Corrections: a memo is posted, or on its way, and its goods are inspected or disposed anew.
//!
//! The memo stays as it is. Once its outcome is known and something is decided for all of its units again, they are
//! calculated as if they were credited for the first time; the difference to what is posted is a document of its own, an
//! extra memo or the reversal of a part, that names the memo. So what is credited in all is always what a first
//! calculation of the last findings gives, to the minor unit.

use canonical::calculation::Calculation;
use canonical::exception::Severity;
use canonical::{BusinessCode, ExceptionCode, Qty};

use crate::compensate::{calculate, calculation_failed, carried, next_version};
use crate::covered::units_of;
use crate::credit::{self, Amounts, CreditProblem, Ground, correction};
use crate::history;
use crate::money_state::{Book, CreditRecord, CreditState, Slice, SliceCredit};
use crate::policy::{Granularity, Policy};
use crate::release::{gross_in_base, release};
use crate::reservation::measure;
use crate::rule::{set_credit, slices_of, supersede};
use crate::state::ReturnState;
use crate::work::{Problem, Work};

/// What exceptions about corrections are about.
pub(crate) const ABOUT: &str = "correction";

/// True for a memo that is posted or on its way.
pub(crate) fn is_live_memo(credit: &CreditRecord) -> bool {
    credit.corrects.is_none()
        && matches!(credit.state, CreditState::Posting | CreditState::Credited)
}

pub(crate) fn credit(state: &ReturnState, version: u32) -> Option<&CreditRecord> {
    state
        .credits
        .iter()
        .find(|credit| credit.version == version)
}

pub(crate) fn credit_mut(state: &mut ReturnState, version: u32) -> Option<&mut CreditRecord> {
    let mut credits = state.credits.iter_mut();
    credits.find(|credit| credit.version == version)
}

/// Version of the live memo that a slice is in, or whose units it covers.
pub(crate) fn memo_of_slice(state: &ReturnState, slice: &Slice) -> Option<u32> {
    let by_version = slice.calc_version.and_then(|version| {
        let found = credit(state, version)?;
        let memo = credit(state, found.corrects.unwrap_or(version))?;
        is_live_memo(memo).then_some(memo.version)
    });
    by_version.or_else(|| {
        let mut memos = state.credits.iter().filter(|credit| is_live_memo(credit));
        let memo = memos.find(|memo| memo.book.as_ref().is_some_and(|book| book.covers(slice)))?;
        Some(memo.version)
    })
}

/// Writes down what is posted of the memos of these slices, before the slices change. Says why that is not possible.
pub(crate) fn keep(work: &mut Work<'_>, which: impl Fn(&Slice) -> bool) -> Result<(), String> {
    let slices = work.state.slices.iter().filter(|slice| which(slice));
    let mut memos: Vec<u32> = slices
        .filter_map(|slice| memo_of_slice(&work.state, slice))
        .collect();
    memos.sort_unstable();
    memos.dedup();
    memos.into_iter().try_for_each(|memo| keep_memo(work, memo))
}

/// Writes down what is posted of a memo, while its slices are as they were when it was calculated.
pub(crate) fn keep_memo(work: &mut Work<'_>, memo: u32) -> Result<(), String> {
    let policy = work.policy();
    let Some(credit) = credit(&work.state, memo) else {
        return Err(format!("the return has no credit {memo}"));
    };
    if credit.book.is_some() {
        return Ok(());
    }
    let Some(policy) = policy else {
        return Err(format!(
            "policy version {:?} of this return is not loaded: load it again, then replay",
            work.state.header.policy_version
        ));
    };
    let group = slices_of(&work.state, memo);
    let calculated = calculate(&work.state, policy, &group, (memo, None), credit.as_of);
    let figures = match &calculated {
        Ok(Some(calculated))
            if (
                calculated.totals.gross_minor,
                calculated.totals.payable_minor,
            ) == (credit.gross_minor, credit.payable_minor) =>
        {
            Amounts::of(calculated)
        }
        _ => None,
    };
    let Some(posted) = figures else {
        return Err(format!(
            "policy version {:?} does not give the amounts of credit {memo} any more: load the version that it was \
             calculated under, then replay",
            policy.version
        ));
    };
    let units = units_of(&work.state, &with_uncredited(&work.state, policy, &group));
    if let Some(credit) = credit_mut(&mut work.state, memo) {
        credit.book = Some(Box::new(Book {
            units,
            posted,
            stale: false,
            reversal: None,
        }));
    }
    Ok(())
}

/// The slices of a memo, and those of the same dispositions for which nothing is credited: had the policy credited
/// something for them, it would be in the same memo. A memo per allocation is by itself.
fn with_uncredited(state: &ReturnState, policy: &Policy, group: &[usize]) -> Vec<usize> {
    let mut all = group.to_vec();
    if policy.granularity() == Granularity::PerSlice {
        return all;
    }
    let slices = group.iter().filter_map(|index| state.slices.get(*index));
    let dispositions: Vec<&str> = slices.map(|slice| slice.disposition.as_str()).collect();
    for (index, slice) in state.slices.iter().enumerate() {
        let is_one = slice.credit == SliceCredit::None
            && slice.calc_version.is_none()
            && dispositions.contains(&slice.disposition.as_str());
        if is_one && memo_of_slice(state, slice).is_none() {
            all.push(index);
        }
    }
    all
}

/// The goods of a memo were looked at again: all of its units are ruled anew, since fees are bounded per memo. A
/// correction that is not released is replaced. False if what is posted of it is not known.
pub(crate) fn touch(work: &mut Work<'_>, memo: u32) -> bool {
    if keep_memo(work, memo).is_err() {
        return false;
    }
    withdraw(work, memo);
    again(&mut work.state, memo);
    let Some(book) = credit(&work.state, memo).and_then(|credit| credit.book.clone()) else {
        return false;
    };
    for index in 0..work.state.slices.len() {
        let Some(slice) = work.state.slices.get_mut(index) else {
            continue;
        };
        if book.covers(slice) && slice.credit != SliceCredit::Provisional {
            slice.calc_version = None;
            set_credit(&mut work.state, index, SliceCredit::Unruled);
        }
    }
    true
}

/// Notes that a memo is to be corrected.
pub(crate) fn again(state: &mut ReturnState, memo: u32) {
    if let Some(book) = credit_mut(state, memo).and_then(|credit| credit.book.as_mut()) {
        book.stale = true;
    }
}

/// Replaces corrections of a memo that are not released.
pub(crate) fn withdraw(work: &mut Work<'_>, memo: u32) {
    for version in corrections(&work.state, memo, |state| {
        matches!(state, CreditState::Held | CreditState::PendingApproval)
    }) {
        supersede(work, version);
    }
}

/// Versions of a memo's corrections in some states.
pub(crate) fn corrections(
    state: &ReturnState,
    memo: u32,
    which: impl Fn(CreditState) -> bool,
) -> Vec<u32> {
    let credits = state.credits.iter();
    credits
        .filter(|credit| credit.corrects == Some(memo) && which(credit.state))
        .map(|credit| credit.version)
        .collect()
}

/// True if the slice is in units of a live memo: what is due for it is a correction.
pub(crate) fn is_corrected(state: &ReturnState, slice: &Slice) -> bool {
    slice.calc_version.is_none() && memo_of_slice(state, slice).is_some()
}

/// True if a memo waits to be corrected.
pub(crate) fn is_stale(credit: &CreditRecord) -> bool {
    is_live_memo(credit) && credit.book.as_ref().is_some_and(|book| book.stale)
}

/// Opens the corrections that can be calculated.
pub(crate) fn advance(work: &mut Work<'_>, policy: &Policy) {
    let stale: Vec<u32> = work
        .state
        .credits
        .iter()
        .filter(|credit| credit.state == CreditState::Credited && is_stale(credit))
        .filter(|credit| credit.book.as_ref().is_some_and(|b| b.reversal.is_none()))
        .map(|credit| credit.version)
        .collect();
    for memo in stale {
        let under_way = corrections(&work.state, memo, |state| {
            matches!(
                state,
                CreditState::Held | CreditState::PendingApproval | CreditState::Posting
            )
        });
        if under_way.is_empty()
            && let Some(group) = decided(&work.state, memo)
        {
            open(work, policy, memo, &group);
        }
    }
}

/// The memo's slices for which a credit is due, once something is decided for every unit of it.
fn decided(state: &ReturnState, memo: u32) -> Option<Vec<usize>> {
    let book = credit(state, memo)?.book.as_ref()?;
    let mut due = Vec::new();
    let mut covered: Vec<(Qty, Qty)> = Vec::new();
    for (index, slice) in state.slices.iter().enumerate() {
        if !book.covers(slice) {
            continue;
        }
        match slice.credit {
            SliceCredit::Due => due.push(index),
            SliceCredit::None => {}
            SliceCredit::Provisional
            | SliceCredit::Unruled
            | SliceCredit::Reserved
            | SliceCredit::Credited
            | SliceCredit::Advanced
            | SliceCredit::Replaced
            | SliceCredit::Reversed => return None,
        }
        covered.extend(slice.at);
    }
    let units: Vec<(Qty, Qty)> = book
        .units
        .iter()
        .map(|(_, from, to)| (*from, *to))
        .collect();
    (measure(&covered) == measure(&units)).then_some(due)
}

/// The correction that a credit of that version is, by the slices that are in it.
pub(crate) fn calculation(
    state: &ReturnState,
    policy: &Policy,
    version: u32,
    (memo, group): (u32, &[usize]),
    as_of: jiff::Timestamp,
) -> Result<Option<(Calculation, Amounts)>, CreditProblem> {
    let Some(corrected) = credit(state, memo) else {
        return Ok(None);
    };
    let (Some(book), Some(key)) = (&corrected.book, &corrected.effect_key) else {
        return Ok(None);
    };
    let fresh = fresh(state, policy, version, (memo, group), as_of)?;
    let ground = Ground {
        memo: key,
        posted: &book.posted,
        calc_version: version,
        policy_version: &policy.version,
        as_of,
    };
    correction(&state.header, fresh, &ground).map(Some)
}

/// What the goods of a memo are worth by what is known of them now; none if nothing is credited for them any more.
pub(crate) fn fresh(
    state: &ReturnState,
    policy: &Policy,
    version: u32,
    (memo, group): (u32, &[usize]),
    as_of: jiff::Timestamp,
) -> Result<Option<Calculation>, CreditProblem> {
    let fresh = calculate(state, policy, group, (version, Some(memo)), as_of)?;
    Ok(fresh.filter(|fresh| fresh.totals.payable_minor > 0))
}

fn open(work: &mut Work<'_>, policy: &Policy, memo: u32, group: &[usize]) {
    let (version, as_of) = (next_version(&work.state), work.given.now);
    let found = match credit::rate(&work.state.header, policy.base_currency) {
        Ok(_) => calculation(&work.state, policy, version, (memo, group), as_of),
        Err(unrated) => Err(unrated.into()),
    };
    let (calculation, target) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return,
        Err(problem) => return calculation_failed(work, &problem),
    };
    let gross = match gross_in_base(&work.state, policy, calculation.totals.gross_minor) {
        Ok(gross) => gross,
        Err(unrated) => return calculation_failed(work, &unrated.into()),
    };
    let about = format!("{ABOUT}/{memo}");
    let totals = &calculation.totals;
    if (totals.net_minor, totals.tax_minor) == (0, 0) {
        work.cured(ExceptionCode::NotAllowedNow, &about);
        return stands(work, memo, &target);
    }
    if let Some(why) = is_not_one_document(&work.state, memo, &calculation) {
        let reason = format!(
            "what was found of the goods of credit {memo} cannot be corrected by one document: {why}; take the memo back \
             (backhaul return reverse-credit), its units are then credited anew by the last findings"
        );
        work.raise_until_cured(Problem {
            code: ExceptionCode::NotAllowedNow,
            severity: Severity::Error,
            about: &about,
            reason,
        });
        return;
    }
    work.cured(ExceptionCode::NotAllowedNow, &about);
    let posted = credit(&work.state, memo).and_then(|memo| memo.book.as_ref());
    let difference = posted.and_then(|book| target.minus(&book.posted));
    let is_credited = target.totals().is_some_and(|sum| sum.gross_minor > 0);
    let carried = carried(&work.state, policy, group, (version, Some(memo)));
    for index in group {
        if !is_credited {
            set_credit(&mut work.state, *index, SliceCredit::None);
            continue;
        }
        set_credit(&mut work.state, *index, SliceCredit::Reserved);
        if let Some(slice) = work.state.slices.get_mut(*index) {
            slice.calc_version = Some(version);
        }
    }
    done(&mut work.state, memo);
    let shares = history::shares(&work.state, &calculation, gross);
    work.state.credits.push(CreditRecord {
        version,
        calc_hash: calculation.calc_hash.clone(),
        as_of,
        gross_minor: totals.gross_minor,
        payable_minor: totals.payable_minor,
        state: CreditState::Held,
        approval_id: None,
        effect_key: None,
        memo: None,
        corrects: Some(memo),
        target: Some(Box::new(target)),
        figures: difference.map(Box::new),
        book: None,
        shares,
        carried,
        tax: None,
    });
    work.milestone(BusinessCode::R500);
    release(work, policy, version);
}

/// What is credited in all once a correction is posted, minor units.
pub(crate) fn in_all(state: &ReturnState, version: u32) -> i64 {
    let target = credit(state, version).and_then(|credit| credit.target.as_ref()?.totals());
    target.map_or(i64::MAX, |sum| sum.gross_minor)
}

/// Why a difference cannot be posted as one document: net and tax go different ways, or more is to be taken back than is
/// left of the memo.
fn is_not_one_document(
    state: &ReturnState,
    memo: u32,
    calculation: &Calculation,
) -> Option<&'static str> {
    let totals = &calculation.totals;
    if totals.net_minor.signum() * totals.tax_minor.signum() < 0 || totals.gross_minor == 0 {
        return Some("its net and its tax change in different directions");
    }
    let left = left_of(state, memo);
    (totals.gross_minor.saturating_add(left) < 0)
        .then_some("more is to be taken back than is left of the memo itself")
}

/// What is left of the memo itself: its amount less the parts of it that were taken back, minor units.
pub(crate) fn left_of(state: &ReturnState, memo: u32) -> i64 {
    let own = credit(state, memo).map_or(0, |credit| credit.payable_minor);
    let parts = corrections(state, memo, |state| state == CreditState::Credited);
    let parts = parts.iter().filter_map(|version| credit(state, *version));
    let parts: i64 = parts.map(|part| part.payable_minor.min(0)).sum();
    own.saturating_add(parts)
}

/// What is posted is right: the memo's goods are credited as before.
fn stands(work: &mut Work<'_>, memo: u32, target: &Amounts) {
    done(&mut work.state, memo);
    let is_credited = target.totals().is_some_and(|sum| sum.gross_minor > 0);
    let to = if is_credited {
        SliceCredit::Credited
    } else {
        SliceCredit::None
    };
    put_back(&mut work.state, memo, to, |credit| {
        credit == SliceCredit::Due
    });
}

/// Gives slices of a memo another credit, as parts of the memo itself.
fn put_back(
    state: &mut ReturnState,
    memo: u32,
    to: SliceCredit,
    which: impl Fn(SliceCredit) -> bool,
) {
    let Some(book) = credit(state, memo).and_then(|credit| credit.book.clone()) else {
        return;
    };
    for index in 0..state.slices.len() {
        let Some(slice) = state.slices.get_mut(index) else {
            continue;
        };
        if book.covers(slice) && which(slice.credit) {
            slice.calc_version = Some(memo);
            set_credit(state, index, to);
        }
    }
}

fn done(state: &mut ReturnState, memo: u32) {
    if let Some(book) = credit_mut(state, memo).and_then(|credit| credit.book.as_mut()) {
        book.stale = false;
    }
}

/// A correction is posted.
pub(crate) fn confirmed(work: &mut Work<'_>, version: u32) {
    let Some(found) = credit(&work.state, version) else {
        return;
    };
    let (corrects, target, is_more) = (
        found.corrects,
        found.target.clone(),
        found.payable_minor > 0,
    );
    let memo = corrects.and_then(|memo| credit_mut(&mut work.state, memo));
    if let (Some(book), Some(target)) = (memo.and_then(|memo| memo.book.as_mut()), target) {
        book.posted = *target;
    }
    crate::rule::set_credits(&mut work.state, version, SliceCredit::Credited);
    work.milestone(if is_more {
        BusinessCode::R540
    } else {
        BusinessCode::R560
    });
}

/// A correction was not approved: what is posted stands.
pub(crate) fn refused(work: &mut Work<'_>, memo: u32) {
    put_back(&mut work.state, memo, SliceCredit::Credited, |credit| {
        matches!(credit, SliceCredit::Reserved | SliceCredit::None)
    });
    work.milestone(BusinessCode::R540);
}

//! What the other credits of a return stand for, when one of it is calculated: for the freight and the label, which are
//! credited and charged once.
//!
//! While a credit is not released it is asked each time, so that it leaves by what holds then; what it was told last is kept
//! with it and holds from then on, so that its figures can be calculated again.

use canonical::Qty;

use crate::claims;
use crate::correct::is_live_memo;
use crate::credit::{Beside, LineUnits};
use crate::money_state::{CreditRecord, CreditState, SliceCredit};
use crate::policy::{FreightCredit, Policy};
use crate::rule::facts;
use crate::state::ReturnState;

/// What a credit of that version is to know of the others. `corrects` is the memo whose correction it is.
pub(crate) fn of(
    state: &ReturnState,
    policy: &Policy,
    version: u32,
    corrects: Option<u32>,
) -> Beside {
    let known = state
        .credits
        .iter()
        .find(|credit| credit.version == version);
    if let Some(known) = known.filter(|credit| !is_open(credit)) {
        return known.carried.beside.clone();
    }
    if !policy.speaks_of_freight_or_labels() {
        return Beside::default();
    }
    let own = corrects.unwrap_or(version);
    let mut beside = Beside {
        label: is_label_taken(state, version, own),
        ..Beside::default()
    };
    let memos = state.credits.iter().filter(|credit| is_live_memo(credit));
    for memo in memos.filter(|memo| memo.version != own) {
        let family: Vec<&CreditRecord> = family(state, memo.version).collect();
        let released = family.iter().filter(|credit| !is_open(credit));
        if let Some(last) = released.max_by_key(|credit| credit.version) {
            beside.paid.extend(last.carried.paid.iter().cloned());
        }
        for slice in &state.slices {
            let is_its = slice
                .calc_version
                .is_some_and(|of| family.iter().any(|credit| credit.version == of));
            let Some(units) = slice
                .at
                .filter(|_| is_its)
                .and_then(|at| named(state, slice.line_no, at))
            else {
                continue;
            };
            let ruled = facts(state, slice).map(|facts| policy.outbound_freight(&facts));
            let waits = matches!(
                ruled,
                Some(Ok(Some(rule))) if rule.value == FreightCredit::WhenAllCameBack
            );
            beside.waiting.extend(waits.then(|| units.clone()));
            beside.credited.push(units);
        }
    }
    beside
}

/// True if another credit charges the label, or the label took all there was to credit. An earlier credit that is not
/// released counts, a later one does not, so that two that wait do not wait for each other.
fn is_label_taken(state: &ReturnState, version: u32, own: u32) -> bool {
    let took = state.label_took.is_some_and(|(line_no, from, to)| {
        state.slices.iter().any(|slice| {
            slice.line_no == line_no
                && slice.credit == SliceCredit::None
                && slice.at.is_some_and(|(a, b)| a < to && from < b)
        })
    });
    let memos = state.credits.iter().filter(|credit| {
        let is_earlier = is_open(credit) && credit.version < version;
        let is_memo = credit.corrects.is_none() && credit.version != own;
        is_memo && (is_earlier || is_live_memo(credit))
    });
    took || memos.into_iter().any(|memo| {
        let family = family(state, memo.version).filter(|it| !is_open(it) || it.version < version);
        let last = family.max_by_key(|credit| credit.version);
        last.is_some_and(|last| last.carried.label)
    })
}

/// A memo and its corrections, those that count.
fn family(state: &ReturnState, memo: u32) -> impl Iterator<Item = &CreditRecord> {
    state.credits.iter().filter(move |credit| {
        let is_over = matches!(
            credit.state,
            CreditState::Superseded | CreditState::Refused | CreditState::Reversed
        );
        !is_over && (credit.version == memo || credit.corrects == Some(memo))
    })
}

/// Calculated and not released: it may still become another one.
fn is_open(credit: &CreditRecord) -> bool {
    matches!(
        credit.state,
        CreditState::Held | CreditState::PendingApproval
    )
}

fn named(state: &ReturnState, line_no: u32, (from, to): (Qty, Qty)) -> Option<LineUnits> {
    let mut lines = state.lines.iter();
    let line = lines.find(|line| line.line.line_no == line_no)?;
    let invoice = line.line.invoice_ref.as_ref()?;
    Some(LineUnits {
        invoice_line: claims::invoice_line(&state.header.legal_entity, invoice),
        from,
        to,
    })
}

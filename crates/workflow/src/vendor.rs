//! Goods that go on to their supplier: the return to it, and the claim on it. The customer's credit does not wait for
//! either, unless the policy says so.
//!
//! Only lines that name their supplier have these effects; the goods of others stand in the ERP's stock for suppliers,
//! and what becomes of them is not known here.

use canonical::command::{SupplierClaim, SupplierReturnOrder};
use canonical::event::SupplierAnswer;
use canonical::exception::Severity;
use canonical::{CommandData, DispositionAction, EffectKey, EffectKind, ExceptionCode, Money, Qty};

use crate::credit::apportion;
use crate::keys;
use crate::money_state::{EffectState, Slice};
use crate::plan::{self, base_uom};
use crate::policy::{CustomerCredit, Policy};
use crate::replace;
use crate::state::{LineState, ReturnState};
use crate::step::Verdict;
use crate::work::{Problem, Work};

/// The supplier answered. An RMA number stands once it was named.
pub(crate) fn answered(work: &mut Work<'_>, answer: &SupplierAnswer) -> Verdict {
    let state = &work.state;
    let told = |known: &SupplierAnswer| {
        known.supplier == answer.supplier
            && known.line_no == answer.line_no
            && known.supplier_rma == answer.supplier_rma
            && known.credit == answer.credit
    };
    if state.supplier_answers.iter().any(told) {
        return Verdict::Duplicate;
    }
    let meant: Vec<&LineState> = state
        .lines
        .iter()
        .filter(|line| is_meant(line, answer))
        .collect();
    if meant.is_empty() {
        return Verdict::Ignored(format!(
            "supplier {} answered, and no such line of the return goes to it",
            answer.supplier
        ));
    }
    let named = answer.supplier_rma.as_deref();
    let known = meant.iter().find_map(|line| rma(state, line));
    if let (Some(named), Some(known)) = (named, known)
        && named != known
    {
        let reason = format!(
            "supplier {} named RMA number {named} after {known}; the first one stands: ask the supplier which is right, \
             and correct its return in the ERP if it is the second",
            answer.supplier
        );
        work.raise(Problem {
            code: ExceptionCode::IdempotencyConflict,
            severity: Severity::Warning,
            about: &format!("supplier/{}/{named}", answer.supplier),
            reason: reason.clone(),
        });
        return Verdict::Ignored(reason);
    }
    work.state.supplier_answers.push(answer.clone());
    Verdict::Applied
}

fn is_meant(line: &LineState, answer: &SupplierAnswer) -> bool {
    let supplier = line.line.supplier_return.as_ref().map(|to| &to.supplier);
    supplier == Some(&answer.supplier) && answer.line_no.is_none_or(|no| no == line.line.line_no)
}

fn answers<'a>(
    state: &'a ReturnState,
    line: &'a LineState,
) -> impl Iterator<Item = &'a SupplierAnswer> {
    let all = state.supplier_answers.iter();
    all.filter(move |answer| is_meant(line, answer))
}

/// RMA number of a line's supplier, from the request or from the supplier.
fn rma<'a>(state: &'a ReturnState, line: &'a LineState) -> Option<&'a str> {
    let asked = line.line.supplier_return.as_ref()?.supplier_rma.as_deref();
    asked.or_else(|| answers(state, line).find_map(|answer| answer.supplier_rma.as_deref()))
}

/// True while the policy has the customer's credit for a slice wait for the supplier's.
pub(crate) fn waits_for_supplier(state: &ReturnState, policy: &Policy, slice: &Slice) -> bool {
    if slice.action != DispositionAction::ReturnToVendor
        || policy.vendor_credit() == CustomerCredit::Independent
    {
        return false;
    }
    let line = state
        .lines
        .iter()
        .find(|line| line.line.line_no == slice.line_no);
    let is_credited = |line| answers(state, line).any(|answer| answer.credit.is_some());
    line.is_none_or(|line| line.line.supplier_return.is_some() && !is_credited(line))
}

/// Goods of a line that one portion of a disposition sends to their supplier.
struct Parcel {
    line: usize,
    movement: String,
    disposition: String,
    site: String,
    qty: Qty,
    units: Vec<(Qty, Qty)>,
    serials: Vec<String>,
}

fn parcels(state: &ReturnState) -> Vec<Parcel> {
    let mut parcels: Vec<Parcel> = Vec::new();
    let sent = state
        .slices
        .iter()
        .filter(|slice| slice.action == DispositionAction::ReturnToVendor);
    for slice in sent {
        let Some(line) = state
            .lines
            .iter()
            .position(|line| line.line.line_no == slice.line_no)
        else {
            continue;
        };
        let (movement, qty) = (slice.movement(), slice.qty);
        let serials = slice.pieces.iter().flat_map(|piece| piece.serials.clone());
        match parcels
            .iter_mut()
            .find(|parcel| parcel.line == line && parcel.movement == movement)
        {
            Some(parcel) => {
                parcel.qty = parcel.qty.checked_add(qty).unwrap_or(parcel.qty);
                parcel.units.extend(slice.at);
                parcel.serials.extend(serials);
            }
            None => parcels.push(Parcel {
                line,
                movement,
                disposition: slice.disposition.clone(),
                site: slice.site.clone(),
                qty,
                units: slice.at.into_iter().collect(),
                serials: serials.collect(),
            }),
        }
    }
    parcels
}

/// Sends what may be sent. A supplier that wants an RMA number gets nothing before it has given one.
pub(crate) fn advance(work: &mut Work<'_>) {
    let held = held_lines(&work.state);
    for parcel in parcels(&work.state) {
        if !held.contains(&parcel.line) {
            send(work, &parcel);
        }
    }
    for index in 0..work.state.lines.len() {
        let Some(line) = work.state.lines.get(index) else {
            continue;
        };
        let about = format!("supplier/{}", line.line.line_no);
        if !held.contains(&index) {
            work.cured(ExceptionCode::SupplierRmaMissing, &about);
            continue;
        }
        let supplier = line.line.supplier_return.as_ref().map(|to| &to.supplier);
        let reason = format!(
            "goods of line {} (item {}) are to go to supplier {}, which wants an RMA number and has given none: \
             ask it for one and have it told to Backhaul; the customer's credit does not wait for it",
            line.line.line_no,
            line.line.sku,
            supplier.map_or("", String::as_str)
        );
        work.raise_until_cured(Problem {
            code: ExceptionCode::SupplierRmaMissing,
            severity: Severity::Warning,
            about: &about,
            reason,
        });
    }
}

/// Lines of which goods are to go to a supplier that has not given the RMA number it wants.
fn held_lines(state: &ReturnState) -> Vec<usize> {
    let wants = |line: &LineState| {
        let supplier = line.line.supplier_return.as_ref();
        supplier.is_some_and(|supplier| supplier.rma_required) && rma(state, line).is_none()
    };
    let mut held: Vec<usize> = parcels(state)
        .into_iter()
        .map(|parcel| parcel.line)
        .filter(|line| state.lines.get(*line).is_some_and(wants))
        .collect();
    held.dedup();
    held
}

/// True while goods wait for a supplier's RMA number.
pub(crate) fn is_held(state: &ReturnState) -> bool {
    !held_lines(state).is_empty()
}

fn send(work: &mut Work<'_>, parcel: &Parcel) {
    let Some(line) = work.state.lines.get(parcel.line) else {
        return;
    };
    let Some(to) = &line.line.supplier_return else {
        return;
    };
    let (return_id, line_id) = (work.state.return_id(), &line.line.line_id);
    let keyed = keys::supplier_return(return_id, line_id, &parcel.movement, &to.supplier);
    if work.state.effect(&keyed.0).is_some() {
        return;
    }
    let claim = keys::supplier_claim(return_id, line_id, &parcel.movement, &to.supplier);
    let goods = SupplierReturnOrder {
        supplier: to.supplier.clone(),
        supplier_rma: rma(&work.state, line).unwrap_or_default().to_owned(),
        line_no: line.line.line_no,
        sku: line.line.sku.clone(),
        base_qty: parcel.qty,
        uom: base_uom(&line.line).to_owned(),
        site: parcel.site.clone(),
        disposition_id: parcel.disposition.clone(),
        reason: line.line.reason,
        serials: parcel.serials.clone(),
    };
    let amount = cost(line, parcel);
    let waits_for = movement(&work.state, parcel);
    let of = replace::about(&parcel.disposition);
    let returned = keyed.0.clone();
    let data = CommandData::ReturnToSupplier(goods.clone());
    plan::effect(
        work,
        keyed,
        EffectKind::SupplierReturn,
        &of,
        waits_for,
        data,
    );
    let data = CommandData::ClaimFromSupplier(SupplierClaim { goods, amount });
    let kind = EffectKind::SupplierClaim;
    plan::effect(work, claim, kind, &of, vec![returned], data);
}

/// The movement that puts the parcel's goods where they wait for their way; the return order if stock did not move.
fn movement(state: &ReturnState, parcel: &Parcel) -> Vec<EffectKey> {
    let moved = state
        .effects
        .iter()
        .filter(|effect| effect.of == parcel.movement && effect.state != EffectState::Cancelled);
    let keys: Vec<EffectKey> = moved.map(|effect| effect.key.clone()).collect();
    if keys.is_empty() {
        return plan::after_return_order(state);
    }
    keys
}

/// What the goods cost us; none if the invoice line does not say it, or if more came than was invoiced.
fn cost(line: &LineState, parcel: &Parcel) -> Option<Money> {
    let invoiced = line.line.invoiced.as_ref()?;
    let whole = invoiced.cost_minor?;
    let mut sum: i64 = 0;
    let mut units: i64 = 0;
    for (from, to) in &parcel.units {
        let share = apportion(whole, invoiced.base_qty, *from, *to)?;
        sum = sum.checked_add(share)?;
        units = units.checked_add(to.minus_floor(*from).millionths())?;
    }
    (units == parcel.qty.millionths()).then(|| Money::new(sum, invoiced.ccy))
}

//! A disposition is taken back: its goods are inspected goods again, and stock that moved moves back.

use canonical::command::StockMovement;
use canonical::exception::Severity;
use canonical::{CommandData, EffectKind, ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::correct;
use crate::money_state::{EffectState, Slice};
use crate::plan::{self, base_uom};
use crate::work::{Problem, Work};
use crate::{booking, keys, recall, replace, rule};

/// May it be taken back? Always, unless it is not known what is posted of the credit that its goods are in.
pub(crate) fn check(work: &mut Work<'_>, by: &str, disposition_id: &str) -> Result<(), String> {
    let Err(why) = correct::keep(work, |slice| slice.disposition == disposition_id) else {
        return replace::check_undone(work, by, disposition_id);
    };
    let reason = format!(
        "disposition {by} cannot take disposition {disposition_id} back now: its goods are credited or being credited, and {why}"
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Error,
        about: &format!("disposition/{by}"),
        reason: reason.clone(),
    });
    Err(reason)
}

/// Takes a disposition back. One that still waits is dropped; one that was applied gives its pieces back.
pub(crate) fn undo(work: &mut Work<'_>, by: &str, disposition_id: &str) {
    if check(work, by, disposition_id).is_err() {
        return;
    }
    work.state
        .parked_dispositions
        .retain(|parked| parked.id != disposition_id);
    work.cured(ExceptionCode::LotRecalled, &recall::about(disposition_id));
    work.state
        .reversed_dispositions
        .push(disposition_id.to_owned());
    let of_it = |slice: &Slice| slice.disposition == disposition_id;
    for index in 0..work.state.slices.len() {
        if work.state.slices.get(index).is_some_and(of_it) {
            rule::unrule(work, index);
        }
    }
    let slices = std::mem::take(&mut work.state.slices);
    let (gone, kept): (Vec<Slice>, Vec<Slice>) = slices.into_iter().partition(of_it);
    work.state.slices = kept;
    for slice in &gone {
        let line = work
            .state
            .lines
            .iter_mut()
            .find(|line| line.line.line_no == slice.line_no);
        let Some(line) = line else { continue };
        let from = if slice.at.is_none() {
            Bucket::NoCredit
        } else {
            Bucket::Disposed
        };
        line.buckets.shift(from, Bucket::Inspected, slice.qty);
        line.pool.extend(slice.pieces.iter().cloned());
    }
    move_back(work, by, &gone);
    replace::withdraw(work, disposition_id);
}

/// Stock that was not moved yet stays; stock that was, or may have been, is moved back after the first movement.
fn move_back(work: &mut Work<'_>, by: &str, gone: &[Slice]) {
    let mut movements: Vec<String> = gone.iter().map(Slice::movement).collect();
    movements.dedup();
    for index in 0..work.state.effects.len() {
        let Some(effect) = work.state.effects.get_mut(index) else {
            continue;
        };
        if !movements.contains(&effect.of) || effect.state == EffectState::Cancelled {
            continue;
        }
        if effect.state == EffectState::Planned {
            effect.state = EffectState::Cancelled;
            let key = effect.key.clone();
            plan::cancel(work, key);
            continue;
        }
        let (key, of) = (effect.key.clone(), effect.of.clone());
        let slices: Vec<&Slice> = gone.iter().filter(|slice| slice.movement() == of).collect();
        let Some(data) = backwards(work, by, &slices) else {
            continue;
        };
        let keyed = keys::movement_reversal(&key);
        let kind = EffectKind::ErpStockTransfer;
        let of = booking::into_hold_as(&work.state, &data.sku);
        plan::effect(
            work,
            keyed,
            kind,
            &of,
            vec![key],
            CommandData::MoveStock(data),
        );
    }
}

fn backwards(work: &Work<'_>, by: &str, slices: &[&Slice]) -> Option<StockMovement> {
    let first = slices.first()?;
    let line = work
        .state
        .lines
        .iter()
        .find(|line| line.line.line_no == first.line_no)?;
    let qty: i64 = slices.iter().map(|slice| slice.qty.millionths()).sum();
    Some(StockMovement {
        sku: line.line.sku.clone(),
        base_qty: Qty::from_millionths(qty),
        uom: base_uom(&line.line).to_owned(),
        site: first.site.clone(),
        from_status: first.target?,
        to_status: booking::before_disposition(&work.state),
        disposition_id: by.to_owned(),
        moved_at: work.given.now,
        serials: slices
            .iter()
            .flat_map(|slice| &slice.pieces)
            .flat_map(|piece| piece.serials.clone())
            .collect(),
    })
}

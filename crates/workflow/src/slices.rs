//! Slices: disposed goods of a line, cut along the units of the invoice line that are reserved for them.

use canonical::{DispositionAction, Liability, Qty, StockStatus};

use crate::buckets::Bucket;
use crate::covered;
use crate::facts::Piece;
use crate::money_state::{Slice, SliceCredit};
use crate::park::{ParkedAllocation, ParkedDisposition};
use crate::reservation::{lowest_unused, measure};
use crate::state::ReturnState;

/// What slices are cut for.
pub(crate) struct Cut<'a> {
    pub(crate) disposition: &'a ParkedDisposition,
    pub(crate) allocation: &'a ParkedAllocation,
    pub(crate) target: Option<StockStatus>,
    pub(crate) site: &'a str,
}

/// Cuts disposed goods of a line into slices: one per interval of reserved units, one for what has no unit. Gives the
/// serial numbers.
pub(crate) fn cut(state: &mut ReturnState, index: usize, qty: Qty, cut: &Cut<'_>) -> Vec<String> {
    let (allocation, inspection) = (cut.allocation, cut.disposition.inspection.as_deref());
    let Some(line) = state.lines.get_mut(index) else {
        return Vec::new();
    };
    let line_no = line.line.line_no;
    let used: Vec<(Qty, Qty)> = state
        .slices
        .iter()
        .filter(|slice| slice.line_no == line_no)
        .filter_map(|slice| slice.at)
        .collect();
    let units = lowest_unused(&line.claims, &used, qty);
    let beyond = qty.minus_floor(measure(&units));
    let units = covered::split_at_memos(state, line_no, units);
    let mut cuts: Vec<(Option<(Qty, Qty)>, Qty)> = units
        .into_iter()
        .map(|(from, to)| (Some((from, to)), to.minus_floor(from)))
        .collect();
    if beyond.is_positive() {
        cuts.push((None, beyond));
    }
    let mut serials = Vec::new();
    for (at, qty) in cuts {
        let Some(line) = state.lines.get_mut(index) else {
            break;
        };
        let pieces = draw(&mut line.pool, qty, allocation.action, inspection);
        serials.extend(pieces.iter().flat_map(|piece| piece.serials.clone()));
        let credit = match at {
            None => SliceCredit::None,
            Some(_) if allocation.action.is_provisional() => SliceCredit::Provisional,
            Some(_) => SliceCredit::Unruled,
        };
        if credit == SliceCredit::None {
            line.buckets.shift(Bucket::Disposed, Bucket::NoCredit, qty);
        }
        state.slices.push(Slice {
            line_no,
            disposition: cut.disposition.id.clone(),
            allocation: allocation.id.clone(),
            portion: allocation.portion,
            action: allocation.action,
            target: cut.target,
            site: cut.site.to_owned(),
            qty,
            at,
            liability: Liability::Undetermined,
            credit,
            calc_version: None,
            named_liability: allocation.liability,
            pieces,
        });
        settle_liability(state, state.slices.len() - 1);
    }
    serials
}

/// Who bears a slice: as the disposition says, else the inspection, else by the reason of the return.
pub(crate) fn settle_liability(state: &mut ReturnState, index: usize) {
    let Some(slice) = state.slices.get_mut(index) else {
        return;
    };
    let line = state
        .lines
        .iter()
        .find(|line| line.line.line_no == slice.line_no);
    let by_reason = line.map_or(Liability::Undetermined, |line| {
        line.line.reason.default_liability()
    });
    let found = slice.pieces.iter().find_map(|piece| piece.liability);
    slice.liability = slice.named_liability.or(found).unwrap_or(by_reason);
}

/// Takes pieces off a pool: those of the named inspection first; for stock to be sold again the best, else the worst.
pub(crate) fn draw(
    pool: &mut Vec<Piece>,
    wanted: Qty,
    action: DispositionAction,
    inspection: Option<&str>,
) -> Vec<Piece> {
    let best_first = matches!(
        action,
        DispositionAction::Restock | DispositionAction::ReplaceRestock
    );
    pool.sort_by(|a, b| {
        let named = |piece: &Piece| inspection.is_some_and(|id| piece.inspection != id);
        let by_condition = if best_first {
            a.condition.cmp(&b.condition)
        } else {
            b.condition.cmp(&a.condition)
        };
        named(a).cmp(&named(b)).then(by_condition)
    });
    let mut drawn = Vec::new();
    let mut left = wanted;
    for piece in pool.iter_mut() {
        if left.is_positive() {
            let taken = piece.split(left);
            left = left.minus_floor(taken.qty);
            drawn.push(taken);
        }
    }
    pool.retain(|piece| piece.qty.is_positive());
    drawn
}

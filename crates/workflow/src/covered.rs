//! Units of invoice lines that memos cover.

use canonical::Qty;

use crate::correct::is_live_memo;
use crate::money_state::CreditState;
use crate::reservation::measure;
use crate::rule::slices_of;
use crate::state::ReturnState;

/// Units of slices; those that touch are one.
pub(crate) fn units_of(state: &ReturnState, group: &[usize]) -> Vec<(u32, Qty, Qty)> {
    let slices = group.iter().filter_map(|index| state.slices.get(*index));
    let mut units: Vec<(u32, Qty, Qty)> = slices
        .filter_map(|slice| slice.at.map(|(from, to)| (slice.line_no, from, to)))
        .collect();
    units.sort_unstable();
    let mut joined: Vec<(u32, Qty, Qty)> = Vec::new();
    for (line_no, from, to) in units {
        match joined.last_mut() {
            Some(last) if (last.0, last.2) == (line_no, from) => last.2 = to,
            _ => joined.push((line_no, from, to)),
        }
    }
    joined
}

/// Cuts units where memos begin and end, so that no slice is partly in a memo.
pub(crate) fn split_at_memos(
    state: &ReturnState,
    line_no: u32,
    units: Vec<(Qty, Qty)>,
) -> Vec<(Qty, Qty)> {
    let mut ends: Vec<Qty> = memo_units(state, line_no)
        .flat_map(|(from, to)| [from, to])
        .collect();
    ends.sort_unstable();
    let mut parts = Vec::new();
    for (mut from, to) in units {
        for end in &ends {
            if from < *end && *end < to {
                parts.push((from, *end));
                from = *end;
            }
        }
        parts.push((from, to));
    }
    parts
}

/// Units of a line that live memos cover whose slices may have changed since.
pub(crate) fn memo_units(state: &ReturnState, line_no: u32) -> impl Iterator<Item = (Qty, Qty)> {
    let memos = state.credits.iter().filter(|credit| is_live_memo(credit));
    memos
        .filter_map(|memo| memo.book.as_ref())
        .flat_map(|book| &book.units)
        .filter(move |(line, _, _)| *line == line_no)
        .map(|(_, from, to)| (*from, *to))
}

/// Units of a line that live memos cover and that are paid for, in base units.
pub(crate) fn credited_units(state: &ReturnState, line_no: u32) -> Qty {
    let memos = state.credits.iter().filter(|credit| is_live_memo(credit));
    let units = memos.flat_map(|memo| match &memo.book {
        Some(book) => {
            let is_paid = book.posted.totals().is_none_or(|sum| sum.gross_minor > 0);
            let is_open = book.stale || memo.state == CreditState::Posting;
            if is_paid || is_open {
                book.units.clone()
            } else {
                Vec::new()
            }
        }
        None => units_of(state, &slices_of(state, memo.version)),
    });
    let units: Vec<(Qty, Qty)> = units
        .filter(|(line, _, _)| *line == line_no)
        .map(|(_, from, to)| (from, to))
        .collect();
    measure(&units)
}

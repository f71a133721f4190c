//! Reservations on invoice lines: given back when goods do not come, taken again when they do after all.

use canonical::exception::Severity;
use canonical::{ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::claims::{self, invoice_line};
use crate::covered;
use crate::state::{LineState, ReturnState};
use crate::step::Claim;
use crate::work::{Problem, Work};

/// Gives back everything that is reserved.
pub(crate) fn free_all(work: &mut Work<'_>) {
    for index in 0..work.state.lines.len() {
        keep_only(work, index, Qty::ZERO);
    }
}

/// Gives back everything that is reserved, for units to be reserved as if there had been none.
pub(crate) fn begin_anew(work: &mut Work<'_>) {
    free_all(work);
    for line in &mut work.state.lines {
        line.claims.clear();
        line.freed.clear();
    }
}

/// Gives back what no accepted goods need.
pub(crate) fn free_unused(work: &mut Work<'_>) {
    for index in 0..work.state.lines.len() {
        let Some(line) = work.state.lines.get(index) else {
            continue;
        };
        let accepted = line.buckets.sum(Bucket::ACCEPTED);
        let needed = accepted.max(highest(&work.state, line));
        keep_only(work, index, needed);
    }
}

/// How many units of a line lie below the highest that something was ruled for.
fn highest(state: &ReturnState, line: &LineState) -> Qty {
    let no = line.line.line_no;
    let slices = state.slices.iter().filter(|slice| slice.line_no == no);
    let units = slices.filter_map(|slice| slice.at);
    let below = units
        .chain(covered::memo_units(state, no))
        .map(|(_, to)| measure_below(&line.claims, to));
    below.max().unwrap_or(Qty::ZERO)
}

/// Gives back what a line that was made shorter holds above its length. It does not come back to these units by itself:
/// nobody expects the goods any more.
pub(crate) fn shorten(work: &mut Work<'_>, index: usize) {
    let Some(line) = work.state.lines.get(index) else {
        return;
    };
    let over = line.base.minus_floor(line.expected());
    let accepted = line.buckets.sum(Bucket::ACCEPTED).min(over);
    let wanted = line.expected().checked_add(accepted).unwrap_or(line.base);
    let needed = wanted.max(highest(&work.state, line));
    let freed = line.freed.clone();
    keep_only(work, index, needed);
    if let Some(line) = work.state.lines.get_mut(index) {
        line.freed = freed;
    }
}

/// Takes so many more units for a line that was made longer: the lowest of its invoice line that nobody holds.
///
/// # Errors
/// When fewer are free, with how many.
pub(crate) fn extend(work: &mut Work<'_>, index: usize, more: Qty) -> Result<(), String> {
    let Some(line) = work.state.lines.get(index) else {
        return Ok(());
    };
    let named = names(&work.state.header.legal_entity, line);
    let (axis, used) = match (&named, &line.line.invoiced) {
        (Some(name), Some(invoiced)) => {
            let lines = work.state.lines.iter().filter(|other| {
                names(&work.state.header.legal_entity, other).as_ref() == Some(name)
            });
            let mut used = of_others(work, Some(name));
            used.extend(lines.flat_map(|other| other.claims.iter().copied()));
            (invoiced.base_qty, used)
        }
        _ => (Qty::from_millionths(i64::MAX), line.claims.clone()),
    };
    let taken = lowest_unused(&[(Qty::ZERO, axis)], &used, more);
    if measure(&taken) != more {
        return Err(format!(
            "line {} asks for {more} base units more, and {} of its invoice line are left",
            line.line.line_no,
            measure(&taken)
        ));
    }
    let left = lowest_unused(&line.freed, &taken, measure(&line.freed));
    reserve(work, index, (named.as_deref(), taken, left));
    Ok(())
}

/// A line has these units from now on. `left`: what it gave back and has not taken again.
fn reserve(work: &mut Work<'_>, index: usize, (named, taken, left): (Option<&str>, Units, Units)) {
    if let Some(line) = work.state.lines.get_mut(index) {
        let facts = claims::told(&line.line);
        let claims = claims_of(named, (&work.state.header.return_id, &facts), &taken);
        work.step.claims.extend(claims);
        line.freed = left;
        line.claims.extend(taken);
        line.claims.sort_unstable();
    }
}

/// Takes units again that were given back, as many as the line's accepted goods need: the same ones as far as no other return
/// has them, else others of the invoice line that are free. Goods for which there are none are not credited, and a person
/// is told.
pub(crate) fn retake(work: &mut Work<'_>) {
    for index in 0..work.state.lines.len() {
        let Some(line) = work.state.lines.get(index) else {
            continue;
        };
        let reserved = measure(&line.claims);
        let accepted = line.buckets.sum(Bucket::ACCEPTED).min(line.base);
        let wanted = accepted.minus_floor(reserved);
        if !wanted.is_positive() {
            continue;
        }
        let named = names(&work.state.header.legal_entity, line);
        let others = of_others(work, named.as_deref());
        let mut taken = lowest_unused(&line.freed, &others, wanted);
        let left = lowest_unused(&line.freed, &taken, measure(&line.freed));
        let mut short = wanted.minus_floor(measure(&taken));
        if let Some(invoiced) = line.line.invoiced.as_ref().filter(|_| short.is_positive()) {
            let whole = [(Qty::ZERO, invoiced.base_qty)];
            let used = [&others[..], &line.claims, &taken].concat();
            taken.extend(lowest_unused(&whole, &used, short));
            short = wanted.minus_floor(measure(&taken));
        }
        reserve(work, index, (named.as_deref(), taken, left));
        if short.is_positive() {
            given_away(work, index, short);
        }
    }
}

/// Units of an invoice line that other returns hold.
fn of_others(work: &Work<'_>, named: Option<&str>) -> Units {
    let claims = work.given.claims.iter().filter(|claim| {
        Some(claim.invoice_line.as_str()) == named && claim.return_id != work.state.return_id()
    });
    claims.map(|claim| (claim.from, claim.to)).collect()
}

fn given_away(work: &mut Work<'_>, index: usize, short: Qty) {
    let Some(line) = work.state.lines.get(index) else {
        return;
    };
    let (no, rma) = (line.line.line_no, &work.state.header.rma_number);
    let invoice = line.line.invoice_ref.as_ref().map_or("", |of| &of.document);
    let reason = format!(
        "line {no} of return {rma}: {short} base units came after its reservation had ended, and other returns have all that is left of \
         the line of invoice {invoice}: these goods are taken in, and not credited; if the customer is owed for them, cancel or \
         amend the other return, or credit them by hand"
    );
    work.raise(Problem {
        code: ExceptionCode::CreditCapExceeded,
        severity: Severity::Error,
        about: &format!("reservation/{no}"),
        reason,
    });
}

/// Keeps the lowest `keep` units. What was taken as one interval is given back as one and the kept part taken anew.
fn keep_only(work: &mut Work<'_>, index: usize, keep: Qty) {
    let Some(line) = work.state.lines.get_mut(index) else {
        return;
    };
    let (kept, freed) = cut(&line.claims, keep);
    if freed.is_empty() {
        return;
    }
    let before = std::mem::replace(&mut line.claims, kept.clone());
    line.freed.extend(freed);
    let named = names(&work.state.header.legal_entity, line);
    let facts = claims::told(&line.line);
    let holder = (work.state.header.return_id.as_str(), facts.as_str());
    let gone: Vec<(Qty, Qty)> = before
        .iter()
        .filter(|i| !kept.contains(i))
        .copied()
        .collect();
    let new: Vec<(Qty, Qty)> = kept
        .iter()
        .filter(|i| !before.contains(i))
        .copied()
        .collect();
    work.step
        .releases
        .extend(claims_of(named.as_deref(), holder, &gone));
    work.step
        .claims
        .extend(claims_of(named.as_deref(), holder, &new));
}

fn names(entity: &str, line: &LineState) -> Option<String> {
    line.line.invoiced.as_ref()?;
    Some(invoice_line(entity, line.line.invoice_ref.as_ref()?))
}

/// Those units as claims of that return, with what it says of the invoice line.
fn claims_of(
    line: Option<&str>,
    (return_id, facts): (&str, &str),
    units: &[(Qty, Qty)],
) -> Vec<Claim> {
    let Some(line) = line else { return Vec::new() };
    units
        .iter()
        .map(|(from, to)| Claim {
            invoice_line: line.to_owned(),
            from: *from,
            to: *to,
            return_id: return_id.to_owned(),
            facts: facts.to_owned(),
        })
        .collect()
}

/// Half-open intervals of units.
pub(crate) type Units = Vec<(Qty, Qty)>;

/// Splits intervals after the first `length` units.
pub(crate) fn cut(intervals: &[(Qty, Qty)], length: Qty) -> (Units, Units) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    let mut left = length;
    for (from, to) in intervals {
        let here = to.minus_floor(*from).min(left);
        left = left.minus_floor(here);
        let middle = Qty::from_millionths(from.millionths() + here.millionths());
        if *from < middle {
            first.push((*from, middle));
        }
        if middle < *to {
            rest.push((middle, *to));
        }
    }
    (first, rest)
}

/// How many units intervals cover.
pub(crate) fn measure(intervals: &[(Qty, Qty)]) -> Qty {
    let total: i64 = intervals
        .iter()
        .map(|(from, to)| to.millionths() - from.millionths())
        .sum();
    Qty::from_millionths(total)
}

fn measure_below(intervals: &[(Qty, Qty)], limit: Qty) -> Qty {
    let below: Vec<(Qty, Qty)> = intervals
        .iter()
        .map(|&(from, to)| (from.min(limit), to.min(limit)))
        .collect();
    measure(&below)
}

/// The lowest units among `reserved` that are not `used`, up to `wanted`: fewer when fewer are left.
pub(crate) fn lowest_unused(reserved: &[(Qty, Qty)], used: &[(Qty, Qty)], wanted: Qty) -> Units {
    let mut used = used.to_vec();
    used.sort_unstable();
    let mut free = Vec::new();
    let mut reserved = reserved.to_vec();
    reserved.sort_unstable();
    for (from, to) in reserved {
        let mut at = from;
        for (a, b) in used.iter().filter(|(a, b)| *a < to && from < *b) {
            if at < *a {
                free.push((at, *a));
            }
            at = at.max(*b);
        }
        if at < to {
            free.push((at, to));
        }
    }
    cut(&free, wanted).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(intervals: &[(i32, i32)]) -> Vec<(Qty, Qty)> {
        intervals
            .iter()
            .map(|(from, to)| (Qty::whole(*from), Qty::whole(*to)))
            .collect()
    }

    #[test]
    fn cutting_keeps_every_unit() {
        let (first, rest) = cut(&units(&[(0, 3), (5, 9)]), Qty::whole(4));
        assert_eq!((first, rest), (units(&[(0, 3), (5, 6)]), units(&[(6, 9)])));
    }

    #[test]
    fn gaps_among_used_units_are_filled_first() {
        let free = lowest_unused(
            &units(&[(0, 4), (6, 10)]),
            &units(&[(1, 3), (6, 7)]),
            Qty::whole(4),
        );
        assert_eq!(free, units(&[(0, 1), (3, 4), (7, 9)]));
        let all = lowest_unused(&units(&[(0, 4)]), &units(&[(0, 4)]), Qty::whole(1));
        assert!(all.is_empty());
    }
}

//! It is decided what happens to inspected goods: slices of the line, one stock movement per allocation.

use canonical::disposition::{Allocation, Disposition};
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{BusinessCode, DispositionAction, ExceptionCode, Liability, Qty, StockStatus};

use crate::buckets::Bucket;
use crate::facts::Piece;
use crate::keys::Movement;
use crate::money_state::{Slice, SliceCredit};
use crate::park::{Early, ParkedAllocation, ParkedDisposition};
use crate::plan::{self, Move, base_uom, to_base};
use crate::reservation::{lowest_unused, measure};
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{apply, undispose};

/// Takes a disposition in. It is applied as a whole once all its goods are inspected; until then it waits.
pub(crate) fn record(work: &mut Work<'_>, disposition: &Disposition) -> Verdict {
    if !work.state.takes_goods() {
        return apply::keep_early(work, Early::Disposition(disposition.clone()));
    }
    let id = &disposition.disposition_id;
    if work.state.dispositions.contains(id) {
        return Verdict::Duplicate;
    }
    if let Some(reversed) = &disposition.reverses_disposition_id {
        if let Err(why) = undispose::check(work, id, reversed) {
            return Verdict::Ignored(why);
        }
    }
    let allocations = disposition
        .allocations
        .iter()
        .filter_map(|allocation| parked(work, id, allocation))
        .collect();
    work.state.dispositions.push(id.clone());
    work.state.parked_dispositions.push(ParkedDisposition {
        id: id.clone(),
        inspection: disposition.inspection_id.clone(),
        reverses: disposition.reverses_disposition_id.clone(),
        site: disposition.site.clone(),
        at: disposition.decided_at,
        allocations,
    });
    let applied = apply::advance_goods(work);
    if !work
        .state
        .parked_dispositions
        .iter()
        .any(|parked| parked.id == *id)
    {
        return Verdict::Applied;
    }
    if let Some(policy) = work.policy() {
        let due_at = work.in_hours(policy.orphan_wait_hours());
        work.set_timer(TimerKind::OrphanWait, id, due_at);
    }
    if applied {
        Verdict::Applied
    } else {
        Verdict::Parked
    }
}

fn parked(work: &mut Work<'_>, id: &str, allocation: &Allocation) -> Option<ParkedAllocation> {
    let candidates = work.state.candidates(allocation.line_no, &allocation.sku);
    let line = candidates
        .first()
        .and_then(|index| work.state.lines.get(*index));
    let qty = match line {
        Some(line) => to_base(&line.line, allocation.qty, &allocation.uom),
        None => Some(allocation.qty),
    };
    let Some(qty) = qty else {
        let reason = format!(
            "disposition {id}: {} {} of item {} is not an exact quantity of base units; the goods count as not disposed: \
             correct the unit in the warehouse's crosswalk and have the disposition told again under a new id",
            allocation.qty, allocation.uom, allocation.sku
        );
        work.raise(Problem {
            code: ExceptionCode::UomInexact,
            severity: Severity::Error,
            about: &format!("disposition/{id}/{}", allocation.allocation_id),
            reason,
        });
        return None;
    };
    Some(ParkedAllocation {
        id: allocation.allocation_id.clone(),
        line_no: allocation.line_no,
        sku: allocation.sku.clone(),
        qty,
        portion: 1,
        action: allocation.action,
        target_status: allocation.target_stock_status,
        target_site: allocation.target_site.clone(),
        liability: allocation.liability,
    })
}

/// Applies waiting dispositions whose goods are inspected. True if anything was applied.
pub(crate) fn apply_waiting(work: &mut Work<'_>) -> bool {
    let mut applied = false;
    let waiting = std::mem::take(&mut work.state.parked_dispositions);
    for mut disposition in waiting {
        if work.state.reversed_dispositions.contains(&disposition.id) {
            work.drop_timer(TimerKind::OrphanWait, &disposition.id);
            continue;
        }
        if is_ready(work, &disposition) {
            applied |= apply_one(work, &mut disposition);
        }
        let done = disposition.allocations.is_empty() && disposition.reverses.is_none();
        if done {
            work.drop_timer(TimerKind::OrphanWait, &disposition.id);
            work.cured(ExceptionCode::OrphanInspection, &disposition.id);
        } else {
            work.state.parked_dispositions.push(disposition);
        }
    }
    applied
}

/// A disposition waits until all its goods are inspected, so that its outcome does not depend on the order in which facts
/// come. When nothing more can come (all that was expected is here and inspected), it is applied as far as goods go.
fn is_ready(work: &Work<'_>, disposition: &ParkedDisposition) -> bool {
    let state = &work.state;
    if let Some(reversed) = &disposition.reverses {
        return state.dispositions.contains(reversed);
    }
    let is_known = |id: &String| state.inspections.iter().any(|known| known.id == *id);
    if !disposition.inspection.as_ref().is_none_or(is_known) {
        return false;
    }
    let lines: Vec<Vec<usize>> = disposition
        .allocations
        .iter()
        .map(|a| state.candidates(a.line_no, &a.sku))
        .collect();
    let touched: Vec<usize> = lines.iter().flatten().copied().collect();
    if touched.iter().all(|index| is_exhausted(state, *index)) {
        return true;
    }
    let is_inspecting = state.parked_findings.iter().any(|finding| {
        let wanted = state.candidates(finding.line_no, &finding.sku);
        wanted.iter().any(|index| touched.contains(index))
    });
    !is_inspecting && covers(state, disposition, &lines)
}

/// True if nothing more can be inspected of a line.
fn is_exhausted(state: &ReturnState, index: usize) -> bool {
    state.lines.get(index).is_none_or(|line| {
        let coming = [
            Bucket::Authorized,
            Bucket::InTransit,
            Bucket::Received,
            Bucket::PendingInspection,
        ];
        line.buckets.sum(&coming).is_zero()
    })
}

/// True if the inspected goods are enough for every allocation.
fn covers(state: &ReturnState, disposition: &ParkedDisposition, lines: &[Vec<usize>]) -> bool {
    let mut left: Vec<Qty> = state
        .lines
        .iter()
        .map(|line| line.buckets.get(Bucket::Inspected))
        .collect();
    disposition
        .allocations
        .iter()
        .zip(lines)
        .all(|(allocation, candidates)| {
            let mut wanted = allocation.qty;
            for index in candidates {
                if let Some(here) = left.get_mut(*index) {
                    let taken = wanted.min(*here);
                    *here = here.minus_floor(taken);
                    wanted = wanted.minus_floor(taken);
                }
            }
            wanted.is_zero() || candidates.is_empty()
        })
}

fn apply_one(work: &mut Work<'_>, disposition: &mut ParkedDisposition) -> bool {
    let mut applied = false;
    if let Some(reversed) = disposition.reverses.take() {
        undispose::undo(work, &disposition.id, &reversed);
        applied = true;
    }
    let mut allocations = std::mem::take(&mut disposition.allocations);
    let mut decided = false;
    for allocation in &mut allocations {
        decided |= allocate(work, disposition, allocation);
    }
    if decided {
        work.milestone(BusinessCode::R420);
    }
    allocations.retain(|allocation| allocation.qty.is_positive());
    disposition.allocations = allocations;
    applied || decided
}

/// Applies an allocation as far as inspected goods go. True if anything was applied.
fn allocate(
    work: &mut Work<'_>,
    disposition: &ParkedDisposition,
    allocation: &mut ParkedAllocation,
) -> bool {
    let target = allocation
        .action
        .stock_target()
        .map(|target| allocation.target_status.unwrap_or(target));
    let site = allocation
        .target_site
        .as_ref()
        .unwrap_or(&disposition.site)
        .clone();
    let mut moved = Qty::ZERO;
    let mut serials: Vec<String> = Vec::new();
    let mut item: Option<(String, String)> = None;
    for index in work.state.candidates(allocation.line_no, &allocation.sku) {
        let Some(line) = work.state.lines.get_mut(index) else {
            continue;
        };
        let wanted = allocation.qty.minus_floor(moved);
        let taken = line
            .buckets
            .shift(Bucket::Inspected, Bucket::Disposed, wanted);
        if !taken.is_positive() {
            continue;
        }
        item.get_or_insert_with(|| (line.line.sku.clone(), base_uom(&line.line).to_owned()));
        moved = moved.checked_add(taken).unwrap_or(moved);
        let cut = Cut {
            disposition,
            allocation,
            target,
            site: &site,
        };
        serials.extend(slices(&mut work.state, index, taken, &cut));
    }
    let Some((sku, uom)) = item else { return false };
    if let Some(target) = target {
        plan::movement(
            work,
            Move {
                of: Movement {
                    disposition_id: &disposition.id,
                    allocation_id: &allocation.id,
                    action: allocation.action,
                    target,
                    portion: allocation.portion,
                },
                sku,
                uom,
                qty: moved,
                site,
                at: disposition.at,
                serials,
            },
        );
    }
    allocation.qty = allocation.qty.minus_floor(moved);
    allocation.portion += 1;
    true
}

/// What slices are cut for.
struct Cut<'a> {
    disposition: &'a ParkedDisposition,
    allocation: &'a ParkedAllocation,
    target: Option<StockStatus>,
    site: &'a str,
}

/// Cuts disposed goods of a line into slices: one per interval of reserved units, one for what has no unit. Gives the
/// serial numbers.
fn slices(state: &mut ReturnState, index: usize, qty: Qty, cut: &Cut<'_>) -> Vec<String> {
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

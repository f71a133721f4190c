//! It is decided what happens to inspected goods: slices of the line, one stock movement per allocation.

use canonical::disposition::{Allocation, Disposition};
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{BusinessCode, ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::keys::Movement;
use crate::park::{Early, ParkedAllocation, ParkedDisposition};
use crate::plan::{self, Move, base_uom, to_base};
use crate::slices::{self, Cut};
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{apply, booking, recall, replace, timers, undispose};

/// Takes a disposition in. It is applied as a whole once all its goods are inspected; until then it waits.
pub(crate) fn record(work: &mut Work<'_>, disposition: &Disposition) -> Verdict {
    if !work.state.takes_goods() {
        return apply::keep_early(work, Early::Disposition(disposition.clone()));
    }
    let named = |id: &String| work.state.fact_name(&disposition.site, id);
    let id = &named(&disposition.disposition_id);
    let inspection = disposition.inspection_id.as_ref().map(named);
    let reverses = disposition.reverses_disposition_id.as_ref().map(named);
    if work.state.dispositions.contains(id) {
        return Verdict::Duplicate;
    }
    if let Some(reversed) = &reverses
        && let Err(why) = undispose::check(work, id, reversed)
    {
        return Verdict::Ignored(why);
    }
    if let Err(why) = replace::check(work, id, disposition) {
        return Verdict::Ignored(why);
    }
    let allocations = disposition
        .allocations
        .iter()
        .filter_map(|allocation| parked(work, id, allocation))
        .collect();
    work.state.dispositions.push(id.clone());
    work.state.parked_dispositions.push(ParkedDisposition {
        id: id.clone(),
        inspection,
        reverses,
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
        work.set_timer(TimerKind::OrphanWait, &timers::of_disposition(id), due_at);
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
            work.drop_timer(
                TimerKind::OrphanWait,
                &timers::of_disposition(&disposition.id),
            );
            work.cured(ExceptionCode::LotRecalled, &recall::about(&disposition.id));
            continue;
        }
        if is_ready(work, &disposition) && !recall::stops(work, &disposition) {
            applied |= apply_one(work, &mut disposition);
        }
        let done = disposition.allocations.is_empty() && disposition.reverses.is_none();
        if done {
            work.drop_timer(
                TimerKind::OrphanWait,
                &timers::of_disposition(&disposition.id),
            );
            work.cured(
                ExceptionCode::OrphanInspection,
                &timers::of_disposition(&disposition.id),
            );
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
        .map(|target| allocation.target_status.unwrap_or(target))
        .or_else(|| booking::without_target(&work.state))
        .filter(|target| *target != booking::before_disposition(&work.state));
    let site = allocation
        .target_site
        .as_ref()
        .unwrap_or(&disposition.site)
        .clone();
    let mut moved = Qty::ZERO;
    let mut serials: Vec<String> = Vec::new();
    let mut item: Option<(String, String)> = None;
    let mut taken_of: Vec<(usize, Qty)> = Vec::new();
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
        taken_of.push((index, taken));
        let cut = Cut {
            disposition,
            allocation,
            target,
            site: &site,
        };
        serials.extend(slices::cut(&mut work.state, index, taken, &cut));
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
    replace::by_disposition(work, &disposition.id, allocation, &taken_of);
    allocation.qty = allocation.qty.minus_floor(moved);
    allocation.portion += 1;
    true
}

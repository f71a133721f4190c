//! A re-inspection: a higher version replaces what the inspection said before. What is credited already is corrected
//! (`correct`).

use canonical::exception::Severity;
use canonical::inspection::Inspection;
use canonical::{ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::correct;
use crate::facts::Piece;
use crate::inspect::take;
use crate::money_state::Slice;
use crate::park::ParkedFinding;
use crate::rule;
use crate::slices;
use crate::work::{Problem, Work};

/// Replaces the earlier version. Disposed goods keep their disposition and get their new condition; the other goods go
/// back to be inspected, by the findings that are left.
pub(crate) fn replace(
    work: &mut Work<'_>,
    inspection: &Inspection,
    id: &str,
    mut findings: Vec<ParkedFinding>,
) -> Result<(), String> {
    let affected = affected_slices(work, id);
    if let Err(why) = correct::keep(work, |slice| rests_on(slice, id)) {
        return Err(refuse(work, inspection, &why));
    }
    let mut fresh: Vec<Vec<Piece>> = Vec::new();
    for index in 0..work.state.lines.len() {
        let needed = disposed_of(work, index, &affected, id);
        let Some(pieces) = draw(work, index, &mut findings, needed) else {
            let why = "it finds fewer pieces than are disposed: take the disposition back first";
            return Err(refuse(work, inspection, why));
        };
        fresh.push(pieces);
    }
    work.state
        .parked_findings
        .retain(|finding| finding.inspection != id);
    for line in &mut work.state.lines {
        let old: i64 = line
            .pool
            .iter()
            .filter(|piece| piece.inspection == id)
            .map(|piece| piece.qty.millionths())
            .sum();
        line.pool.retain(|piece| piece.inspection != id);
        let old = Qty::from_millionths(old);
        line.buckets
            .shift(Bucket::Inspected, Bucket::PendingInspection, old);
    }
    for index in affected {
        refill(work, index, id, &mut fresh);
        rule::unrule(work, index);
    }
    work.state
        .parked_findings
        .extend(findings.into_iter().filter(|f| f.qty.is_positive()));
    Ok(())
}

fn affected_slices(work: &Work<'_>, id: &str) -> Vec<usize> {
    let slices = work.state.slices.iter().enumerate();
    slices
        .filter(|(_, slice)| rests_on(slice, id))
        .map(|(index, _)| index)
        .collect()
}

fn rests_on(slice: &Slice, id: &str) -> bool {
    slice.pieces.iter().any(|piece| piece.inspection == id)
}

/// Base units of a line that are disposed and rest on that inspection.
fn disposed_of(work: &Work<'_>, line: usize, affected: &[usize], id: &str) -> Qty {
    let line_no = work.state.lines.get(line).map(|line| line.line.line_no);
    let total: i64 = affected
        .iter()
        .filter_map(|index| work.state.slices.get(*index))
        .filter(|slice| Some(slice.line_no) == line_no)
        .flat_map(|slice| &slice.pieces)
        .filter(|piece| piece.inspection == id)
        .map(|piece| piece.qty.millionths())
        .sum();
    Qty::from_millionths(total)
}

/// Takes the pieces for disposed goods off the new findings. `None` if there are too few.
fn draw(
    work: &Work<'_>,
    line: usize,
    findings: &mut [ParkedFinding],
    needed: Qty,
) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut left = needed;
    for finding in findings.iter_mut() {
        let means_line = work
            .state
            .candidates(finding.line_no, &finding.sku)
            .contains(&line);
        if means_line && left.is_positive() && finding.qty.is_positive() {
            let piece = take(finding, left.min(finding.qty));
            left = left.minus_floor(piece.qty);
            pieces.push(piece);
        }
    }
    left.is_zero().then_some(pieces)
}

/// Gives a slice its pieces of the new version.
fn refill(work: &mut Work<'_>, index: usize, id: &str, fresh: &mut [Vec<Piece>]) {
    let Some(slice) = work.state.slices.get_mut(index) else {
        return;
    };
    let old: i64 = slice
        .pieces
        .iter()
        .filter(|piece| piece.inspection == id)
        .map(|piece| piece.qty.millionths())
        .sum();
    slice.pieces.retain(|piece| piece.inspection != id);
    let line_no = slice.line_no;
    let line = work
        .state
        .lines
        .iter()
        .position(|line| line.line.line_no == line_no);
    if let Some(pool) = line.and_then(|line| fresh.get_mut(line)) {
        let pieces = slices::draw(pool, Qty::from_millionths(old), slice.action, None);
        slice.pieces.extend(pieces);
    }
    slices::settle_liability(&mut work.state, index);
}

fn refuse(work: &mut Work<'_>, inspection: &Inspection, what: &str) -> String {
    let reason = format!(
        "version {} of inspection {} of site {} cannot be applied now: {what}",
        inspection.version, inspection.inspection_id, inspection.site
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Error,
        about: &format!(
            "inspection/{}/{}",
            inspection.inspection_id, inspection.version
        ),
        reason: reason.clone(),
    });
    reason
}

//! Goods are inspected: findings are applied to what came, the rest waits for its receipt.

use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::inspection::{Finding, Inspection};
use canonical::{BusinessCode, ExceptionCode, InspectionResult, Qty};

use crate::buckets::Bucket;
use crate::facts::{InspectionRecord, Piece};
use crate::park::{Early, ParkedFinding};
use crate::plan::to_base;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{apply, reinspect};

/// Takes an inspection in. A higher version of one that is known replaces it; a lower one is old news.
pub(crate) fn record(work: &mut Work<'_>, inspection: &Inspection) -> Verdict {
    if !work.state.takes_goods() {
        return apply::keep_early(work, Early::Inspection(inspection.clone()));
    }
    let name = work
        .state
        .fact_name(&inspection.site, &inspection.inspection_id);
    let id = name.as_str();
    let versions = work.state.inspections.iter().filter(|known| known.id == id);
    let known = versions.map(|known| known.version).max();
    match known {
        Some(version) if version == inspection.version => return Verdict::Duplicate,
        Some(version) if version > inspection.version => {
            return Verdict::Ignored(format!("inspection {id} is known in version {version}"));
        }
        _ => {}
    }
    let findings = parked(work, inspection, id);
    if known.is_some() {
        if let Err(why) = reinspect::replace(work, inspection, id, findings) {
            return Verdict::Ignored(why);
        }
    } else {
        work.state.parked_findings.extend(findings);
    }
    work.state.inspections.push(InspectionRecord {
        id: id.to_owned(),
        version: inspection.version,
        finalized_at: Some(inspection.finalized_at),
        inspector: inspection.inspector.clone(),
    });
    let before = waiting(work, id);
    apply::advance_goods(work);
    let after = waiting(work, id);
    if after.is_zero() {
        return Verdict::Applied;
    }
    if let Some(policy) = work.policy() {
        let due_at = work.in_hours(policy.orphan_wait_hours());
        work.set_timer(TimerKind::OrphanWait, id, due_at);
    }
    if after == before && known.is_none() {
        Verdict::Parked
    } else {
        Verdict::Applied
    }
}

fn waiting(work: &Work<'_>, id: &str) -> Qty {
    let findings = work
        .state
        .parked_findings
        .iter()
        .filter(|f| f.inspection == id);
    Qty::from_millionths(findings.map(|f| f.qty.millionths()).sum())
}

/// The findings in base units. One that says nothing was inspected leaves its goods to be inspected.
fn parked(work: &mut Work<'_>, inspection: &Inspection, name: &str) -> Vec<ParkedFinding> {
    let mut parked = Vec::new();
    for (number, finding) in inspection.findings.iter().enumerate() {
        if finding.result == InspectionResult::NotPerformed || !finding.qty.is_positive() {
            continue;
        }
        let Some(qty) = base_qty(work, finding) else {
            inexact(work, inspection, number, finding);
            continue;
        };
        parked.push(ParkedFinding {
            inspection: name.to_owned(),
            receipt_id: finding.receipt_id.clone(),
            line_no: finding.line_no,
            sku: finding.sku.clone(),
            qty,
            result: finding.result,
            condition: finding.condition,
            liability: finding.liability,
            serials: finding.serials.clone(),
        });
    }
    parked
}

/// Base units by the first line of that item; as told for an item that the return has not.
fn base_qty(work: &Work<'_>, finding: &Finding) -> Option<Qty> {
    let candidates = work.state.candidates(finding.line_no, &finding.sku);
    match candidates
        .first()
        .and_then(|index| work.state.lines.get(*index))
    {
        Some(line) => to_base(&line.line, finding.qty, &finding.uom),
        None => Some(finding.qty),
    }
}

fn inexact(work: &mut Work<'_>, inspection: &Inspection, number: usize, finding: &Finding) {
    let reason = format!(
        "inspection {} of site {}: {} {} of item {} is not an exact quantity of base units; the goods count as not \
         inspected: correct the unit in the warehouse's crosswalk and have the inspection told again in a higher version",
        inspection.inspection_id, inspection.site, finding.qty, finding.uom, finding.sku
    );
    work.raise(Problem {
        code: ExceptionCode::UomInexact,
        severity: Severity::Error,
        about: &format!("inspection/{}/{number}", inspection.inspection_id),
        reason,
    });
}

/// Applies waiting findings to goods that came. True if anything moved.
pub(crate) fn apply_waiting(work: &mut Work<'_>) -> bool {
    let mut moved = false;
    let waiting = std::mem::take(&mut work.state.parked_findings);
    let mut ids: Vec<String> = Vec::new();
    for mut finding in waiting {
        if !ids.contains(&finding.inspection) {
            ids.push(finding.inspection.clone());
        }
        moved |= apply_finding(work, &mut finding);
        if finding.qty.is_positive() {
            work.state.parked_findings.push(finding);
        }
    }
    if moved {
        let pending = work.state.in_bucket(Bucket::PendingInspection);
        work.milestone(if pending.is_zero() {
            BusinessCode::R410
        } else {
            BusinessCode::R400
        });
    }
    for id in ids {
        if waiting_of(work, &id) {
            continue;
        }
        work.drop_timer(TimerKind::OrphanWait, &id);
        work.cured(ExceptionCode::OrphanInspection, &id);
    }
    moved
}

fn waiting_of(work: &Work<'_>, id: &str) -> bool {
    work.state
        .parked_findings
        .iter()
        .any(|f| f.inspection == id)
}

fn apply_finding(work: &mut Work<'_>, finding: &mut ParkedFinding) -> bool {
    if !has_come(work, finding.receipt_id.as_deref()) {
        return false;
    }
    let mut moved = false;
    for index in work.state.candidates(finding.line_no, &finding.sku) {
        let Some(line) = work.state.lines.get_mut(index) else {
            continue;
        };
        let qty = line
            .buckets
            .shift(Bucket::PendingInspection, Bucket::Inspected, finding.qty);
        if !qty.is_positive() {
            continue;
        }
        moved = true;
        let piece = take(finding, qty);
        line.pool.push(piece);
    }
    moved
}

/// Takes so many base units off a finding.
pub(crate) fn take(finding: &mut ParkedFinding, qty: Qty) -> Piece {
    let mut whole = Piece {
        inspection: finding.inspection.clone(),
        qty: finding.qty,
        result: finding.result,
        condition: finding.condition,
        liability: finding.liability,
        serials: std::mem::take(&mut finding.serials),
    };
    let piece = whole.split(qty);
    finding.qty = whole.qty;
    finding.serials = whole.serials;
    piece
}

fn has_come(work: &Work<'_>, receipt_id: Option<&str>) -> bool {
    receipt_id.is_none_or(|id| {
        work.state
            .receipts
            .iter()
            .any(|receipt| receipt.id == id && !receipt.reversed)
    })
}

//! Recalls: what is recalled is never put back into available stock.

use canonical::exception::Severity;
use canonical::{DispositionAction, ExceptionCode, HoldFlag, ReturnType};

use crate::park::{ParkedAllocation, ParkedDisposition};
use crate::work::{Problem, Work};

/// True if a disposition would put recalled goods into available stock. It is not applied then, and a person is told.
pub(crate) fn stops(work: &mut Work<'_>, disposition: &ParkedDisposition) -> bool {
    let about = about(&disposition.id);
    let restocked = disposition
        .allocations
        .iter()
        .filter(|allocation| is_restock(allocation.action));
    let found = restocked
        .into_iter()
        .find_map(|allocation| why(work, allocation));
    let Some(why) = found else {
        work.cured(ExceptionCode::LotRecalled, &about);
        return false;
    };
    let reason = format!(
        "disposition {} puts goods into available stock, but {why}: it is not applied; have the warehouse take it back and \
         scrap the goods or return them to the supplier",
        disposition.id
    );
    work.raise_until_cured(Problem {
        code: ExceptionCode::LotRecalled,
        severity: Severity::Error,
        about: &about,
        reason,
    });
    true
}

/// What the exception about a disposition is about.
pub(crate) fn about(disposition_id: &str) -> String {
    format!("recall/{disposition_id}")
}

const fn is_restock(action: DispositionAction) -> bool {
    matches!(
        action,
        DispositionAction::Restock | DispositionAction::ReplaceRestock
    )
}

/// Why the goods of an allocation are recalled.
fn why(work: &Work<'_>, allocation: &ParkedAllocation) -> Option<String> {
    let header = &work.state.header;
    if header.return_type == ReturnType::Recall {
        return Some("the return is a recall".to_owned());
    }
    if header.hold_flags.contains(&HoldFlag::Recall) {
        return Some("the return is under a recall hold".to_owned());
    }
    let policy = work.live_policy()?;
    let lines = work.state.candidates(allocation.line_no, &allocation.sku);
    let lots = lines.into_iter().flat_map(|index| lots_of(work, index));
    let mut recalled = lots.filter(|lot| policy.is_recalled(lot));
    let lot = recalled.next()?;
    Some(format!("lot {lot} of item {} is recalled", allocation.sku))
}

/// Lots of a line: those that came, or those that were shipped if the warehouse tells none.
fn lots_of(work: &Work<'_>, index: usize) -> Vec<String> {
    let Some(line) = work.state.lines.get(index) else {
        return Vec::new();
    };
    let is_of_line = |line_no| line_no == line.line.line_no;
    let came: Vec<String> = work
        .state
        .receipts
        .iter()
        .filter(|receipt| !receipt.reversed)
        .flat_map(|receipt| &receipt.lines)
        .filter(|received| received.parts.iter().any(|part| is_of_line(part.line_no)))
        .flat_map(|received| received.lots.clone())
        .collect();
    if came.is_empty() {
        line.line.expected_lots.clone()
    } else {
        came
    }
}

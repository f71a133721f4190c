//! Goods that came and that nobody inspects: a silence in which nothing failed, and which is an incident all the same.

use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};

/// What the exception is about.
const ABOUT: &str = "inspection";

/// Base units of the return that came and wait for their inspection.
pub(crate) fn waiting(state: &ReturnState) -> Qty {
    state.in_bucket(Bucket::PendingInspection)
}

/// Watches the goods that wait. The time runs from when the first of them came, or from the last time that some of them
/// were dealt with: a warehouse that works on is not silent.
pub(crate) fn watch(work: &mut Work<'_>) {
    let before = work.uninspected;
    let now = waiting(&work.state);
    if now.is_zero() {
        if work.state.inspect_by.take().is_some() {
            work.drop_timer(TimerKind::InspectionWait, "");
        }
        work.cured(ExceptionCode::InspectionOverdue, ABOUT);
        return;
    }
    let hours = work
        .policy()
        .and_then(crate::policy::Policy::inspection_wait_hours);
    if let Some(hours) = hours
        && (work.state.inspect_by.is_none() || now < before)
    {
        let due_at = work.in_hours(hours);
        work.state.inspect_by = Some(due_at);
        work.set_timer(TimerKind::InspectionWait, "", due_at);
    }
}

/// The time is over. What was inspected meanwhile needs nobody.
pub(crate) fn overdue(work: &mut Work<'_>) -> Verdict {
    let waiting = waiting(&work.state);
    if waiting.is_zero() || work.is_open(ExceptionCode::InspectionOverdue, ABOUT) {
        return Verdict::Duplicate;
    }
    if let Some(due_at) = work.state.inspect_by
        && work.given.now < due_at
    {
        return Verdict::Ignored(format!("the goods are to be inspected by {due_at} only"));
    }
    let Some(hours) = work
        .policy()
        .and_then(crate::policy::Policy::inspection_wait_hours)
    else {
        return Verdict::Ignored("the policy does not watch for inspections".to_owned());
    };
    let site = &work.state.header.return_to_site;
    let reason = format!(
        "{waiting} base units came to site {site} and were not inspected within {hours} hours; nothing is credited for them: \
         ask the warehouse for the inspection, or whether its message was lost; the exception ends when it comes"
    );
    work.raise_until_cured(Problem {
        code: ExceptionCode::InspectionOverdue,
        severity: Severity::Warning,
        about: ABOUT,
        reason,
    });
    Verdict::Applied
}

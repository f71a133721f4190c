//! An approval that nobody decides in time goes to the next level. Never approved and never refused by itself.

use canonical::approval::Approval;
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{ApprovalState, ExceptionCode};

use crate::approvals;
use crate::step::Verdict;
use crate::work::{Problem, Work};

/// How often an approval is escalated. After that it stays open, with its last exception, and nothing rings any more.
const MOST: u32 = 5;

/// The time for a decision is over.
pub(crate) fn overdue(work: &mut Work<'_>, id: &str) -> Verdict {
    let Some(policy) = work.policy() else {
        return Verdict::Ignored(format!("no policy says when approval {id} is due"));
    };
    let now = work.given.now;
    let due_at = policy.approval_due(now);
    let approval = work
        .state
        .approvals
        .iter_mut()
        .find(|approval| approval.approval_id == id);
    let Some(approval) = approval else {
        return Verdict::Ignored(format!("approval {id} is none of this return's"));
    };
    let is_early = approval.expires_at.is_some_and(|at| now < at);
    if !approvals::is_open(approval) || is_early || approval.escalation_level >= MOST {
        return Verdict::Duplicate;
    }
    let waited_for: Vec<String> = approvals::missing(approval)
        .into_iter()
        .map(|(role, _)| role)
        .chain(approval.stand_ins.iter().cloned())
        .collect();
    let required = approval.required.iter().map(|need| need.role.clone());
    let asked: Vec<String> = required.chain(approval.stand_ins.iter().cloned()).collect();
    let next = policy.next_level(&asked);
    approval.state = ApprovalState::Escalated;
    approval.escalation_level += 1;
    approval.version += 1;
    approval.expires_at = Some(due_at);
    approval.stand_ins.extend(next.iter().cloned());
    let level = approval.escalation_level;
    let is_last = level >= MOST;
    let hint = match (next.is_empty(), is_last) {
        (false, _) => format!("{} may decide now as well", next.join(" or ")),
        (true, false) => "there is no level above: decide, or find somebody who does".to_owned(),
        (true, true) => {
            "there is no level above, and it is not escalated again: decide, or find somebody who does"
                .to_owned()
        }
    };
    let reason = format!(
        "nobody of {} has decided on approval {id} in time (escalation {level}): {hint}",
        waited_for.join(", ")
    );
    if is_last {
        work.drop_timer(TimerKind::ApprovalSla, id);
    } else {
        work.set_timer(TimerKind::ApprovalSla, id, due_at);
    }
    cure(work, id, level);
    work.raise_until_cured(Problem {
        code: ExceptionCode::ApprovalExpired,
        severity: if level > 1 {
            Severity::Error
        } else {
            Severity::Warning
        },
        about: &at_level(id, level),
        reason,
    });
    Verdict::Applied
}

/// It takes no decisions any more: nothing rings, and nobody is reminded.
pub(crate) fn over(work: &mut Work<'_>, approval: &Approval) {
    let id = &approval.approval_id;
    work.drop_timer(TimerKind::ApprovalSla, id);
    cure(work, id, approval.escalation_level + 1);
}

/// Ends the exceptions of the levels below. Earlier versions named them by the approval alone.
fn cure(work: &mut Work<'_>, id: &str, below: u32) {
    work.cured(ExceptionCode::ApprovalExpired, id);
    for level in 1..below {
        work.cured(ExceptionCode::ApprovalExpired, &at_level(id, level));
    }
}

fn at_level(id: &str, level: u32) -> String {
    format!("{id}/{level}")
}

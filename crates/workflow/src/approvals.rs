//! Approvals: who is asked, and which answers count. Four eyes, different people, bound to one calculation.

use canonical::approval::{
    Approval, ApprovalDecided, ApprovalSubject, Decision, Requirement, Verdict,
};
use canonical::{ApprovalState, DenialReason};
use jiff::Timestamp;

use crate::approvers::{Activity, Approvers, Matter, NoAuthority, are_one};

/// What is to be approved, and by whom.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// Id of the approval, derived by the caller.
    pub approval_id: String,
    /// What for.
    pub subject: ApprovalSubject,
    /// Hash of the calculation; empty when the approval is for the return.
    pub calc_hash: String,
    /// Who asks; may not answer.
    pub requested_by: String,
    /// What the policy demands: rule and requirement, as [`crate::policy::Policy::approvals`] gives them.
    pub demands: &'a [(String, Requirement)],
    /// When it is escalated if nobody decided.
    pub expires_at: Option<Timestamp>,
}

/// What a decision is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Court<'a> {
    /// People who took part: inspectors. The requester and the authors are known to the approval itself.
    pub took_part: &'a [&'a str],
    /// Who may approve what. None: whoever says that they hold a role is believed, without a limit.
    pub approvers: Option<&'a Approvers>,
}

/// Why a decision does not count. Nothing is recorded then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Already decided, withdrawn or superseded.
    #[error("the approval is {state} and takes no decisions{happened}")]
    Closed {
        /// Its state.
        state: ApprovalState,
        /// What was decided last, in words; empty if nothing was.
        happened: String,
    },
    /// The approval has moved on since the person looked at it.
    #[error(
        "it was made on version {seen} of the approval, which is at version {now} by now{happened}: look at it again"
    )]
    Moved {
        /// Version of the decision.
        seen: u32,
        /// Version of the approval.
        now: u32,
        /// What was decided meanwhile, in words.
        happened: String,
    },
    /// Meant for another calculation.
    #[error(
        "the decision is for calculation {given:?}, but the approval is for {expected:?}: look at the figures again"
    )]
    OtherCalculation {
        /// Hash of the approval.
        expected: String,
        /// Hash of the decision.
        given: String,
    },
    /// Nobody is named.
    #[error("the decision names no person")]
    NoPerson,
    /// The person took part in what is to be approved.
    #[error("{0} took part in this return and may not decide on it, nor may anybody for them")]
    FourEyes(String),
    /// The person has decided already.
    #[error("{0} has decided already; another person is needed")]
    SamePerson(String),
    /// Not a role that is asked.
    #[error("role {given:?} is not asked; it takes {}", expected.join(" and "))]
    OtherRole {
        /// The role of the decision.
        given: String,
        /// Roles that are asked.
        expected: Vec<String>,
    },
    /// Enough people of that role have agreed.
    #[error("enough people of role {0:?} have approved; other roles are still missing")]
    RoleComplete(String),
    /// The person does not hold the role, or their limit does not cover the amount.
    #[error("{0}")]
    NoAuthority(NoAuthority),
    /// A no without a reason code.
    #[error("a rejection needs a reason code first, one of {}", reasons())]
    NoReason,
}

fn reasons() -> String {
    let words: Vec<&str> = DenialReason::ALL.iter().map(|r| r.word()).collect();
    words.join(", ")
}

/// The reason of a rejection: its code, then words if there are any.
pub fn rejection(code: DenialReason, words: &str) -> String {
    match words {
        "" => code.word().to_owned(),
        words => format!("{code}: {words}"),
    }
}

/// The reason code at the beginning of a rejection's reason.
pub fn reason_code(reason: &str) -> Option<DenialReason> {
    let (code, _) = reason.split_once(':').unwrap_or((reason, ""));
    code.trim().parse().ok()
}

/// A new approval. Requirements on the same role become one (the higher count, the lower limit); one that demands
/// nobody is approved at once.
pub fn request(ask: Ask<'_>) -> Approval {
    let mut rule_ids: Vec<String> = Vec::new();
    let mut required: Vec<Requirement> = Vec::new();
    for (rule_id, demand) in ask.demands {
        if !rule_ids.contains(rule_id) {
            rule_ids.push(rule_id.clone());
        }
        match required.iter_mut().find(|have| have.role == demand.role) {
            Some(have) => {
                have.min_count = have.min_count.max(demand.min_count);
                have.limit_minor = match (have.limit_minor, demand.limit_minor) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            None => required.push(demand.clone()),
        }
    }
    let mut approval = Approval {
        approval_id: ask.approval_id,
        subject: ask.subject,
        calc_hash: ask.calc_hash,
        rule_ids,
        required,
        requested_by: ask.requested_by,
        decisions: Vec::new(),
        state: ApprovalState::Requested,
        expires_at: ask.expires_at,
        escalation_level: 0,
        version: 0,
        asked_at: None,
        amount: None,
        stand_ins: Vec::new(),
        authors: Vec::new(),
        covers: Vec::new(),
        carried_from: None,
    };
    if is_complete(&approval) {
        approval.state = ApprovalState::Approved;
    }
    approval
}

/// Takes a decision, or says why it does not count.
///
/// - The first valid one wins: a decision that was made on another version of the approval is refused with what happened
///   meanwhile.
/// - Nobody decides on what they took part in, nobody for them, and nobody twice; a person and whoever decides for them are
///   one. Names are compared without regard to case and outer blanks, and by all names that the approvers have of a person.
/// - A yes needs a role that is missing, and a limit that covers the amount; a no needs a role that is asked and a reason code.
/// - A no ends it; a yes ends it once every requirement is met.
pub fn decide(
    approval: &mut Approval,
    decided: &ApprovalDecided,
    court: &Court<'_>,
) -> Result<(), Refusal> {
    if !is_open(approval) {
        return Err(Refusal::Closed {
            state: approval.state,
            happened: happened(approval),
        });
    }
    if decided.calc_hash != approval.calc_hash {
        return Err(Refusal::OtherCalculation {
            expected: approval.calc_hash.clone(),
            given: decided.calc_hash.clone(),
        });
    }
    if let Some(seen) = decided.version
        && seen != approval.version
    {
        return Err(Refusal::Moved {
            seen,
            now: approval.version,
            happened: happened(approval),
        });
    }
    let mut decision = decided.decision.clone();
    check_people(approval, &decision, court)?;
    decision.role = role_of(approval, &decision, court)?;
    match decision.decision {
        Verdict::Reject if reason_code(&decision.reason).is_none() => {
            return Err(Refusal::NoReason);
        }
        Verdict::Reject => approval.state = ApprovalState::Rejected,
        Verdict::Approve => {}
    }
    approval.decisions.push(decision);
    approval.version += 1;
    if approval.state != ApprovalState::Rejected && is_complete(approval) {
        approval.state = ApprovalState::Approved;
    }
    Ok(())
}

/// The role in which a decision counts: the one that it names, or the first of those asked that the person holds.
fn role_of(approval: &Approval, decision: &Decision, court: &Court<'_>) -> Result<String, Refusal> {
    let is_yes = decision.decision == Verdict::Approve;
    let missing = missing(approval);
    let asked = || {
        let roles = approval.required.iter().map(|need| &need.role);
        roles.chain(&approval.stand_ins)
    };
    let is_missing =
        |role: &String| missing.iter().any(|(m, _)| m == role) || approval.stand_ins.contains(role);
    let named = decision.role.trim();
    let candidates: Vec<&String> = asked()
        .filter(|role| named.is_empty() || role.as_str() == named)
        .collect();
    if candidates.is_empty() || (named.is_empty() && court.approvers.is_none()) {
        return Err(Refusal::OtherRole {
            given: decision.role.clone(),
            expected: asked().cloned().collect(),
        });
    }
    let mut why = Refusal::RoleComplete(named.to_owned());
    for role in candidates {
        if is_yes && !is_missing(role) {
            continue;
        }
        let Some(approvers) = court.approvers else {
            return Ok(role.clone());
        };
        let matter = Matter {
            user: &decision.user,
            on_behalf_of: decision.on_behalf_of.as_deref(),
            activity: Activity::from(approval.subject),
            // Whoever may look at it may say no, whatever the amount.
            amount: approval.amount.filter(|_| is_yes),
            at: decision.ts,
        };
        match approvers.authority(&matter, role) {
            Ok(()) => return Ok(role.clone()),
            Err(NoAuthority::Role { .. })
                if matches!(why, Refusal::NoAuthority(NoAuthority::Limit { .. })) => {}
            Err(other) => why = Refusal::NoAuthority(other),
        }
    }
    Err(why)
}

fn check_people(
    approval: &Approval,
    decision: &Decision,
    court: &Court<'_>,
) -> Result<(), Refusal> {
    if decision.user.trim().is_empty() {
        return Err(Refusal::NoPerson);
    }
    let are_one = |a: &str, b: &str| are_one(court.approvers, a, b);
    for person in people(decision) {
        let took_part = std::iter::once(approval.requested_by.as_str())
            .chain(approval.authors.iter().map(String::as_str))
            .chain(court.took_part.iter().copied())
            .any(|name| are_one(name, person));
        if took_part {
            return Err(Refusal::FourEyes(person.to_owned()));
        }
        let decided = approval
            .decisions
            .iter()
            .flat_map(people)
            .any(|name| are_one(name, person));
        if decided {
            return Err(Refusal::SamePerson(person.to_owned()));
        }
    }
    Ok(())
}

/// Whoever decided and for whom: both count as having decided.
pub(crate) fn people(decision: &Decision) -> impl Iterator<Item = &str> {
    std::iter::once(decision.user.as_str()).chain(decision.on_behalf_of.as_deref())
}

/// True while it takes decisions.
pub fn is_open(approval: &Approval) -> bool {
    matches!(
        approval.state,
        ApprovalState::Requested | ApprovalState::Escalated
    )
}

/// What was decided last, as the end of a sentence.
fn happened(approval: &Approval) -> String {
    match approval.decisions.last() {
        Some(last) => {
            let what = match last.decision {
                Verdict::Approve => "approved",
                Verdict::Reject => "rejected",
            };
            let level = match approval.escalation_level {
                0 => String::new(),
                level => format!(", escalated {level} times"),
            };
            format!(
                " ({} {what} as {} at {}{level})",
                last.user, last.role, last.ts
            )
        }
        None if approval.escalation_level > 0 => {
            format!(" (escalated {} times)", approval.escalation_level)
        }
        None => String::new(),
    }
}

/// Roles that are still missing, and how many people of each. Those who decided in a role that stands in fill what is
/// left over by the others, in order.
pub fn missing(approval: &Approval) -> Vec<(String, u32)> {
    let count = |role: &str| {
        let yes = approval.decisions.iter();
        let yes = yes.filter(|d| d.decision == Verdict::Approve && d.role == role);
        u32::try_from(yes.count()).unwrap_or(u32::MAX)
    };
    let mut spare: u32 = 0;
    for role in &approval.stand_ins {
        let least = approval.required.iter().find(|need| need.role == *role);
        spare = spare.saturating_add(count(role).saturating_sub(least.map_or(0, |n| n.min_count)));
    }
    let mut left = Vec::new();
    for need in &approval.required {
        let short = need.min_count.saturating_sub(count(&need.role));
        let filled = short.min(spare);
        spare -= filled;
        if short > filled {
            left.push((need.role.clone(), short - filled));
        }
    }
    left
}

/// True once every requirement is met.
pub(crate) fn is_complete(approval: &Approval) -> bool {
    missing(approval).is_empty()
}

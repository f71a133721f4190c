//! Approvals: who is asked, and which answers count. Four eyes, different people, bound to one calculation.

use canonical::ApprovalState;
use canonical::approval::{Approval, ApprovalSubject, Decision, Requirement, Verdict};
use jiff::Timestamp;

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

/// Why a decision does not count. Nothing is recorded then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Already decided, withdrawn or superseded.
    #[error("the approval is {0} and takes no decisions")]
    Closed(ApprovalState),
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
    /// A no without a reason.
    #[error("a rejection needs a reason")]
    NoReason,
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
    };
    if is_complete(&approval) {
        approval.state = ApprovalState::Approved;
    }
    approval
}

/// Takes a decision, or says why it does not count. `calc_hash` is the calculation that the person looked at;
/// `forbidden_people` are those who took part (inspector, author of an override); the requester is forbidden anyway.
/// Names of people are compared without regard to case and outer blanks. A no ends it; a yes ends it once every
/// requirement is met.
pub fn decide(
    approval: &mut Approval,
    decision: Decision,
    calc_hash: &str,
    forbidden_people: &[&str],
) -> Result<(), Refusal> {
    if !matches!(
        approval.state,
        ApprovalState::Requested | ApprovalState::Escalated
    ) {
        return Err(Refusal::Closed(approval.state));
    }
    if calc_hash != approval.calc_hash {
        return Err(Refusal::OtherCalculation {
            expected: approval.calc_hash.clone(),
            given: calc_hash.to_owned(),
        });
    }
    check_people(approval, &decision, forbidden_people)?;
    let Some(requirement) = approval.required.iter().find(|r| r.role == decision.role) else {
        return Err(Refusal::OtherRole {
            given: decision.role,
            expected: approval.required.iter().map(|r| r.role.clone()).collect(),
        });
    };
    match decision.decision {
        Verdict::Reject if decision.reason.trim().is_empty() => return Err(Refusal::NoReason),
        Verdict::Reject => approval.state = ApprovalState::Rejected,
        Verdict::Approve if is_met(requirement, &approval.decisions) => {
            return Err(Refusal::RoleComplete(decision.role));
        }
        Verdict::Approve => {}
    }
    approval.decisions.push(decision);
    if approval.state != ApprovalState::Rejected && is_complete(approval) {
        approval.state = ApprovalState::Approved;
    }
    Ok(())
}

fn check_people(
    approval: &Approval,
    decision: &Decision,
    forbidden: &[&str],
) -> Result<(), Refusal> {
    if decision.user.trim().is_empty() {
        return Err(Refusal::NoPerson);
    }
    for person in people(decision) {
        let took_part = std::iter::once(approval.requested_by.as_str())
            .chain(forbidden.iter().copied())
            .any(|name| is_same(name, person));
        if took_part {
            return Err(Refusal::FourEyes(person.to_owned()));
        }
        let decided = approval
            .decisions
            .iter()
            .flat_map(people)
            .any(|name| is_same(name, person));
        if decided {
            return Err(Refusal::SamePerson(person.to_owned()));
        }
    }
    Ok(())
}

/// Whoever decided and for whom: both count as having decided.
fn people(decision: &Decision) -> impl Iterator<Item = &str> {
    std::iter::once(decision.user.as_str()).chain(decision.on_behalf_of.as_deref())
}

fn is_same(a: &str, b: &str) -> bool {
    !a.trim().is_empty() && a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn is_met(requirement: &Requirement, decisions: &[Decision]) -> bool {
    let yes = decisions
        .iter()
        .filter(|d| d.decision == Verdict::Approve && d.role == requirement.role)
        .count();
    u32::try_from(yes).unwrap_or(u32::MAX) >= requirement.min_count
}

fn is_complete(approval: &Approval) -> bool {
    approval
        .required
        .iter()
        .all(|requirement| is_met(requirement, &approval.decisions))
}

//! Approvals: who must say yes, and who said what.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::ApprovalState;

/// What an approval is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalSubject {
    /// The return itself (late, without receipt, by exception).
    Return,
    /// A credit calculation.
    Calc,
    /// A manual override.
    Override,
    /// A replay.
    Replay,
}

/// A role that must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Role.
    pub role: String,
    /// How many different people of that role.
    pub min_count: u32,
    /// Up to which gross amount (minor units of base currency) the role may approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_minor: Option<i64>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Who.
    pub user: String,
    /// In which role.
    pub role: String,
    /// For whom, if by delegation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// What.
    pub decision: Verdict,
    /// Why; mandatory for a no.
    #[serde(default)]
    pub reason: String,
    /// When.
    pub ts: Timestamp,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Id.
    pub approval_id: String,
    /// What for.
    pub subject: ApprovalSubject,
    /// Calculation it is bound to; empty if for the return.
    pub calc_hash: String,
    /// Rules that demand it.
    pub rule_ids: Vec<String>,
    /// Who must approve.
    pub required: Vec<Requirement>,
    /// Who asked.
    pub requested_by: String,
    /// What was decided so far.
    pub decisions: Vec<Decision>,
    /// State.
    pub state: ApprovalState,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How often it was escalated.
    #[serde(default)]
    pub escalation_level: u32,
}

/// A decision as it comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalDecided {
    /// Which approval.
    pub approval_id: String,
    /// Calculation it is meant for; must be that of the approval.
    pub calc_hash: String,
    /// The decision.
    pub decision: Decision,
}

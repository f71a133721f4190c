//! Approvals: who must say yes, and who said what.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::ApprovalState;
use crate::currency::Currency;

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
    /// In which role; empty: whichever of the roles that are missing the person holds with a sufficient limit.
    pub role: String,
    /// For whom, if by delegation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// What.
    pub decision: Verdict,
    /// Why. A no begins with a reason code ([`crate::DenialReason`]), then ": " and words if there are any.
    #[serde(default)]
    pub reason: String,
    /// When.
    pub ts: Timestamp,
}

/// The money that an approval is about, in minor units of the policy's base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalAmount {
    /// Gross of this credit.
    pub gross_minor: i64,
    /// What was compared with the thresholds and must be covered by the limits of those who approve: this gross and what
    /// else the customer was credited on the same invoice within the policy's window.
    pub compared_minor: i64,
    /// Base currency.
    pub ccy: Currency,
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
    /// Goes up with every decision and every escalation; a decision names the version it was made on.
    #[serde(default, skip_serializing_if = "is_first")]
    pub version: u32,
    /// When it was asked for; none if by an earlier version of Backhaul.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Money it is about; none for the return itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<ApprovalAmount>,
    /// Roles that may decide instead of any role that is missing, since it was escalated to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<String>,
    /// People whose own work is judged (authors of an override), besides the requester and the inspectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Units it is about, "LINE:FROM-TO" in base units of the invoice line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// The earlier approval whose decisions it took over, because the credit became smaller by less than the tolerance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
const fn is_first(version: &u32) -> bool {
    *version == 0
}

/// A decision as it comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalDecided {
    /// Which approval.
    pub approval_id: String,
    /// Calculation it is meant for; must be that of the approval.
    pub calc_hash: String,
    /// Version of the approval that the person looked at; refused if it is another one by now. None: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The decision.
    pub decision: Decision,
}

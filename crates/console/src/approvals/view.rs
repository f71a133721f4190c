//! An approval as it is shown.

use canonical::approval::ApprovalAmount;
use jiff::Timestamp;
use router::approve::{self, Case};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use workflow::{Approvers, approvals};

use crate::access::Holder;
use crate::openapi::named;

/// An approval, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApprovalView {
    /// Its id.
    approval_id: String,
    /// Version: goes up with every decision and every escalation. Whoever decides says which one they looked at.
    version: u32,
    /// State (REQUESTED, ESCALATED, APPROVED, REJECTED, …).
    state: String,
    /// What it is for: return, credit, override or replay.
    subject: &'static str,
    /// Return it belongs to.
    return_id: String,
    /// Its RMA number.
    rma_number: String,
    /// Legal entity.
    legal_entity: String,
    /// Customer account.
    customer: String,
    /// What the customer would get, minor units; left out for what moves no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    /// Its currency (ISO 4217).
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// The amount that limits are compared with, in base currency: with what else the customer was credited on the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = amount)]
    base: Option<ApprovalAmount>,
    /// Roles that are still missing.
    missing: Vec<RoleView>,
    /// Roles that may decide instead of any that is missing, since it was escalated.
    stand_ins: Vec<String>,
    /// Who asked for the return: may not decide.
    requested_by: String,
    /// Since when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    asked_at: Option<Timestamp>,
    /// When it is escalated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// How often it was.
    escalation_level: u32,
    /// Rules of the policy that demand it.
    rule_ids: Vec<String>,
    /// Calculation that a decision is bound to; empty if there is none.
    calc_hash: String,
    /// In whose name the person of this token may approve now: their own, or that of somebody who delegated to them. Left out
    /// for a token that stands for no person.
    #[serde(skip_serializing_if = "Option::is_none")]
    yours: Option<Vec<String>>,
}

/// A role, and how many people of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RoleView {
    /// Role.
    role: String,
    /// How many different people.
    count: u32,
}

fn amount() -> RefOr<Schema> {
    named("ApprovalAmount")
}

/// That approval, as they may see it.
pub(super) fn view(
    case: &Case,
    approvers: Option<&Approvers>,
    holder: &Holder,
    now: Timestamp,
) -> ApprovalView {
    let (header, approval) = (case.state.header(), &case.approval);
    let person = holder.person.as_deref();
    let money = case.money();
    let yours = person.map(|person| match approvers {
        Some(approvers) => names(case, approvers, person, now),
        None => Vec::new(),
    });
    ApprovalView {
        approval_id: approval.approval_id.clone(),
        version: approval.version,
        state: approval.state.to_string(),
        subject: case.what(),
        return_id: header.return_id.clone(),
        rma_number: header.rma_number.clone(),
        legal_entity: header.legal_entity.clone(),
        customer: header.customer_account.clone(),
        amount_minor: money.map(|m| m.minor),
        currency: money.map(|m| m.ccy.code().to_owned()),
        base: approval.amount,
        missing: roles(approvals::missing(approval).into_iter()),
        stand_ins: approval.stand_ins.clone(),
        requested_by: holder.shown_text(&approval.requested_by),
        asked_at: approval.asked_at,
        due_at: approval.expires_at,
        escalation_level: approval.escalation_level,
        rule_ids: approval.rule_ids.clone(),
        calc_hash: approval.calc_hash.clone(),
        yours,
    }
}

/// Roles, and how many people of each.
pub(super) fn roles(needs: impl Iterator<Item = (String, u32)>) -> Vec<RoleView> {
    needs
        .map(|(role, count)| RoleView { role, count })
        .collect()
}

/// In whose name somebody may approve it now.
pub(super) fn names(case: &Case, approvers: &Approvers, user: &str, now: Timestamp) -> Vec<String> {
    let ways = approve::ways(case, approvers, user, now).into_iter();
    ways.map(|way| way.unwrap_or_else(|| user.to_owned()))
        .collect()
}

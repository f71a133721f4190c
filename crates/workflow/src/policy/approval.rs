//! Rules of approval: a ladder of amounts, and demands by facts or by what happened.

use canonical::approval::Requirement;

use super::selector::{Facts, Selector};

/// Something about a return that needs a person, whatever the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalTrigger {
    /// Outside the policy (window, quantity, item).
    PolicyException,
    /// No invoice to go back to.
    NoInvoice,
    /// Goods came after expiry and grace.
    LateReturn,
    /// The condition of the goods must be looked at again.
    ConditionReview,
    /// Credited without goods, and outside of the rules for that.
    NoReceipt,
}

impl ApprovalTrigger {
    /// Every trigger that each policy must answer. [`Self::NoReceipt`] is asked for by the block `no_receipt_credit`.
    pub const ALL: &'static [Self] = &[
        Self::PolicyException,
        Self::NoInvoice,
        Self::LateReturn,
        Self::ConditionReview,
    ];

    /// The trigger as a policy writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PolicyException => "policy_exception",
            Self::NoInvoice => "no_invoice",
            Self::LateReturn => "late_return",
            Self::ConditionReview => "condition_review",
            Self::NoReceipt => "no_receipt",
        }
    }
}

/// What a rule of approval looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ground {
    /// The gross is above so many minor units: a rung of the ladder.
    Amount(i64),
    /// The facts, and a gross above so many minor units.
    Facts(Selector, i64),
    /// Something happened.
    Trigger(ApprovalTrigger),
}

/// Who must approve on what ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApprovalRule {
    pub(super) id: String,
    pub(super) ground: Ground,
    pub(super) need: Vec<Requirement>,
}

/// The highest rung that the amount reaches, and every other rule that matches.
pub(super) fn demands(
    rules: &[ApprovalRule],
    gross_minor: i64,
    facts: &[Facts<'_>],
    flags: &[ApprovalTrigger],
) -> Vec<(String, Requirement)> {
    let rung = rules
        .iter()
        .filter_map(|rule| match rule.ground {
            Ground::Amount(over) if gross_minor > over => Some((over, rule)),
            _ => None,
        })
        .max_by_key(|(over, _)| *over)
        .map(|(_, rule)| rule);
    let others = rules.iter().filter(|rule| match &rule.ground {
        Ground::Amount(_) => false,
        Ground::Facts(when, over) => gross_minor > *over && facts.iter().any(|f| when.matches(f)),
        Ground::Trigger(trigger) => flags.contains(trigger),
    });
    rung.into_iter()
        .chain(others)
        .flat_map(|rule| rule.need.iter().map(|need| (rule.id.clone(), need.clone())))
        .collect()
}

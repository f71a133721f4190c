//! Rules of approval: a ladder of amounts, and demands by facts or by what happened.

use canonical::approval::Requirement;

use super::rule::Unanswered;
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
    /// Goods came without a return that was asked for.
    Blind,
    /// Credited without goods, and outside of the rules for that.
    NoReceipt,
    /// Tax, price or rate differ by more than is tolerated.
    Variance,
    /// Somebody has set a figure by hand.
    Override,
    /// An effect whose outcome nobody can tell is to be sent again.
    AmbiguousReplay,
    /// A credit that is posted is corrected.
    Correction,
}

impl ApprovalTrigger {
    /// Every trigger that a policy must answer. Nobody need answer a variance: without a rule the credit is held.
    pub const ALL: &'static [Self] = &[
        Self::PolicyException,
        Self::NoInvoice,
        Self::LateReturn,
        Self::ConditionReview,
        Self::Blind,
        Self::NoReceipt,
        Self::Variance,
        Self::Override,
        Self::AmbiguousReplay,
        Self::Correction,
    ];

    /// The trigger as a policy writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PolicyException => "policy_exception",
            Self::NoInvoice => "no_invoice",
            Self::LateReturn => "late_return",
            Self::ConditionReview => "condition_review",
            Self::Blind => "blind",
            Self::NoReceipt => "no_receipt",
            Self::Variance => "variance",
            Self::Override => "override",
            Self::AmbiguousReplay => "ambiguous_replay",
            Self::Correction => "correction",
        }
    }

    /// What is asked when no rule speaks of it. None: a rule must. A credit without receipt is allowed by rules of its own,
    /// which say when somebody is to be asked; who takes a part of a credit back is asked as for an exception from the policy.
    pub(super) const fn falls_to(self) -> Option<Unasked> {
        match self {
            Self::PolicyException | Self::NoInvoice | Self::LateReturn | Self::ConditionReview => {
                None
            }
            Self::NoReceipt | Self::Correction => Some(Unasked::Nobody),
            Self::Blind | Self::Variance | Self::Override | Self::AmbiguousReplay => {
                Some(Unasked::AsPolicyException)
            }
        }
    }
}

/// Who is asked about a trigger that no rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unasked {
    /// Those who are asked about a policy exception.
    AsPolicyException,
    /// Nobody.
    Nobody,
}

/// What a rule of approval looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ground {
    /// The gross is above so many minor units: a rung of the ladder.
    Amount(i64),
    /// The facts, and a gross above so many minor units.
    Facts(Box<Selector>, i64),
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

/// The demands of the rules on a trigger, or of those that answer in its place; none when there is no such rule.
pub(super) fn on(
    rules: &[ApprovalRule],
    trigger: ApprovalTrigger,
) -> Option<Vec<(String, Requirement)>> {
    let trigger = answered(rules, trigger);
    let answers = rules
        .iter()
        .filter(|rule| rule.ground == Ground::Trigger(trigger));
    let mut demands = None;
    for rule in answers {
        let needs = rule.need.iter().map(|need| (rule.id.clone(), need.clone()));
        demands.get_or_insert_with(Vec::new).extend(needs);
    }
    demands
}

/// The highest rung that the amount reaches, and every other rule that matches. A condition that cannot be evaluated
/// leaves open who must approve, unless its rule counts for other facts.
pub(super) fn demands(
    rules: &[ApprovalRule],
    gross_minor: i64,
    facts: &[Facts<'_>],
    flags: &[ApprovalTrigger],
) -> Result<Vec<(String, Requirement)>, Unanswered> {
    let flags: Vec<ApprovalTrigger> = flags.iter().map(|flag| answered(rules, *flag)).collect();
    let rung = rungs(rules)
        .into_iter()
        .rfind(|(over, _)| gross_minor > *over)
        .map(|(_, rule)| rule);
    let mut speaking: Vec<&ApprovalRule> = rung.into_iter().collect();
    for rule in rules {
        let counts = match &rule.ground {
            Ground::Amount(_) => false,
            Ground::Facts(when, over) => {
                gross_minor > *over && any(rule, when, gross_minor, facts)?
            }
            Ground::Trigger(trigger) => flags.contains(trigger),
        };
        if counts {
            speaking.push(rule);
        }
    }
    let needs = |rule: &ApprovalRule| {
        let needs = rule.need.iter().map(|need| (rule.id.clone(), need.clone()));
        needs.collect::<Vec<_>>()
    };
    Ok(speaking.into_iter().flat_map(needs).collect())
}

/// True if the rule counts for any of the facts.
fn any(
    rule: &ApprovalRule,
    when: &Selector,
    gross_minor: i64,
    facts: &[Facts<'_>],
) -> Result<bool, Unanswered> {
    let mut failed = None;
    for facts in facts {
        match when.holds(facts, Some(gross_minor)) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(why) => failed = Some(why),
        }
    }
    match failed {
        None => Ok(false),
        Some(why) => Err(Unanswered::Failed {
            rule_id: rule.id.clone(),
            why,
        }),
    }
}

/// The trigger whose rule answers: its own, or that of a policy exception.
pub(super) fn answered(rules: &[ApprovalRule], flag: ApprovalTrigger) -> ApprovalTrigger {
    let has_rule = rules
        .iter()
        .any(|rule| rule.ground == Ground::Trigger(flag));
    match flag.falls_to() {
        Some(Unasked::AsPolicyException) if !has_rule => ApprovalTrigger::PolicyException,
        _ => flag,
    }
}

/// The ladder, lowest rung first.
pub(super) fn rungs(rules: &[ApprovalRule]) -> Vec<(i64, &ApprovalRule)> {
    let mut rungs: Vec<(i64, &ApprovalRule)> = rules
        .iter()
        .filter_map(|rule| match rule.ground {
            Ground::Amount(over) => Some((over, rule)),
            Ground::Facts(..) | Ground::Trigger(_) => None,
        })
        .collect();
    rungs.sort_by_key(|(over, _)| *over);
    rungs
}

/// Roles of the next rung above the lowest one that an asked role stands on, without those asked already. Empty at the top,
/// and for roles that stand on no rung.
pub(super) fn above(rules: &[ApprovalRule], asked: &[String]) -> Vec<String> {
    let rungs = rungs(rules);
    let is_asked = |need: &Requirement| asked.contains(&need.role);
    let Some(at) = rungs
        .iter()
        .position(|(_, rule)| rule.need.iter().any(is_asked))
    else {
        return Vec::new();
    };
    let higher = rungs.iter().skip(at + 1);
    let mut roles = higher.map(|(_, rule)| {
        let others = rule.need.iter().filter(|need| !is_asked(need));
        others.map(|need| need.role.clone()).collect::<Vec<_>>()
    });
    roles.find(|roles| !roles.is_empty()).unwrap_or_default()
}

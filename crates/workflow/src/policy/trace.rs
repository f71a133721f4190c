//! Why a policy answers as it does: every rule that could have answered, and what came of it.

use std::fmt;

use super::Policy;
use super::approval::{ApprovalRule, ApprovalTrigger, Ground, answered, rungs};
use super::expression::{Fact, Question};
use super::rule::Rule;
use super::selector::{Facts, Selector};

/// What a question to the policy looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The facts that rules asked for, as they are known; of several lines or slices, those of the first.
    pub facts: Vec<(Fact, String)>,
    /// Every rule of the question, the most specific first.
    pub rules: Vec<Traced>,
}

/// A rule and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The rule.
    pub rule_id: String,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It counts.
    Counts,
    /// A more specific rule answers; it was not asked.
    Outranked,
    /// It is not asked about: there is no line or slice to ask about.
    NothingToAsk,
    /// Its selectors do not pick the facts.
    Elsewhere {
        /// The first fact that differs.
        fact: Fact,
        /// As it is.
        found: String,
        /// As the rule wants it.
        wanted: Vec<String>,
    },
    /// Its condition does not hold.
    Untrue {
        /// The condition.
        condition: String,
    },
    /// Nobody can say whether its condition holds.
    Fails {
        /// The condition.
        condition: String,
        /// Why.
        why: String,
    },
    /// The amount is not above its own, minor units of base currency.
    NotAbove(i64),
    /// A higher rung of the ladder counts.
    HigherRung,
    /// What it waits for did not happen.
    NotRaised(ApprovalTrigger),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts => f.write_str("counts"),
            Self::Outranked => f.write_str("less specific than the one that answers"),
            Self::NothingToAsk => f.write_str("there is nothing to ask about"),
            Self::Elsewhere {
                fact,
                found,
                wanted,
            } => {
                let (name, wanted) = (fact.name(), wanted.join(" or "));
                write!(f, "{name} is {found}, not {wanted}")
            }
            Self::Untrue { condition } => write!(f, "does not hold: {condition}"),
            Self::Fails { condition, why } => write!(f, "fails: {condition}: {why}"),
            Self::NotAbove(minor) => write!(f, "the amount is not above {minor} minor units"),
            Self::HigherRung => f.write_str("a higher rung counts"),
            Self::NotRaised(trigger) => write!(f, "no {}", trigger.word()),
        }
    }
}

impl Policy {
    /// Why the policy answers a question as it does: asked with the same facts, amount and triggers.
    pub fn trace(
        &self,
        question: Question,
        facts: &[Facts<'_>],
        gross_minor: Option<i64>,
        triggers: &[ApprovalTrigger],
    ) -> Trace {
        let (seen, rules) = match question {
            Question::Window => by_rank(&self.window, facts),
            Question::CreditPercent => by_rank(&self.credit_percent, facts),
            Question::RestockingFee => by_rank(&self.restocking_fee, facts),
            Question::OutboundFreight => by_rank(&self.outbound_freight, facts),
            Question::ReturnLabel => by_rank(&self.return_label, facts),
            Question::Approval => {
                let gross = gross_minor.unwrap_or_default();
                approvals(&self.approval, gross, facts, triggers)
            }
        };
        let facts = seen.into_iter().filter_map(|fact| {
            let known = fact.of(facts.first()?, gross_minor);
            Some((fact, known.to_string()))
        });
        Trace {
            facts: facts.collect(),
            rules,
        }
    }
}

fn by_rank<T>(rules: &[Rule<T>], facts: &[Facts<'_>]) -> (Vec<Fact>, Vec<Traced>) {
    let mut seen = Vec::new();
    let mut answered: Option<u16> = None;
    let traced = rules.iter().map(|rule| {
        let rank = rule.when.specificity();
        let finding = if answered.is_some_and(|answered| answered > rank) {
            Finding::Outranked
        } else {
            seen.extend(rule.when.asks());
            finding(&rule.when, facts, None)
        };
        if finding == Finding::Counts {
            answered = Some(rank);
        }
        Traced {
            rule_id: rule.id.clone(),
            finding,
        }
    });
    let traced = traced.collect();
    (in_order(seen), traced)
}

fn approvals(
    rules: &[ApprovalRule],
    gross: i64,
    facts: &[Facts<'_>],
    triggers: &[ApprovalTrigger],
) -> (Vec<Fact>, Vec<Traced>) {
    let mut seen = vec![Fact::GrossMinor];
    let triggers: Vec<ApprovalTrigger> = (triggers.iter())
        .map(|trigger| answered(rules, *trigger))
        .collect();
    let rung = rungs(rules).into_iter().rfind(|(over, _)| gross > *over);
    let traced = rules.iter().map(|rule| {
        let finding = match &rule.ground {
            Ground::Amount(over) if gross <= *over => Finding::NotAbove(*over),
            Ground::Amount(over) if rung.is_none_or(|(highest, _)| highest == *over) => {
                Finding::Counts
            }
            Ground::Amount(_) => Finding::HigherRung,
            Ground::Facts(_, over) if gross <= *over => Finding::NotAbove(*over),
            Ground::Facts(when, _) => {
                seen.extend(when.asks());
                finding(when, facts, Some(gross))
            }
            Ground::Trigger(trigger) if triggers.contains(trigger) => Finding::Counts,
            Ground::Trigger(trigger) => Finding::NotRaised(*trigger),
        };
        Traced {
            rule_id: rule.id.clone(),
            finding,
        }
    });
    let traced = traced.collect();
    (in_order(seen), traced)
}

/// Of several facts: the first that the rule counts for, else what came of the first.
fn finding(when: &Selector, facts: &[Facts<'_>], gross: Option<i64>) -> Finding {
    let findings: Vec<Finding> = facts.iter().map(|facts| one(when, facts, gross)).collect();
    let counts = findings.contains(&Finding::Counts);
    let fails = |finding: &&Finding| matches!(finding, Finding::Fails { .. });
    match findings.iter().find(fails).or_else(|| findings.first()) {
        _ if counts => Finding::Counts,
        Some(finding) => finding.clone(),
        None => Finding::NothingToAsk,
    }
}

fn one(when: &Selector, facts: &Facts<'_>, gross: Option<i64>) -> Finding {
    if let Some((fact, wanted)) = when.differs(facts) {
        return Finding::Elsewhere {
            fact,
            found: fact.of(facts, gross).to_string(),
            wanted,
        };
    }
    let condition = when.cel.as_ref().map_or("", |cel| cel.source()).to_owned();
    match when.holds(facts, gross) {
        Ok(true) => Finding::Counts,
        Ok(false) => Finding::Untrue { condition },
        Err(why) => Finding::Fails { condition, why },
    }
}

fn in_order(mut facts: Vec<Fact>) -> Vec<Fact> {
    facts.sort_unstable();
    facts.dedup();
    facts
}

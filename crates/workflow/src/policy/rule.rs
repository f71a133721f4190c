//! A rule: a value for the facts that its selector picks.

use super::expression::Question;
use super::selector::{Facts, Selector};

/// A value and the rule that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled<T> {
    /// The value.
    pub value: T,
    /// Id of the rule.
    pub rule_id: String,
}

/// Why the policy has no answer. The caller opens an exception and assumes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// No rule speaks of these facts.
    Gap,
    /// Two rules do, and neither is more specific. Only conditions can lead to that.
    Ambiguous {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// Nobody can say whether a rule speaks of them.
    Failed {
        /// The rule.
        rule_id: String,
        /// What went wrong with its condition.
        why: String,
    },
}

impl Unanswered {
    /// What the policy "…", for people.
    pub fn told(&self, question: Question) -> String {
        let question = question.word();
        match self {
            Self::Gap => format!("has no {question} rule"),
            Self::Ambiguous { first, second } => {
                format!("has two {question} rules, {first} and {second}, neither more specific,")
            }
            Self::Failed { rule_id, why } => {
                format!("has the {question} rule {rule_id}, whose condition fails ({why}),")
            }
        }
    }

    /// What to do about it.
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Gap => "add one",
            Self::Ambiguous { .. } => "narrow one of them in a new version",
            Self::Failed { .. } => "mend it in a new version",
        }
    }
}

/// A value for some facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule<T> {
    pub(super) id: String,
    pub(super) when: Selector,
    pub(super) value: T,
}

/// The answer of the most specific rule that matches; `rules` are sorted, the most specific first. A rule that is less
/// specific than the one that answers is not asked. Loading has made sure that only conditions can tie.
pub(super) fn pick<T: Clone>(rules: &[Rule<T>], facts: &Facts<'_>) -> Result<Ruled<T>, Unanswered> {
    let mut found: Option<&Rule<T>> = None;
    for rule in rules {
        if found.is_some_and(|found| found.when.specificity() > rule.when.specificity()) {
            break;
        }
        let holds = rule.when.holds(facts, None);
        let holds = holds.map_err(|why| Unanswered::Failed {
            rule_id: rule.id.clone(),
            why,
        })?;
        match found {
            Some(first) if holds => {
                return Err(Unanswered::Ambiguous {
                    first: first.id.clone(),
                    second: rule.id.clone(),
                });
            }
            None if holds => found = Some(rule),
            _ => {}
        }
    }
    let rule = found.ok_or(Unanswered::Gap)?;
    Ok(Ruled {
        value: rule.value.clone(),
        rule_id: rule.id.clone(),
    })
}

/// Positions of two rules that could answer the same facts with the same specificity.
pub(super) fn ties<T>(rules: &[Rule<T>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (n, a) in rules.iter().enumerate() {
        for (m, b) in rules.iter().enumerate().skip(n + 1) {
            if a.when.specificity() == b.when.specificity() && a.when.overlaps(&b.when) {
                found.push((n, m));
            }
        }
    }
    found
}

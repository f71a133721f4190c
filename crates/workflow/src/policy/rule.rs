//! A rule: a value for the facts that its selector picks.

use super::selector::{Facts, Selector};

/// A value and the rule that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled<T> {
    /// The value.
    pub value: T,
    /// Id of the rule.
    pub rule_id: String,
}

/// A value for some facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule<T> {
    pub(super) id: String,
    pub(super) when: Selector,
    pub(super) value: T,
}

/// The answer of the most specific rule that matches. Loading has made sure that there are no ties.
pub(super) fn pick<T: Clone>(rules: &[Rule<T>], facts: &Facts<'_>) -> Option<Ruled<T>> {
    rules
        .iter()
        .filter(|rule| rule.when.matches(facts))
        .max_by_key(|rule| rule.when.specificity())
        .map(|rule| Ruled {
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

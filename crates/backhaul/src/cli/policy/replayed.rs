//! A return under two policies: what is decided otherwise, and how much money that is.

use std::collections::BTreeMap;

use canonical::Currency;
use workflow::policy::Policy;
use workflow::{ReturnState, decisions, worth_of};

/// No such question under that policy.
pub(super) const NOT_ASKED: &str = "not asked";

/// What changes for a return.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) return_id: String,
    pub(super) rma: String,
    pub(super) currency: Currency,
    pub(super) changes: Vec<Change>,
    /// What the customer gets under each policy, minor units; none where nobody can say.
    pub(super) payable: (Option<i64>, Option<i64>),
    /// Why nobody can say.
    pub(super) unsure: Vec<String>,
}

/// A decision that is another one.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) about: String,
    pub(super) question: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    /// Rules under the second policy.
    pub(super) rule_ids: Vec<String>,
}

impl Replayed {
    /// True if nothing is another.
    pub(super) fn is_same(&self) -> bool {
        self.changes.is_empty() && self.payable.0 == self.payable.1 && self.unsure.is_empty()
    }

    /// What the customer gets more, if both can be said.
    pub(super) fn difference(&self) -> Option<i64> {
        self.payable.1?.checked_sub(self.payable.0?)
    }
}

/// Answers by what they are about: the answer, and the rules that gave it.
type Answers = BTreeMap<(String, &'static str), (String, Vec<String>)>;

fn answers(state: &ReturnState, policy: &Policy) -> Answers {
    let answers = decisions(state, policy).into_iter().map(|decision| {
        let question = decision.question;
        let answer = decision.answer.unwrap_or_else(|why| {
            let why = why.told(question);
            format!("exception: {}", why.trim_end_matches(','))
        });
        (
            (decision.about, question.word()),
            (answer, decision.rule_ids),
        )
    });
    answers.collect()
}

/// Asks both.
pub(super) fn replay(state: &ReturnState, a: &Policy, b: &Policy) -> Replayed {
    let (before, mut after) = (answers(state, a), answers(state, b));
    let mut changes = Vec::new();
    let mut compare =
        |key: (String, &'static str), before: String, after: (String, Vec<String>)| {
            if before != after.0 {
                changes.push(Change {
                    about: key.0,
                    question: key.1,
                    before,
                    after: after.0,
                    rule_ids: after.1,
                });
            }
        };
    let none = || (NOT_ASKED.to_owned(), Vec::new());
    for (key, (answer, _)) in before {
        let then = after.remove(&key).unwrap_or_else(none);
        compare(key, answer, then);
    }
    for (key, then) in after {
        compare(key, NOT_ASKED.to_owned(), then);
    }
    let header = state.header();
    let mut unsure = Vec::new();
    let payable = (
        payable(state, a, &mut unsure),
        payable(state, b, &mut unsure),
    );
    Replayed {
        return_id: header.return_id.clone(),
        rma: header.rma_number.clone(),
        currency: header.currency,
        changes,
        payable,
        unsure,
    }
}

fn payable(state: &ReturnState, policy: &Policy, unsure: &mut Vec<String>) -> Option<i64> {
    let mut sum = Some(0_i64);
    for worth in worth_of(state, policy) {
        match worth.payable_minor {
            Ok(minor) => sum = sum.and_then(|sum| sum.checked_add(minor)),
            Err(why) => {
                unsure.push(format!("{}: {why}", worth.about));
                sum = None;
            }
        }
    }
    sum
}

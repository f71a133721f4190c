//! A correction as those see it who decide on it: the difference that it posts, and what that is the difference of.

use canonical::calculation::{Calculation, CreditTotals};
use serde::Serialize;

use crate::correct;
use crate::credit::{Amounts, Ground, correction};
use crate::money_state::CreditRecord;
use crate::policy::PolicySet;
use crate::rule::slices_of;
use crate::state::ReturnState;

/// A correction of a posted memo: new less posted is the difference. Written out, it is without the difference, which is
/// the calculation of the credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// Version of the credit whose memo is corrected.
    pub corrects: u32,
    /// Number of that memo in the ERP; empty while it is not known.
    pub document_no: String,
    /// What the memo's goods are worth by what is known of them now, with the rule behind each amount. None: nothing is
    /// credited for them any more.
    pub new: Option<Calculation>,
    /// What is posted of the memo in all, with the corrections before this one, minor units.
    pub posted: CreditTotals,
    /// What this correction posts. Its totals are below zero when the customer gives back.
    #[serde(skip)]
    pub difference: Calculation,
}

/// The correction that a credit of the return is, as it is or was. None if it is none, or if it cannot be calculated any
/// more (its slices are in another credit by now, or its policy is not loaded).
pub fn correction_of(
    state: &ReturnState,
    policies: &PolicySet,
    version: u32,
) -> Option<Correction> {
    let credit = correct::credit(state, version)?;
    let memo = correct::credit(state, credit.corrects?)?;
    let policy = policies.version(&state.header.policy_version)?;
    let group = slices_of(state, version);
    let new = correct::fresh(state, policy, version, (memo.version, &group), credit.as_of);
    let new = new.ok()?;
    let key = memo.effect_key.as_ref()?;
    bases(credit, memo)
        .into_iter()
        .flatten()
        .find_map(|posted| {
            let ground = Ground {
                memo: key,
                posted: &posted,
                calc_version: version,
                policy_version: &policy.version,
                as_of: credit.as_of,
            };
            let (difference, _) = correction(&state.header, new.clone(), &ground).ok()?;
            let is_it = difference.calc_hash == credit.calc_hash;
            let totals = posted.totals().filter(|_| is_it)?;
            Some(Correction {
                corrects: memo.version,
                document_no: document_no(state, memo),
                new: new.clone(),
                posted: totals,
                difference,
            })
        })
}

/// What may have been posted when it was calculated: what is posted now, or, once it is posted itself, what was before.
fn bases(credit: &CreditRecord, memo: &CreditRecord) -> [Option<Amounts>; 2] {
    let now = memo.book.as_ref().map(|book| book.posted.clone());
    let difference = credit.figures.as_deref();
    let before = difference.and_then(|difference| credit.target.as_ref()?.minus(difference));
    [now, before]
}

/// Number in the ERP of the memo that a credit corrects; empty if it corrects none, or while the number is not known.
pub fn corrected_memo(state: &ReturnState, credit: &CreditRecord) -> String {
    let memo = credit
        .corrects
        .and_then(|memo| correct::credit(state, memo));
    memo.map_or_else(String::new, |memo| document_no(state, memo))
}

fn document_no(state: &ReturnState, memo: &CreditRecord) -> String {
    let effect = memo.effect_key.as_ref().and_then(|key| state.effect(key));
    effect.map_or_else(String::new, |effect| effect.document_no.clone())
}

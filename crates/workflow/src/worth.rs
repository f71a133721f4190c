//! What a policy gives for a return in all, as its goods were disposed: the same for the policy that the return is under and
//! for any other.

use canonical::Qty;

use crate::compensate;
use crate::credit::{self, Beside, CreditProblem, LineUnits, SliceInput};
use crate::decisions::{Group, groups};
use crate::exposure;
use crate::policy::{FreightCredit, Policy};
use crate::state::ReturnState;

/// Money that a policy gives for a return, in the currency of its invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// Credit, or what is in none: "credit 1".
    pub about: String,
    /// What the customer gets, minor units; or why nobody can say.
    pub payable_minor: Result<i64, String>,
}

/// What a policy gives for the goods of a return as they were disposed, put together as in its credits.
pub fn worth_of(state: &ReturnState, policy: &Policy) -> Vec<Worth> {
    let worth = |(group, found): (Group<'_>, Amounts)| Worth {
        about: group.about(),
        payable_minor: found
            .map(|(_, payable)| payable)
            .map_err(|problem| problem.to_string()),
    };
    calculated(state, policy).into_iter().map(worth).collect()
}

/// Gross and payable, minor units; or why nobody can say.
pub(crate) type Amounts = Result<(i64, i64), CreditProblem>;

/// Gross and payable of each group, minor units. Each is calculated beside those before it, so that freight and label are in
/// one of them.
pub(crate) fn calculated<'a>(state: &'a ReturnState, policy: &Policy) -> Vec<(Group<'a>, Amounts)> {
    let mut beside = Beside::default();
    let mut found = Vec::new();
    for group in groups(state) {
        let inputs = inputs(state, &group);
        found.push((group, one(state, policy, &inputs, &beside)));
        follow(&mut beside, state, policy, &inputs);
    }
    found
}

fn one(
    state: &ReturnState,
    policy: &Policy,
    inputs: &[SliceInput<'_>],
    beside: &Beside,
) -> Amounts {
    let (header, version) = (&state.header, (1, state.header.requested_at));
    let found = credit::calculate_beside(header, inputs, policy, version, beside)?;
    Ok(found.map_or((0, 0), |found| {
        (found.totals.gross_minor, found.totals.payable_minor)
    }))
}

/// Adds a group to what those after it are told.
fn follow(beside: &mut Beside, state: &ReturnState, policy: &Policy, inputs: &[SliceInput<'_>]) {
    let header = &state.header;
    if !policy.speaks_of_freight_or_labels() {
        return;
    }
    let carried = credit::carried(header, inputs, policy, beside).unwrap_or_default();
    beside.label |= carried.label;
    beside.paid.extend(carried.paid);
    for input in inputs {
        let is_credited = |percent: Qty| !percent.is_zero();
        let percent = input.percent(header, policy).map(|ruled| ruled.value);
        if !percent.is_ok_and(is_credited) {
            continue;
        }
        let units = LineUnits {
            invoice_line: input.invoice_line(header),
            from: input.position_from,
            to: input.position_to,
        };
        let rule = policy.outbound_freight(&input.facts(header));
        let waits = matches!(rule, Ok(Some(rule)) if rule.value == FreightCredit::WhenAllCameBack);
        beside.waiting.extend(waits.then(|| units.clone()));
        beside.credited.push(units);
    }
}

fn inputs<'a>(state: &'a ReturnState, group: &Group<'_>) -> Vec<SliceInput<'a>> {
    match group {
        Group::Credit(credit) if exposure::is_advance(state, credit.version) => {
            exposure::advanced(state)
        }
        _ => compensate::inputs(state, &group.slices(state)),
    }
}

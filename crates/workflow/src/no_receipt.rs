//! Credits without goods: the customer keeps them, nothing comes back, stock does not move.

use canonical::calculation::Calculation;
use canonical::{BusinessCode, CreditBasis, DispositionAction, Lifecycle, ReturnType};

use crate::buckets::Bucket;
use crate::exposure;
use crate::guard;
use crate::history;
use crate::money_state::{CreditState, Slice, SliceCredit};
use crate::policy::{ApprovalTrigger, NoReceiptCredit, Policy};
use crate::release::gross_in_base;
use crate::state::ReturnState;
use crate::work::Work;

/// True for a return of which no goods are expected.
pub(crate) fn is_without_goods(state: &ReturnState) -> bool {
    state.header.return_type == ReturnType::CreditOnly
}

/// Everything that was authorised is kept by the customer: disposed where it is, without inspection and without stock.
pub(crate) fn open(work: &mut Work<'_>) {
    let site = work.state.header.return_to_site.clone();
    for line in &mut work.state.lines {
        let base = line.base;
        line.buckets
            .shift(Bucket::Authorized, Bucket::Disposed, base);
        let liability = line.line.reason.default_liability();
        let kept = line.claims.iter().map(|(from, to)| Slice {
            line_no: line.line.line_no,
            disposition: String::new(),
            allocation: String::new(),
            portion: 1,
            action: DispositionAction::Keep,
            target: None,
            site: site.clone(),
            qty: to.minus_floor(*from),
            at: Some((*from, *to)),
            liability,
            credit: SliceCredit::Unruled,
            calc_version: None,
            named_liability: None,
            pieces: Vec::new(),
        });
        work.state.slices.extend(kept);
    }
    work.enter(Lifecycle::InProgress);
    work.milestone(BusinessCode::R420);
}

/// Why a credit without, or before, goods needs somebody's approval, and on what ground that is asked for.
pub(crate) struct Outside {
    pub(crate) trigger: ApprovalTrigger,
    pub(crate) why: Vec<String>,
}

/// What of a credit is outside of the policy's rules for credits without, or before, goods. None: it is inside, or it is
/// about goods that came.
pub(crate) fn outside(
    work: &mut Work<'_>,
    policy: &Policy,
    calculation: &Calculation,
) -> Option<Outside> {
    let is_counted = calculation.basis == CreditBasis::CreditOnly
        && policy
            .no_receipt_credit()
            .is_some_and(|rules| rules.max_per_customer_90d.is_some());
    if is_counted && !guard::is_approved(&work.state, calculation) {
        history::ask_for_credit_only(work);
    }
    let state = &work.state;
    let (trigger, why) = match calculation.basis {
        CreditBasis::CreditOnly => {
            let why = match policy.no_receipt_credit() {
                Some(rules) => of_credit_only(work, policy, rules, calculation),
                None => vec!["the policy has no credits without goods".to_owned()],
            };
            (ApprovalTrigger::NoReceipt, why)
        }
        CreditBasis::Advance => {
            let gross = calculation.totals.gross_minor;
            let gross = gross_in_base(state, policy, gross).unwrap_or(i64::MAX);
            let why = match policy.advance_credit() {
                Some(terms) => exposure::outside(state, terms, gross),
                None => vec!["the policy has no credits before goods".to_owned()],
            };
            (ApprovalTrigger::PolicyException, why)
        }
        CreditBasis::ReceivedInspected | CreditBasis::Correction | CreditBasis::Recovery => {
            return None;
        }
    };
    (!why.is_empty()).then_some(Outside { trigger, why })
}

fn of_credit_only(
    work: &Work<'_>,
    policy: &Policy,
    rules: &NoReceiptCredit,
    calculation: &Calculation,
) -> Vec<String> {
    let state = &work.state;
    let mut why = Vec::new();
    // all credits of the return together: a return that is credited in parts is still one
    let others: i64 = state
        .credits
        .iter()
        .filter(|credit| credit.version != calculation.calc_version)
        .filter(|credit| !matches!(credit.state, CreditState::Superseded | CreditState::Refused))
        .map(|credit| credit.gross_minor)
        .sum();
    let gross = calculation.totals.gross_minor.saturating_add(others);
    let is_within = |gross: i64| gross <= rules.max_gross_minor;
    if !gross_in_base(state, policy, gross).is_ok_and(is_within) {
        why.push("it is more than max_gross".to_owned());
    }
    for line in state.lines.iter().map(|line| &line.line) {
        let no = line.line_no;
        if !rules.reasons.contains(&line.reason) {
            why.push(format!("line {no}: reason {} is not listed", line.reason));
        }
        let is_shown = |kind: &String| line.evidence.iter().any(|shown| shown.kind == *kind);
        if let Some(kind) = rules.evidence.as_ref().filter(|kind| !is_shown(kind)) {
            why.push(format!("line {no}: there is no {kind}"));
        }
    }
    let count = work
        .given
        .history
        .and_then(|history| history.no_receipt_credits_90d);
    why.extend(frequency(count, rules.max_per_customer_90d));
    why
}

/// Whether the customer has had too many credits without goods in 90 days: `count` are the others, of which there may be
/// `max` together with this one. A count that nobody took is too many: a cap that cannot be checked does not hold.
fn frequency(count: Option<u32>, max: Option<u32>) -> Option<String> {
    let max = max?;
    match count {
        Some(count) if count < max => None,
        Some(count) => Some(format!(
            "the customer has had {count} such credits in 90 days, at most {max} are allowed"
        )),
        None => Some(format!(
            "nobody has counted the customer's such credits in 90 days, of which at most {max} are allowed"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_counts_this_credit_and_needs_a_count() {
        for (count, max, is_inside) in [
            (Some(2), Some(3), true),
            (Some(3), Some(3), false),
            (None, Some(3), false),
            (None, None, true),
            (Some(99), None, true),
            (Some(0), Some(0), false),
        ] {
            assert_eq!(
                frequency(count, max).is_none(),
                is_inside,
                "{count:?} of {max:?}"
            );
        }
    }
}

//! The charge for the label that brought the goods back: once per return, never more than there is to take it from.

use canonical::header::ReturnHeader;
use canonical::{Money, TaxTreatment};

use super::apportion::percent_of;
use super::base::in_credit;
use super::beside::Beside;
use super::problem::CreditProblem;
use super::slice::Credit;
use crate::policy::{LabelFee, Policy, Ruled};

/// What of the label is taken from one slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Label {
    /// Minor units.
    pub(super) amount: i64,
    /// How it came about, for people.
    pub(super) formula: String,
}

/// The label's charge on each slice, in the order of the slices; `fees` are taken before.
///
/// The first slice whose rule charges something names the rule. Its amount is taken from the net of the first slice under
/// that rule, what that cannot bear from the next, and what none can bear not at all. Freight is never touched.
pub(super) fn labels(
    header: &ReturnHeader,
    policy: &Policy,
    credits: &[Credit<'_>],
    fees: &[i64],
    beside: &Beside,
) -> Result<Vec<Label>, CreditProblem> {
    let mut labels = vec![Label::default(); credits.len()];
    let charging = |credit: &&Credit<'_>| charged(credit).is_some();
    let Some(first) = credits.iter().find(charging).filter(|_| !beside.label) else {
        return Ok(labels);
    };
    let Some(rule) = charged(first) else {
        return Ok(labels);
    };
    let (line_no, asked) = (first.line_no(), rule.value.amount_minor);
    let whole = in_credit(header, policy, line_no, &rule.rule_id, asked)?;
    let mut left = whole;
    for ((credit, fee), label) in credits.iter().zip(fees).zip(&mut labels) {
        if charged(credit).is_some_and(|own| own.rule_id == rule.rule_id) {
            let out_of_range = || CreditProblem::OutOfRange {
                line_no: credit.line_no(),
            };
            let bears = credit.credited.net.checked_sub(*fee);
            label.amount = left.min(bears.ok_or_else(out_of_range)?.max(0));
            left -= label.amount;
        }
    }
    let shown = |minor| Money::new(minor, header.currency).decimal();
    for label in labels.iter_mut().filter(|label| label.amount != 0) {
        label.formula = match (label.amount == whole, left) {
            (true, _) => shown(whole),
            (false, 0) => format!("{} of {}", shown(label.amount), shown(whole)),
            (false, left) => format!(
                "{} of {}; {} is not taken: there is nothing left to take it from",
                shown(label.amount),
                shown(whole),
                shown(left)
            ),
        };
    }
    Ok(labels)
}

/// The rule, if it charges something.
fn charged<'a>(credit: &'a Credit<'_>) -> Option<&'a Ruled<LabelFee>> {
    let rule = credit.label.as_ref();
    rule.filter(|rule| rule.value.amount_minor > 0)
}

/// Tax that goes with the label, for each tax of the slice, minor units; with the fee's, never more than is credited.
pub(super) fn taxes(
    credit: &Credit<'_>,
    (fee, fee_taxes): (i64, &[i64]),
    amount: i64,
) -> Option<Vec<i64>> {
    let credited = &credit.credited;
    let treatment = credit.label.as_ref().map(|rule| rule.value.tax_treatment);
    let Some(treatment) = treatment.filter(|_| amount != 0) else {
        return Some(vec![0; credited.taxes.len()]);
    };
    let left = |share: i64, fee_tax: &i64| Some(share.checked_sub(*fee_tax)?.max(0));
    match treatment {
        TaxTreatment::SeparateExempt => Some(vec![0; credited.taxes.len()]),
        TaxTreatment::SeparateTaxable => (credited.taxes.iter().zip(fee_taxes))
            .map(|(share, fee_tax)| {
                let own = percent_of(amount, share.tax.rate)?;
                Some(own.min(left(share.amount, fee_tax)?))
            })
            .collect(),
        // The base is smaller by the label as well: the tax that falls away between the two.
        TaxTreatment::ReduceBase => {
            let is_in_base = credit.fee.value.tax_treatment == TaxTreatment::ReduceBase;
            let base = (credited.net).checked_sub(if is_in_base { fee } else { 0 })?;
            let before = at(credit, base)?;
            let after = at(credit, base.checked_sub(amount)?)?;
            (credited.taxes.iter().zip(fee_taxes))
                .zip(before.iter().zip(&after))
                .map(|((share, fee_tax), (before, after))| {
                    let falls = before.checked_sub(*after)?.max(0);
                    Some(falls.min(left(share.amount, fee_tax)?))
                })
                .collect()
        }
    }
}

/// The slice's taxes at another base.
fn at(credit: &Credit<'_>, net: i64) -> Option<Vec<i64>> {
    let credited = &credit.credited;
    let amounts = |taxes: &[super::share::TaxShare<'_>]| taxes.iter().map(|t| t.amount).collect();
    if net == credited.net {
        return Some(amounts(&credited.taxes));
    }
    let reduced = credit.invoiced.follow(net, None)?;
    Some(amounts(&reduced.taxes))
}

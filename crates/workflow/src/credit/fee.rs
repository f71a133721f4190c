//! Restocking fees: a percentage of what is credited, within bounds, spread over the slices it was taken for.

use std::collections::BTreeMap;

use canonical::header::ReturnHeader;
use canonical::{Currency, Money, TaxTreatment};

use super::apportion::{percent_of, share};
use super::base::in_credit;
use super::problem::CreditProblem;
use super::slice::Credit;
use crate::policy::Policy;

/// The fee of each slice in minor units, in the order of the slices.
///
/// All slices of one calculation under one rule carry one fee: its percentage of their credited net together, not below
/// its min and not above its max, and never more than that net: a fee takes a credit at most down to zero. It is spread
/// over them in proportion to their net.
pub(super) fn fees(
    header: &ReturnHeader,
    policy: &Policy,
    slices: &[Credit<'_>],
) -> Result<Vec<i64>, CreditProblem> {
    let mut base: BTreeMap<&str, i64> = BTreeMap::new();
    for slice in slices {
        let sum = base.entry(&slice.fee.rule_id).or_default();
        *sum = sum
            .checked_add(weight(slice))
            .ok_or_else(|| out_of_range(slice))?;
    }
    let mut reached: BTreeMap<&str, i64> = BTreeMap::new();
    let mut fees = Vec::with_capacity(slices.len());
    for slice in slices {
        let rule = slice.fee.rule_id.as_str();
        let whole = base.get(rule).copied().unwrap_or_default();
        if whole == 0 || slice.fee.value.percent.is_zero() {
            fees.push(0);
            continue;
        }
        let total = total(header, policy, slice, whole)?;
        let from = reached.entry(rule).or_default();
        let to = *from + weight(slice);
        fees.push(share(total, whole, *from, to).ok_or_else(|| out_of_range(slice))?);
        *from = to;
    }
    Ok(fees)
}

/// Tax that goes with a fee of a slice, for each tax of it, minor units, never more than the tax credited.
pub(super) fn fee_taxes(slice: &Credit<'_>, fee: i64) -> Option<Vec<i64>> {
    let credited = &slice.credited;
    match slice.fee.value.tax_treatment {
        // The base is smaller by the fee: the tax that falls away.
        TaxTreatment::ReduceBase if fee != 0 => {
            let reduced = slice
                .invoiced
                .follow(credited.net.checked_sub(fee)?, None)?;
            (credited.taxes.iter().zip(&reduced.taxes))
                .map(|(before, after)| before.amount.checked_sub(after.amount))
                .collect()
        }
        TaxTreatment::SeparateTaxable => credited
            .taxes
            .iter()
            .map(|share| Some(percent_of(fee, share.tax.rate)?.min(share.amount.max(0))))
            .collect(),
        TaxTreatment::ReduceBase | TaxTreatment::SeparateExempt => {
            Some(vec![0; credited.taxes.len()])
        }
    }
}

/// How the fee of a slice came about, for people.
pub(super) fn formula(slice: &Credit<'_>, fee: i64, ccy: Currency) -> String {
    let percent = slice.fee.value.percent;
    let net = Money::new(slice.credited.net, ccy).decimal();
    if percent_of(slice.credited.net, percent) == Some(fee) {
        format!("{net} × {percent} %")
    } else {
        format!("{net} × {percent} %, within the bounds of the rule over all units it applies to")
    }
}

fn total(
    header: &ReturnHeader,
    policy: &Policy,
    slice: &Credit<'_>,
    whole: i64,
) -> Result<i64, CreditProblem> {
    let fee = &slice.fee.value;
    let mut total = percent_of(whole, fee.percent).ok_or_else(|| out_of_range(slice))?;
    if let Some(min) = fee.min_minor {
        total = total.max(in_credit_currency(header, policy, slice, min)?);
    }
    if let Some(max) = fee.max_minor {
        total = total.min(in_credit_currency(header, policy, slice, max)?);
    }
    Ok(total.min(whole))
}

/// A bound of the policy in the credit's currency, at the rate of the invoice.
fn in_credit_currency(
    header: &ReturnHeader,
    policy: &Policy,
    slice: &Credit<'_>,
    bound: i64,
) -> Result<i64, CreditProblem> {
    in_credit(header, policy, slice.line_no(), &slice.fee.rule_id, bound)
}

/// What of the slice a fee can be taken from.
fn weight(slice: &Credit<'_>) -> i64 {
    slice.credited.net.max(0)
}

fn out_of_range(slice: &Credit<'_>) -> CreditProblem {
    CreditProblem::OutOfRange {
        line_no: slice.line_no(),
    }
}

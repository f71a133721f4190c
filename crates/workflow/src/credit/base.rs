//! Amounts in the currency of the books, at the rate of the invoice and no other.

use canonical::header::ReturnHeader;
use canonical::money::round_ratio;
use canonical::{Currency, Qty, Ratio};

use super::problem::CreditProblem;
use crate::policy::{Policy, Tolerance};

/// An amount of the return in minor units of its base currency, rounded once. `fx_rate` is base per credit currency in
/// major units (EUR to USD at 1.10: 11/10). Thresholds of approval compare this. `None` when it does not fit.
pub fn in_base(header: &ReturnHeader, minor: i64) -> Option<i64> {
    convert(minor, header.currency, header.base_currency, header.fx_rate)
}

/// An amount of the policy in minor units of the credit's currency, at the rate of the invoice. `rule_id` names what in the
/// policy the amount belongs to.
pub(super) fn in_credit(
    header: &ReturnHeader,
    policy: &Policy,
    line_no: u32,
    rule_id: &str,
    minor: i64,
) -> Result<i64, CreditProblem> {
    let (from, to) = (policy.base_currency, header.currency);
    if from != to
        && (header.base_currency != from || header.fx_rate.num <= 0 || header.fx_rate.den <= 0)
    {
        return Err(CreditProblem::NoRate {
            rule_id: rule_id.to_owned(),
            policy: from,
            credit: to,
        });
    }
    convert(minor, from, to, header.fx_rate.inverse()).ok_or(CreditProblem::OutOfRange { line_no })
}

/// What a policy tolerates of an amount, in minor units of the credit's currency: the smaller of amount and percentage.
/// `None` when it cannot be converted.
pub(crate) fn tolerated(
    header: &ReturnHeader,
    policy: &Policy,
    tolerance: Tolerance,
    expected_minor: i64,
) -> Option<i64> {
    let abs = in_credit(header, policy, 0, "tolerances", tolerance.abs_minor).ok()?;
    // Not rounded: half a minor unit more is beyond it.
    let of_percent = i128::from(expected_minor) * i128::from(tolerance.percent.millionths());
    let percent = of_percent / i128::from(100 * Qty::UNIT);
    Some(abs.min(i64::try_from(percent).ok()?))
}

/// Minor units of one currency in minor units of another, rounded once; `rate` is "to" per "from" in major units.
pub(super) fn convert(minor: i64, from: Currency, to: Currency, rate: Ratio) -> Option<i64> {
    if from == to {
        return Some(minor);
    }
    let scale = |currency: Currency| 10_i128.pow(currency.exponent());
    let numerator = i128::from(minor)
        .checked_mul(i128::from(rate.num))?
        .checked_mul(scale(to))?;
    let denominator = i128::from(rate.den).checked_mul(scale(from))?;
    round_ratio(numerator, denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_both_currencies_count() {
        let rate = Ratio { num: 11, den: 10 };
        assert_eq!(
            convert(10_005, Currency::EUR, Currency::USD, rate),
            Some(11_006)
        );
        let yen = Ratio { num: 1, den: 150 };
        assert_eq!(convert(1000, Currency::JPY, Currency::USD, yen), Some(667));
        assert_eq!(
            convert(667, Currency::USD, Currency::JPY, yen.inverse()),
            Some(1001)
        );
        assert_eq!(
            convert(5, Currency::EUR, Currency::USD, Ratio { num: 1, den: 0 }),
            None
        );
    }
}

//! What the customer says the goods cost, against what they were invoiced at. Never more than the invoice is credited.

use canonical::calculation::Variance;
use canonical::header::ReturnHeader;
use canonical::money::round_ratio;
use canonical::{Money, Qty};

use super::apportion::percent_of;
use super::base::in_credit;
use super::problem::CreditProblem;
use super::share::Share;
use super::slice::SliceInput;
use crate::policy::Policy;

/// Kind of the variance.
pub(crate) const PRICE: &str = "PRICE";

/// Decision on a variance that the policy tolerates.
const TOLERATED: &str = "tolerated: the lower of claimed and invoiced price is credited";

/// What is credited at, and how the claim differs if it does.
pub(super) struct Priced<'a> {
    pub(super) share: Share<'a>,
    pub(super) variance: Option<Variance>,
}

/// The lower of claimed and invoiced, for the units of the slice. A claim that is the invoiced unit price rounded to the
/// minor unit is that price. What is tolerated is counted for one `uom`: within both the policy's amount and its percentage.
pub(super) fn lower<'a>(
    header: &ReturnHeader,
    policy: &Policy,
    slice: &SliceInput<'_>,
    whole: (i64, Qty),
    invoiced: Share<'a>,
) -> Result<Priced<'a>, CreditProblem> {
    let line = slice.line;
    let Some(claimed) = line.claimed_unit_price else {
        return Ok(Priced {
            share: invoiced,
            variance: None,
        });
    };
    let line_no = line.line_no;
    if claimed.ccy != header.currency {
        return Err(CreditProblem::MixedCurrencies {
            line_no,
            line: claimed.ccy,
            header: header.currency,
        });
    }
    let out_of_range = || CreditProblem::OutOfRange { line_no };
    let tolerance = policy.price_tolerance();
    let abs = in_credit(
        header,
        policy,
        line_no,
        "tolerances.price",
        tolerance.abs_minor,
    )?;
    let unit = Unit::of(slice, whole).ok_or_else(out_of_range)?;
    let claim = |up_to| unit.worth(claimed.minor, up_to).ok_or_else(out_of_range);
    let claimed_minor = claim(slice.position_to)? - claim(slice.position_from)?;
    let expected_minor = invoiced.measure(unit.with_tax).ok_or_else(out_of_range)?;
    let is_same = claimed_minor == expected_minor || unit.price() == Some(claimed.minor);
    if is_same {
        return Ok(Priced {
            share: invoiced,
            variance: None,
        });
    }
    let tolerated =
        (unit.tolerates(claimed.minor, abs, tolerance.percent)).ok_or_else(out_of_range)?;
    let abs_of_slice = unit
        .worth(abs, slice.position_to)
        .zip(unit.worth(abs, slice.position_from));
    let (to, from) = abs_of_slice.ok_or_else(out_of_range)?;
    let by_percent = percent_of(expected_minor, tolerance.percent).ok_or_else(out_of_range)?;
    let variance = Variance {
        kind: PRICE.to_owned(),
        expected_minor,
        actual_minor: claimed_minor,
        tolerance_minor: (to - from).min(by_percent),
        decision: if tolerated { TOLERATED } else { "" }.to_owned(),
    };
    let lower = claimed_minor.min(expected_minor);
    let share = if lower < expected_minor {
        let reduced = invoiced.reduced(lower, expected_minor, unit.with_tax);
        reduced.ok_or_else(out_of_range)?
    } else {
        invoiced
    };
    Ok(Priced {
        share,
        variance: Some(variance),
    })
}

/// One `uom` of the line, against the whole invoice line.
struct Unit {
    /// Base units in one `uom`: numerator and denominator, in millionths.
    num: i128,
    den: i128,
    /// Invoiced amount of the whole line, and its base units in millionths.
    amount: i128,
    whole: i128,
    with_tax: bool,
}

impl Unit {
    fn of(slice: &SliceInput<'_>, (amount, whole): (i64, Qty)) -> Option<Self> {
        let per = slice.line.base_per_uom;
        let snapshot = slice.line.invoiced.as_ref()?;
        (per.num > 0 && per.den > 0 && whole.is_positive()).then(|| Self {
            num: i128::from(per.num) * i128::from(Qty::UNIT),
            den: i128::from(per.den),
            amount: i128::from(amount),
            whole: i128::from(whole.millionths()),
            with_tax: snapshot.price_includes_tax,
        })
    }

    /// So much for one `uom` is so much up to that unit of the axis.
    fn worth(&self, price: i64, up_to: Qty) -> Option<i64> {
        let units = i128::from(up_to.millionths()).checked_mul(self.den)?;
        round_ratio(i128::from(price).checked_mul(units)?, self.num)
    }

    /// Invoiced price of one `uom`, rounded to the minor unit.
    fn price(&self) -> Option<i64> {
        let whole = self.whole.checked_mul(self.den)?;
        round_ratio(self.amount.checked_mul(self.num)?, whole)
    }

    /// True if the claimed price lies within both of the invoiced one. Exact, whatever the unit price rounds to.
    fn tolerates(&self, claimed: i64, abs: i64, percent: Qty) -> Option<bool> {
        let units = self.whole.checked_mul(self.den)?;
        let invoiced = self.amount.checked_mul(self.num)?;
        let apart = i128::from(claimed)
            .checked_mul(units)?
            .checked_sub(invoiced)?
            .checked_abs()?;
        let within_abs = apart <= i128::from(abs).checked_mul(units)?;
        let hundred = i128::from(100 * Qty::UNIT);
        let of_percent = invoiced.checked_mul(i128::from(percent.millionths()))?;
        Some(within_abs && apart.checked_mul(hundred)? <= of_percent)
    }
}

/// A variance in words.
pub(crate) fn told(variance: &Variance, ccy: canonical::Currency) -> String {
    let shown = |minor| Money::new(minor, ccy).to_string();
    format!(
        "{} differs: {} expected, {} found, {} tolerated",
        variance.kind.to_lowercase(),
        shown(variance.expected_minor),
        shown(variance.actual_minor),
        shown(variance.tolerance_minor)
    )
}

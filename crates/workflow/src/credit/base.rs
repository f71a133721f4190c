//! Amounts in the currency of the books, at the rate of the invoice and no other.

use canonical::header::ReturnHeader;
use canonical::money::round_ratio;
use canonical::{Currency, Qty, Ratio};

use super::problem::CreditProblem;
use crate::policy::{Policy, Tolerance};

/// Why an amount of a return cannot be expressed in the currency of the books. `Display` is a part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrated {
    /// Nobody has told the rate.
    #[error(
        "the return is in {credit}, the books are in {books}, and nobody has told the invoice's rate between them"
    )]
    NotTold {
        /// Currency of the return.
        credit: Currency,
        /// Currency of the books.
        books: Currency,
    },
    /// The return was told with a rate into another currency.
    #[error(
        "the return is in {credit} with a rate into {named} as the currency of the books, and the books are in {books}"
    )]
    OtherBooks {
        /// Currency of the return.
        credit: Currency,
        /// What the return takes for the currency of the books.
        named: Currency,
        /// Currency of the books.
        books: Currency,
    },
    /// The amount is beyond what can be computed.
    #[error(
        "an amount in {credit} is beyond what can be expressed in {books} at the invoice's rate"
    )]
    TooLarge {
        /// Currency of the return.
        credit: Currency,
        /// Currency of the books.
        books: Currency,
    },
}

/// The rate of the invoice: units of the books' currency per unit of the return's, in major units (EUR to USD at 1.10:
/// 11/10). Never taken to be 1:1 because nobody told it: [`Ratio::ONE`] between two currencies is what stands there then.
pub(crate) fn rate(header: &ReturnHeader, books: Currency) -> Result<Ratio, Unrated> {
    let (credit, named, rate) = (header.currency, header.base_currency, header.fx_rate);
    if credit == books {
        return Ok(Ratio::ONE);
    }
    let is_told = rate != Ratio::ONE && rate.num > 0 && rate.den > 0;
    if named == books && is_told {
        Ok(rate)
    } else if named == books || (named == credit && !is_told) {
        Err(Unrated::NotTold { credit, books })
    } else {
        Err(Unrated::OtherBooks {
            credit,
            named,
            books,
        })
    }
}

/// An amount of the return in minor units of the books' currency, at the rate of the invoice, rounded once. Thresholds of
/// approval compare this.
pub(crate) fn in_books(header: &ReturnHeader, books: Currency, minor: i64) -> Result<i64, Unrated> {
    let (credit, rate) = (header.currency, rate(header, books)?);
    convert(minor, credit, books, rate).ok_or(Unrated::TooLarge { credit, books })
}

/// An amount of the policy in minor units of the credit's currency, at the rate of the invoice. `rule_id` names what in the
/// policy the amount belongs to. A rate that nobody told is no problem here, so that what an older version posted at it is
/// still found as it was posted; nothing new is calculated without one ([`rate`]).
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
    fn a_rate_that_nobody_told_is_not_one() {
        let told = |fx_rate, base_currency| {
            let header = ReturnHeader {
                fx_rate,
                base_currency,
                ..header()
            };
            (
                rate(&header, Currency::USD),
                in_books(&header, Currency::USD, 10_005),
            )
        };
        let (credit, books) = (Currency::EUR, Currency::USD);
        let at = Ratio { num: 11, den: 10 };
        assert_eq!(told(at, Currency::USD), (Ok(at), Ok(11_006)));
        let par = Ratio {
            num: 1_000_000,
            den: 1_000_000,
        };
        assert_eq!(told(par, Currency::USD), (Ok(par), Ok(10_005)));
        let unknown = Unrated::NotTold { credit, books };
        for (fx_rate, named) in [(Ratio::ONE, Currency::USD), (Ratio::ONE, Currency::EUR)] {
            assert_eq!(told(fx_rate, named), (Err(unknown), Err(unknown)));
        }
        for named in [Currency::EUR, Currency::JPY] {
            let other = Unrated::OtherBooks {
                credit,
                named,
                books,
            };
            assert_eq!(told(at, named), (Err(other), Err(other)));
        }
        let huge = Ratio {
            num: i64::MAX,
            den: 1,
        };
        let too_large = Unrated::TooLarge { credit, books };
        assert_eq!(told(huge, Currency::USD), (Ok(huge), Err(too_large)));
    }

    fn header() -> ReturnHeader {
        serde_json::from_value(serde_json::json!({
            "return_id": "R1", "rma_number": "RMA-1", "return_type": "PHYSICAL", "legal_entity": "US01",
            "channel": "portal", "customer_account": "C1", "bill_to": "C1", "currency": "EUR", "base_currency": "USD",
            "requested_at": "2026-03-01T10:00:00Z", "tz": "UTC", "return_to_site": "DC-EAST", "lifecycle": "REQUESTED",
            "policy_version": "", "correlation_id": "c"
        }))
        .unwrap()
    }

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

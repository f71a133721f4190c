//! Exact money: whole minor units of a currency. Never a binary fraction.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;

/// An amount in whole minor units (cents, yen, fils).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// Minor units; the currency says how many make a major unit.
    pub minor: i64,
    /// Currency.
    pub ccy: Currency,
}

/// Why an amount could not be read or computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("{0:?} is not a decimal amount")]
    NotANumber(String),
    /// More decimals than the currency has.
    #[error("{text:?} has more decimals than {ccy} allows ({})", ccy.exponent())]
    TooPrecise {
        /// The text.
        text: String,
        /// The currency.
        ccy: Currency,
    },
    /// Beyond what can be held.
    #[error("the amount is out of range")]
    OutOfRange,
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added")]
    Mixed(Currency, Currency),
}

impl Money {
    /// So many minor units.
    pub const fn new(minor: i64, ccy: Currency) -> Self {
        Self { minor, ccy }
    }

    /// Nothing, in that currency.
    pub const fn zero(ccy: Currency) -> Self {
        Self { minor: 0, ccy }
    }

    /// Reads a decimal text as partners write it ("12.5", "-3", "1000"). A decimal point only; no
    /// grouping, no exponent. More decimals than the currency has are refused, unless they are zeros.
    pub fn parse(text: &str, ccy: Currency) -> Result<Self, MoneyError> {
        let (minor, exact) = parse_scaled(text, ccy.exponent())
            .ok_or_else(|| MoneyError::NotANumber(text.to_owned()))?;
        if !exact {
            return Err(MoneyError::TooPrecise {
                text: text.to_owned(),
                ccy,
            });
        }
        Ok(Self { minor, ccy })
    }

    /// Sum. Currencies must be the same.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.ccy != other.ccy {
            return Err(MoneyError::Mixed(self.ccy, other.ccy));
        }
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::OutOfRange)?;
        Ok(Self {
            minor,
            ccy: self.ccy,
        })
    }

    /// Difference. Currencies must be the same.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(other.negated()?)
    }

    /// The same with the sign turned.
    pub fn negated(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::OutOfRange)?;
        Ok(Self {
            minor,
            ccy: self.ccy,
        })
    }

    /// Decimal text with exactly the currency's decimals: "72.64", "1000", "0.503".
    pub fn decimal(self) -> String {
        format_scaled(self.minor, self.ccy.exponent())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.ccy)
    }
}

/// `numerator / denominator`, rounded half away from zero, the same for both signs.
/// `None` when the denominator is zero or the result does not fit.
pub fn round_ratio(numerator: i128, denominator: i128) -> Option<i64> {
    if denominator == 0 {
        return None;
    }
    let negative = (numerator < 0) != (denominator < 0);
    let (n, d) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let mut q = n / d;
    if n % d >= d - n % d {
        q += 1;
    }
    let q = i128::try_from(q).ok()?;
    i64::try_from(if negative { -q } else { q }).ok()
}

/// Reads a decimal text into units of `10^-scale`. The flag is false when digits had to be dropped.
pub(crate) fn parse_scaled(text: &str, scale: u32) -> Option<(i64, bool)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    if digits.ends_with('.') {
        return None;
    }
    let mut value: i64 = 0;
    for b in whole.bytes() {
        value = value.checked_mul(10)?.checked_add(i64::from(b - b'0'))?;
    }
    let mut fraction = fraction.bytes();
    for _ in 0..scale {
        let digit = fraction.next().map_or(0, |b| b - b'0');
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    let exact = fraction.all(|b| b == b'0');
    Some((if negative { -value } else { value }, exact))
}

/// Writes units of `10^-scale` as a decimal text with exactly that many decimals.
pub(crate) fn format_scaled(value: i64, scale: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let unit = 10_u64.pow(scale);
    let magnitude = value.unsigned_abs();
    if scale == 0 {
        format!("{sign}{magnitude}")
    } else {
        format!(
            "{sign}{}.{:0width$}",
            magnitude / unit,
            magnitude % unit,
            width = scale as usize
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_minor_units_agree() {
        for (text, ccy, minor) in [
            ("72.64", Currency::USD, 7264),
            ("-0.5", Currency::USD, -50),
            ("1000", Currency::JPY, 1000),
            ("1.005", Currency::KWD, 1005),
            ("10.5000", Currency::USD, 1050),
        ] {
            assert_eq!(Money::parse(text, ccy).unwrap().minor, minor, "{text}");
        }
        assert_eq!(Money::new(503, Currency::KWD).decimal(), "0.503");
        assert_eq!(Money::new(-5, Currency::USD).decimal(), "-0.05");
    }

    #[test]
    fn impossible_amounts_are_refused() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "1,000",
            "12 ",
            "NaN",
            "0x10",
            "99999999999999999999",
        ] {
            assert!(Money::parse(text, Currency::USD).is_err(), "{text}");
        }
        assert!(matches!(
            Money::parse("1.5", Currency::JPY),
            Err(MoneyError::TooPrecise { .. })
        ));
    }

    #[test]
    fn rounds_half_away_from_zero_for_both_signs() {
        assert_eq!(round_ratio(70_125, 10), Some(7013));
        assert_eq!(round_ratio(-70_125, 10), Some(-7013));
        assert_eq!(round_ratio(1, 3), Some(0));
        assert_eq!(round_ratio(2, 3), Some(1));
        assert_eq!(round_ratio(1, 0), None);
    }
}

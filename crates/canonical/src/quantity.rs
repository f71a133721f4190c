//! Exact quantities: decimals of up to six places, and ratios between units of measure.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::{format_scaled, parse_scaled};

/// A quantity with up to six decimals, held as whole millionths. Serialized as a decimal text ("12", "0.5").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Qty(i64);

/// Not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a decimal quantity of at most six places")]
pub struct BadQty(pub String);

impl Qty {
    /// None.
    pub const ZERO: Self = Self(0);
    /// Millionths in one unit.
    pub const UNIT: i64 = 1_000_000;

    /// So many millionths.
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// So many whole units.
    pub const fn whole(units: i32) -> Self {
        Self(units as i64 * Self::UNIT)
    }

    /// As millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True if there is no fraction of a unit.
    pub const fn is_whole(self) -> bool {
        self.0 % Self::UNIT == 0
    }

    /// Sum; `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; `None` when it does not fit. May be negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Difference, but not below zero.
    #[must_use]
    pub fn minus_floor(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// The smaller one.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Times a ratio, if the result is exact to six places.
    pub fn times(self, ratio: Ratio) -> Option<Self> {
        let n = i128::from(self.0) * i128::from(ratio.num);
        let d = i128::from(ratio.den);
        if d == 0 || n % d != 0 {
            return None;
        }
        i64::try_from(n / d).ok().map(Self)
    }
}

impl FromStr for Qty {
    type Err = BadQty;

    fn from_str(text: &str) -> Result<Self, BadQty> {
        match parse_scaled(text, 6) {
            Some((millionths, true)) => Ok(Self(millionths)),
            _ => Err(BadQty(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Qty {
    type Error = BadQty;

    fn try_from(text: String) -> Result<Self, BadQty> {
        text.parse()
    }
}

impl From<Qty> for String {
    fn from(qty: Qty) -> Self {
        qty.to_string()
    }
}

impl fmt::Display for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format_scaled(self.0, 6);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Debug for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl JsonSchema for Qty {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Qty".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$",
            "description": "exact decimal quantity, at most six places"
        })
    }
}

/// An exact ratio, e.g. 72/1 base units in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// Numerator.
    pub num: i64,
    /// Denominator, above zero.
    pub den: i64,
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// A decimal text exactly ("1.10", "0.0000614"), of at most twelve places and above zero. One of 1 is as it was told and not
    /// [`Ratio::ONE`], which is what stands for a rate that nobody told. `None` for anything else.
    pub fn of_rate(text: &str) -> Option<Self> {
        let places = text.split_once('.').map_or(0, |(_, places)| places.len());
        let scale = u32::try_from(places.clamp(6, 12)).ok()?;
        match parse_scaled(text, scale) {
            Some((num, true)) if num > 0 => Some(Self {
                num,
                den: 10_i64.pow(scale),
            }),
            _ => None,
        }
    }

    /// The other way round.
    #[must_use]
    pub const fn inverse(self) -> Self {
        Self {
            num: self.den,
            den: self.num,
        }
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_and_one_of_one_is_told() {
        let rate = |num, den| Some(Ratio { num, den });
        let million = 1_000_000;
        assert_eq!(Ratio::of_rate("1.10"), rate(1_100_000, million));
        assert_eq!(Ratio::of_rate("1"), rate(million, million));
        assert_ne!(Ratio::of_rate("1"), Some(Ratio::ONE));
        assert_eq!(Ratio::of_rate("0.0000614"), rate(614, 10_000_000));
        assert_eq!(Ratio::of_rate("0.000000000001"), rate(1, 1_000_000_000_000));
        for text in [
            "",
            "0",
            "-1.1",
            "1,1",
            "1e2",
            "0.0000000000001",
            "10000000000000",
            "one",
        ] {
            assert_eq!(Ratio::of_rate(text), None, "{text}");
        }
    }

    #[test]
    fn text_is_exact_and_short() {
        for (text, shown) in [
            ("12", "12"),
            ("0.5", "0.5"),
            ("1.000000", "1"),
            ("-3.25", "-3.25"),
        ] {
            assert_eq!(text.parse::<Qty>().unwrap().to_string(), shown);
        }
        for text in ["", "1.0000001", "one", "1e2", "--1"] {
            assert!(text.parse::<Qty>().is_err(), "{text}");
        }
    }

    #[test]
    fn conversions_are_exact_or_refused() {
        let case = Ratio { num: 72, den: 1 };
        assert_eq!(Qty::whole(2).times(case), Some(Qty::whole(144)));
        assert_eq!(
            Qty::whole(36).times(case.inverse()),
            Some("0.5".parse().unwrap())
        );
        assert_eq!(Qty::whole(5).times(case.inverse()), None);
    }
}

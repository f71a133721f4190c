//! Exact decimal numbers as partners write them: `"66.00"`, `"3"`. Never floats.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact decimal: `units / 10^scale`. Equal and ordered by value; written with the scale it was read with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

/// The text is not a plain decimal (optional minus, at most 18 digits before and 9 after the point).
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a decimal number")]
pub struct NotADecimal(String);

impl Decimal {
    /// Nought.
    pub const ZERO: Self = Self { units: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { units: 1, scale: 0 };

    /// `units / 10^scale`, e.g. minor units of a currency. `scale` is at most 9 here.
    pub fn new(units: i64, scale: u32) -> Self {
        Self {
            units: units.into(),
            scale: scale.min(9),
        }
    }

    /// Whether the value is above nought.
    pub fn is_positive(self) -> bool {
        self.units > 0
    }

    /// Whether the value is below nought.
    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    /// The value if it is a whole number that fits.
    pub fn whole(self) -> Option<i64> {
        let one = 10_i128.pow(self.scale);
        (self.units % one == 0)
            .then(|| i64::try_from(self.units / one).ok())
            .flatten()
    }

    /// The sum of many.
    pub fn sum(values: impl IntoIterator<Item = Self>) -> Self {
        values
            .into_iter()
            .fold(Self::ZERO, |total, value| total + value)
    }

    fn at_scale(self, scale: u32) -> i128 {
        self.units
            .saturating_mul(10_i128.pow(scale.saturating_sub(self.scale)))
    }
}

impl std::ops::Add for Decimal {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self {
            units: self.at_scale(scale).saturating_add(other.at_scale(scale)),
            scale,
        }
    }
}

impl std::ops::Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            units: -self.units,
            scale: self.scale,
        }
    }
}

impl std::ops::Sub for Decimal {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.at_scale(scale).cmp(&other.at_scale(scale))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let one = 10_u128.pow(self.scale);
        let magnitude = self.units.unsigned_abs();
        match usize::try_from(self.scale) {
            Ok(width) if width > 0 => {
                write!(f, "{sign}{}.{:0width$}", magnitude / one, magnitude % one)
            }
            _ => write!(f, "{sign}{magnitude}"),
        }
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let refuse = || NotADecimal(text.chars().take(40).collect());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(refuse()),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 18 || fraction.len() > 9 {
            return Err(refuse());
        }
        if !plain(whole) || !plain(fraction) {
            return Err(refuse());
        }
        let units: i128 = format!("{whole}{fraction}").parse().map_err(|_| refuse())?;
        let scale = u32::try_from(fraction.len()).map_err(|_| refuse())?;
        Ok(Self {
            units: if negative { -units } else { units },
            scale,
        })
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn adds_exactly_and_keeps_the_scale() {
        let total = Decimal::sum(["0.1", "0.20", "-0.3"].map(decimal));
        assert_eq!(total, Decimal::ZERO);
        assert_eq!(total.to_string(), "0.00");
        assert_eq!((decimal("1.005") + decimal("2")).to_string(), "3.005");
        assert_eq!((decimal("1") - decimal("1.05")).to_string(), "-0.05");
    }

    #[test]
    fn compares_by_value() {
        assert_eq!(decimal("3"), decimal("3.000"));
        assert!(decimal("-2.5") < decimal("-2.49"));
        assert_eq!(decimal("4.0").whole(), Some(4));
        assert_eq!(decimal("4.5").whole(), None);
    }

    #[test]
    fn refuses_what_is_not_plain() {
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "1e3",
            "+1",
            "1,5",
            " 1",
            "0.1234567891",
            "٣",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text:?}");
        }
        assert!(
            serde_json::from_str::<Decimal>("1.5").is_err(),
            "a JSON number is refused"
        );
    }
}

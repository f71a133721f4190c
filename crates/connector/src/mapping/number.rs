//! Exact decimal numbers.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Most decimals that can be calculated with.
const MAX_SCALE: u32 = 12;
/// Magnitudes from here on cannot be calculated with.
const MAX_MANTISSA: u128 = 10_u128.pow(24);

/// A number of a JSON document.
#[derive(Debug, Clone)]
pub enum Number {
    /// `mantissa × 10^-scale`; at most 24 digits and 12 decimals. Decimals that were written stay, zeros too.
    Exact {
        /// Digits and sign.
        mantissa: i128,
        /// Decimals.
        scale: u32,
    },
    /// Beyond that: kept as written, can be compared and passed on, not calculated with.
    Long(Arc<str>),
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self::whole(0);

    /// A whole number.
    pub const fn whole(value: i64) -> Self {
        Self::Exact {
            mantissa: value as i128,
            scale: 0,
        }
    }

    fn exact(mantissa: i128, scale: u32) -> Option<Self> {
        (mantissa.unsigned_abs() < MAX_MANTISSA && scale <= MAX_SCALE)
            .then_some(Self::Exact { mantissa, scale })
    }

    /// Reads a number as JSON writes it. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa_text, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()),
            None => (text, Some(0)),
        };
        let (negative, digits) = match mantissa_text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa_text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || text.ends_with(['e', 'E', '+', '-']) {
            return None;
        }
        let scale = digits.split_once('.').map_or(0, |(_, f)| f.len());
        Some(
            Self::scaled(digits, negative, scale, exponent)
                .unwrap_or_else(|| Self::Long(Arc::from(text))),
        )
    }

    fn scaled(digits: &str, negative: bool, scale: usize, exponent: Option<i64>) -> Option<Self> {
        let mut mantissa: i128 = 0;
        for b in digits.bytes().filter(u8::is_ascii_digit) {
            mantissa = mantissa
                .checked_mul(10)?
                .checked_add(i128::from(b - b'0'))?;
        }
        let scale = i64::try_from(scale).ok()?.checked_sub(exponent?)?;
        let scale = if scale < 0 {
            let power = u32::try_from(scale.unsigned_abs()).ok()?;
            mantissa = mantissa.checked_mul(10_i128.checked_pow(power)?)?;
            0
        } else {
            u32::try_from(scale).ok()?
        };
        Self::exact(if negative { -mantissa } else { mantissa }, scale)
    }

    /// The whole number, if it is one (`3`, `3.0`) and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Exact { mantissa, scale } => {
                let unit = 10_i128.pow(*scale);
                (mantissa % unit == 0)
                    .then(|| i64::try_from(mantissa / unit).ok())
                    .flatten()
            }
            Self::Long(_) => None,
        }
    }

    /// Nearest binary fraction, for filters that know no other numbers. Never used for what is passed on.
    pub(super) fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Both mantissas at the larger scale.
    fn aligned(&self, other: &Self) -> Option<(i128, i128, u32)> {
        let (
            Self::Exact {
                mantissa: a,
                scale: s,
            },
            Self::Exact {
                mantissa: b,
                scale: t,
            },
        ) = (self, other)
        else {
            return None;
        };
        let scale = (*s).max(*t);
        let a = a.checked_mul(10_i128.checked_pow(scale - s)?)?;
        let b = b.checked_mul(10_i128.checked_pow(scale - t)?)?;
        Some((a, b, scale))
    }

    /// Sum, if it fits.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Self::exact(a.checked_add(b)?, scale)
    }

    /// Difference, if it fits.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Self::exact(a.checked_sub(b)?, scale)
    }

    /// Product, if it fits.
    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        let (
            Self::Exact {
                mantissa: a,
                scale: s,
            },
            Self::Exact {
                mantissa: b,
                scale: t,
            },
        ) = (self, other)
        else {
            return None;
        };
        let (mut mantissa, mut scale) = (a.checked_mul(*b)?, s + t);
        while scale > MAX_SCALE && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self::exact(mantissa, scale)
    }

    /// Quotient, if it is exact and fits.
    pub(super) fn over(&self, other: &Self) -> Option<Self> {
        let (a, b, _) = self.aligned(other)?;
        (0..=MAX_SCALE).find_map(|scale| {
            let a = a.checked_mul(10_i128.checked_pow(scale)?)?;
            (a.checked_rem(b)? == 0)
                .then(|| Self::exact(a / b, scale))
                .flatten()
        })
    }

    /// Remainder of whole numbers, with the sign of the first.
    pub(super) fn modulo(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.to_i64()?, other.to_i64()?);
        a.checked_rem(b).map(Self::whole)
    }

    /// With the other sign.
    pub(super) fn negated(&self) -> Option<Self> {
        Self::ZERO.minus(self)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Long(text) => f.write_str(text),
            Self::Exact { mantissa, scale: 0 } => write!(f, "{mantissa}"),
            Self::Exact { mantissa, scale } => {
                let sign = if *mantissa < 0 { "-" } else { "" };
                let unit = 10_u128.pow(*scale);
                let magnitude = mantissa.unsigned_abs();
                let (whole, fraction) = (magnitude / unit, magnitude % unit);
                write!(
                    f,
                    "{sign}{whole}.{fraction:0width$}",
                    width = *scale as usize
                )
            }
        }
    }
}

impl Ord for Number {
    /// By value; of two that are the same to a binary fraction, exact ones first, then by their digits.
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some((a, b, _)) = self.aligned(other) {
            return a.cmp(&b);
        }
        self.to_f64()
            .total_cmp(&other.to_f64())
            .then_with(|| match (self, other) {
                (Self::Long(a), Self::Long(b)) => a.cmp(b),
                (Self::Long(_), Self::Exact { .. }) => Ordering::Greater,
                (Self::Exact { .. }, _) => Ordering::Less,
            })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_stay_as_written() {
        for text in [
            "0",
            "-3",
            "12.50",
            "1000",
            "0.000001",
            "72.640",
            "123456789012345678901234567890.5",
        ] {
            assert_eq!(n(text).to_string(), text);
        }
        assert_eq!(n("1e2").to_string(), "100");
        assert_eq!(n("1.5E-2").to_string(), "0.015");
        assert_eq!(
            n("1e999999999999999999999").to_string(),
            "1e999999999999999999999"
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".5", "5.", "1e", "1e+", "+1", "0x1", "1_000", "NaN", "1,5",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(n("0.1").plus(&n("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(n("1").minus(&n("0.10")).unwrap().to_string(), "0.90");
        assert_eq!(n("25.00").times(&n("3")).unwrap().to_string(), "75.00");
        assert_eq!(n("10").over(&n("4")).unwrap().to_string(), "2.5");
        assert!(n("10").over(&n("3")).is_none());
        assert!(n("10").over(&n("0")).is_none());
        assert_eq!(n("-7").modulo(&n("3")).unwrap().to_string(), "-1");
        assert!(n("999999999999999999999999").times(&n("10")).is_none());
    }

    #[test]
    fn order_is_by_value() {
        assert_eq!(n("1.0"), n("1"));
        assert!(n("-2") < n("-1.99"));
        assert!(n("1e30") > n("999999999999999999999999"));
        assert!(n("1e30") < n("1e31"));
    }
}

//! What is added up for one number, and how it is told. Whole numbers only: quantities in millionths of units.

use serde::Serialize;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A count, or an amount.
    Count,
    /// A quantity in millionths.
    Units,
    /// A rate.
    Ratio,
    /// A mean of whole seconds over a count.
    Mean,
    /// Durations weighted by quantities in millionths.
    Spread,
    /// Durations weighted by amounts in minor units.
    Weighed,
}

/// How durations are spread, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many durations.
    pub n: usize,
    /// Half of the quantity took no longer.
    pub p50: Option<i64>,
    /// Nine tenths took no longer.
    pub p90: Option<i64>,
    /// Nineteen twentieths took no longer.
    pub p95: Option<i64>,
    /// The longest.
    pub longest: Option<i64>,
}

/// What is added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) num: i128,
    pub(super) den: i128,
    /// (seconds, weight).
    durations: Vec<(i64, i64)>,
}

/// A number without its name.
pub(super) struct Figures {
    pub(super) numerator: String,
    pub(super) denominator: Option<String>,
    pub(super) value: Option<String>,
    pub(super) spread: Option<Spread>,
}

/// Millionths in one.
const UNIT: i128 = 1_000_000;

impl Cell {
    /// A duration with its weight.
    pub(super) fn duration(&mut self, seconds: i64, weight: i64) {
        self.num += i128::from(seconds) * i128::from(weight);
        self.den += i128::from(weight);
        self.durations.push((seconds, weight));
    }

    /// One more of so many, of which it is one or not.
    pub(super) fn one(&mut self, counts: bool) {
        self.num += i128::from(counts);
        self.den += 1;
    }

    pub(super) fn tell<T>(mut self, shape: Shape, make: impl FnOnce(Figures) -> T) -> T {
        let (num, den) = (self.num, self.den);
        make(match shape {
            Shape::Count => Figures {
                numerator: num.to_string(),
                denominator: None,
                value: Some(num.to_string()),
                spread: None,
            },
            Shape::Units => Figures {
                numerator: decimal(num),
                denominator: None,
                value: Some(decimal(num)),
                spread: None,
            },
            Shape::Ratio => Figures {
                numerator: num.to_string(),
                denominator: Some(den.to_string()),
                value: quotient(num * UNIT, den).map(decimal),
                spread: None,
            },
            Shape::Mean => Figures {
                numerator: num.to_string(),
                denominator: Some(den.to_string()),
                value: quotient(num, den).map(|mean| mean.to_string()),
                spread: None,
            },
            Shape::Spread => Figures {
                numerator: decimal(num),
                denominator: Some(decimal(den)),
                value: quotient(num, den).map(|mean| mean.to_string()),
                spread: Some(self.spread()),
            },
            Shape::Weighed => Figures {
                numerator: num.to_string(),
                denominator: Some(den.to_string()),
                value: quotient(num, den).map(|mean| mean.to_string()),
                spread: Some(self.spread()),
            },
        })
    }

    fn spread(&mut self) -> Spread {
        self.durations.sort_unstable();
        Spread {
            n: self.durations.len(),
            p50: self.percentile(50),
            p90: self.percentile(90),
            p95: self.percentile(95),
            longest: self.durations.last().map(|(seconds, _)| *seconds),
        }
    }

    /// The shortest duration such that at least so many hundredths of the weight took no longer.
    fn percentile(&self, hundredths: i128) -> Option<i64> {
        let mut weight = 0;
        for (seconds, more) in &self.durations {
            weight += i128::from(*more);
            if weight > 0 && weight * 100 >= self.den * hundredths {
                return Some(*seconds);
            }
        }
        None
    }
}

/// Half away from zero; none over nothing.
fn quotient(num: i128, den: i128) -> Option<i128> {
    if den == 0 {
        return None;
    }
    let half = den.abs() / 2 * num.signum() * den.signum();
    Some((num + half * den.signum()) / den)
}

/// Millionths as a decimal without needless zeros.
fn decimal(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, part) = (millionths.abs() / UNIT, millionths.abs() % UNIT);
    let text = format!("{sign}{whole}.{part:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_rounded_half_away_from_zero_and_null_over_nothing() {
        assert_eq!(quotient(5, 2), Some(3));
        assert_eq!(quotient(-5, 2), Some(-3));
        assert_eq!(quotient(4, 3), Some(1));
        assert_eq!(quotient(0, 0), None);
        assert_eq!(decimal(1_500_000), "1.5");
        assert_eq!(decimal(0), "0");
        assert_eq!(decimal(-250_000), "-0.25");
    }

    #[test]
    fn percentiles_are_weighted() {
        let mut cell = Cell::default();
        for (seconds, weight) in [(10, 8), (100, 1), (1000, 1)] {
            cell.duration(seconds, weight);
        }
        let spread = cell.spread();
        assert_eq!(
            (spread.p50, spread.p90, spread.p95),
            (Some(10), Some(100), Some(1000))
        );
        assert_eq!(Cell::default().spread().p50, None);
    }
}

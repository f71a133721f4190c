//! Ready-made weather: none, some, heavy.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Fault, Rule};

/// How bad the day is. Presets hold only faults that correct middleware survives without a person: no refusals, and no
/// request executed twice by the partner itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Fair weather.
    #[default]
    None,
    /// About one request in six fails somehow.
    Some,
    /// About every second request fails somehow.
    Heavy,
}

/// No preset has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault preset {0:?}: none, some or heavy")]
pub struct UnknownPreset(String);

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, UnknownPreset> {
        match name {
            "none" => Ok(Self::None),
            "some" => Ok(Self::Some),
            "heavy" => Ok(Self::Heavy),
            other => Err(UnknownPreset(other.to_owned())),
        }
    }
}

/// Fault, per cent on a some day, per cent on a heavy day, delay in milliseconds.
type Weather = (Fault, u8, u8, Option<u64>);

const RECEIVING: &[Weather] = &[
    (Fault::CommitThenDrop, 3, 10, None),
    (Fault::CommitThen503, 2, 6, None),
    (Fault::CommitThenHang, 0, 1, Some(3_000)),
    (Fault::DropBefore, 2, 8, None),
    (Fault::Unavailable, 2, 8, None),
    (Fault::Throttle, 3, 8, None),
    (Fault::Slow, 2, 6, Some(100)),
    (Fault::Garbage, 1, 3, None),
    (Fault::Truncate, 1, 3, None),
];

const SENDING: &[Weather] = &[
    (Fault::Duplicate, 6, 20, None),
    (Fault::Garbage, 2, 8, None),
    (Fault::Slow, 3, 8, Some(100)),
    (Fault::Reorder, 5, 25, None),
];

/// Business requests only: sign-in and tokens stay in fair weather.
const RECEIVED: &[&str] = &[
    "POST /api",
    "GET /api",
    "POST /asn",
    "GET /asn",
    "POST /notifications",
];

impl Preset {
    /// The rules of such a day.
    pub fn rules(self, seed: u64) -> Vec<Rule> {
        let received = RECEIVED.iter().map(|operation| (*operation, RECEIVING));
        let places = received.chain([("EMIT", SENDING)]);
        places
            .flat_map(|(operation, weather)| self.at(operation, weather, seed))
            .collect()
    }

    fn at(self, operation: &str, weather: &[Weather], seed: u64) -> Vec<Rule> {
        let rule = |&(fault, some, heavy, delay_ms): &Weather| {
            let (percent, burst) = match self {
                Self::None => (0, 0),
                Self::Some => (some, 2),
                Self::Heavy => (heavy, 3),
            };
            let drawn = Rule::percent(fault, percent, seed)
                .on(operation)
                .burst(burst);
            (percent > 0).then_some(Rule { delay_ms, ..drawn })
        };
        weather.iter().filter_map(rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_day_has_no_rules_and_worse_days_have_more() {
        assert!(Preset::None.rules(1).is_empty());
        assert!(Preset::Some.rules(1).len() < Preset::Heavy.rules(1).len());
    }

    #[test]
    fn no_preset_makes_a_partner_refuse_or_double() {
        for rule in Preset::Heavy.rules(1) {
            assert_ne!(rule.fault, Fault::Refuse);
            assert!(
                rule.fault != Fault::Duplicate || rule.on == "EMIT",
                "{rule:?}"
            );
        }
    }
}

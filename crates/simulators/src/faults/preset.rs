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

/// A SOAP server breaks in one more way.
const BREAKING: &[Weather] = &[(Fault::FaultAfterCommit, 3, 8, None)];

const SENDING: &[Weather] = &[
    (Fault::Duplicate, 6, 20, None),
    (Fault::Garbage, 2, 8, None),
    (Fault::Slow, 3, 8, Some(100)),
    (Fault::Reorder, 5, 25, None),
];

/// An EDI partner: its files, single sets, whole envelopes, and its acknowledgements.
const DROPPING: &[Weather] = &[
    (Fault::Duplicate, 4, 15, None),
    (Fault::Garbage, 2, 6, None),
    (Fault::Truncate, 3, 10, Some(100)),
    (Fault::Slow, 3, 8, Some(100)),
];
const SPOILING: &[Weather] = &[(Fault::Garbage, 3, 10, None)];
const TEARING: &[Weather] = &[(Fault::Garbage, 2, 6, None)];
const ACKNOWLEDGING: &[Weather] = &[
    (Fault::Slow, 4, 12, Some(150)),
    (Fault::CommitThenDrop, 3, 10, None),
    (Fault::Duplicate, 3, 10, None),
    (Fault::Garbage, 2, 5, None),
];

/// Where an EDI partner fails.
const EDI: &[(&str, &[Weather])] = &[
    ("EDI send", DROPPING),
    ("EDI set", SPOILING),
    ("EDI envelope", TEARING),
    ("EDI ack", ACKNOWLEDGING),
];

/// A warehouse of files: what it writes, and what it answers.
const WRITING: &[Weather] = &[
    (Fault::Slow, 3, 8, None),
    (Fault::Reorder, 2, 5, None),
    (Fault::Truncate, 3, 10, None),
    (Fault::Duplicate, 3, 10, None),
    (Fault::Garbage, 1, 4, None),
    (Fault::WrongTotals, 2, 6, None),
    (Fault::BadRow, 1, 5, None),
    (Fault::Overlap, 2, 8, None),
];
const ANSWERING: &[Weather] = &[
    (Fault::Slow, 4, 12, None),
    (Fault::Duplicate, 3, 10, None),
    (Fault::CommitThenDrop, 3, 10, None),
];

/// Where a warehouse of files fails.
const FILES: &[(&str, &[Weather])] = &[("FILE write", WRITING), ("FILE ack", ANSWERING)];

/// Business requests only: sign-in and tokens stay in fair weather.
const RECEIVED: &[&str] = &[
    "POST /api",
    "GET /api",
    "POST /asn",
    "GET /asn",
    "POST /notifications",
    "SOAP",
];

impl Preset {
    /// The rules of such a day.
    pub fn rules(self, seed: u64) -> Vec<Rule> {
        let received = RECEIVED.iter().map(|operation| (*operation, RECEIVING));
        let places = received.chain([("SOAP", BREAKING), ("EMIT", SENDING)]);
        places
            .chain(EDI.iter().copied())
            .chain(FILES.iter().copied())
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

    /// Where a double is a message sent twice, not a request carried out twice.
    const SENDS: &[&str] = &["EMIT", "EDI send", "EDI ack", "FILE write", "FILE ack"];

    #[test]
    fn no_preset_makes_a_partner_refuse_or_double() {
        for rule in Preset::Heavy.rules(1) {
            assert_ne!(rule.fault, Fault::Refuse);
            assert!(
                rule.fault != Fault::Duplicate || SENDS.contains(&rule.on.as_str()),
                "{rule:?}"
            );
        }
    }
}

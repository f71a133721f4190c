//! Where more fails than elsewhere: by warehouse, channel, connector and code.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Dims;

/// A cell counts only with so many of its volume.
const ENOUGH: i64 = 30;

/// A cell of the failure pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// Site.
    pub warehouse: String,
    /// Channel.
    pub channel: String,
    /// Connector instance.
    pub adapter: String,
    /// Code of the exceptions.
    pub code: String,
    /// Exceptions opened in the period.
    pub failures: i64,
    /// Effects first sent in the period, of all codes.
    pub volume: i64,
    /// Rate of the cell over the rate of all cells together, in hundredths; none over nothing.
    pub lift_hundredths: Option<i64>,
    /// At least twice the rate of all, over at least 30.
    pub flagged: bool,
}

type Place = (String, String, String);

#[derive(Debug, Default)]
pub(super) struct Patterns {
    volume: BTreeMap<Place, i64>,
    failures: BTreeMap<(Place, String), i64>,
}

fn place(dims: &Dims) -> Place {
    (
        dims.warehouse.clone(),
        dims.channel.clone(),
        dims.adapter.clone(),
    )
}

impl Patterns {
    pub(super) fn volume(&mut self, dims: &Dims) {
        *self.volume.entry(place(dims)).or_default() += 1;
    }

    pub(super) fn failure(&mut self, dims: &Dims, code: &str) {
        let key = (place(dims), code.to_owned());
        *self.failures.entry(key).or_default() += 1;
    }

    pub(super) fn told(self) -> Vec<Pattern> {
        let all_volume: i64 = self.volume.values().sum();
        let mut by_code: BTreeMap<&str, i64> = BTreeMap::new();
        for ((_, code), failures) in &self.failures {
            *by_code.entry(code).or_default() += failures;
        }
        let cells = self.failures.iter().map(|((place, code), failures)| {
            let volume = self.volume.get(place).copied().unwrap_or(0);
            let all = by_code.get(code.as_str()).copied().unwrap_or(0);
            // (failures / volume) / (all / all_volume)
            let (num, den) = (
                i128::from(*failures) * i128::from(all_volume) * 100,
                i128::from(volume) * i128::from(all),
            );
            let lift = num.checked_div(den).and_then(|l| i64::try_from(l).ok());
            let (warehouse, channel, adapter) = place.clone();
            Pattern {
                warehouse,
                channel,
                adapter,
                code: code.clone(),
                failures: *failures,
                volume,
                lift_hundredths: lift,
                flagged: volume >= ENOUGH && lift.is_some_and(|lift| lift >= 200),
            }
        });
        cells.collect()
    }
}

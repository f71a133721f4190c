//! The period that is asked for, as people write it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use workflow::PolicySet;

use super::{Ask, Dimension};

/// Days beyond which an open return is overdue, if nothing is said.
pub const SLA_DAYS: i64 = 14;

/// A period as it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Period {
    /// First day; the last one if left out.
    pub from: Option<Date>,
    /// Last day; today if left out.
    pub to: Option<Date>,
    /// What the numbers are told by, besides over all.
    pub by: Vec<Dimension>,
    /// A return that is open for longer is overdue, in days; [`SLA_DAYS`] if left out.
    pub sla_days: Option<i64>,
}

impl Period {
    /// What it means at that instant. Without days it is today, in the books of the first entity.
    ///
    /// # Errors
    /// If it ends before it begins; in words.
    pub fn ask(
        self,
        policies: &PolicySet,
        entities: &[String],
        now: Timestamp,
    ) -> Result<Ask, String> {
        let zones: BTreeMap<String, TimeZone> = entities
            .iter()
            .filter_map(|entity| {
                let policy = policies.at(entity, now);
                let zone = policy.map_or("UTC", |policy| policy.tz.as_str());
                Some((entity.clone(), TimeZone::get(zone).ok()?))
            })
            .collect();
        let zone = zones.values().next().cloned().unwrap_or(TimeZone::UTC);
        let to = self.to.unwrap_or_else(|| now.to_zoned(zone).date());
        let from = self.from.unwrap_or(to);
        if from > to {
            return Err(format!("{from} is after {to}"));
        }
        let mut ask = Ask {
            from,
            to,
            as_of: now,
            by: self.by,
            zones,
            sla_days: self.sla_days.unwrap_or(SLA_DAYS),
        };
        // A period that is over everywhere is told as of its last end.
        ask.as_of = match ask.ends().into_values().max() {
            Some(end) => end.min(now),
            None => end(to, TimeZone::UTC).min(now),
        };
        Ok(ask)
    }
}

/// The instant at which a day ends there.
fn end(day: Date, zone: TimeZone) -> Timestamp {
    let next = day.tomorrow().and_then(|day| day.to_zoned(zone));
    next.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl Ask {
    /// When the period ends in the books of each entity, or when it is told: what comes first.
    pub(super) fn ends(&self) -> BTreeMap<String, Timestamp> {
        let zones = self.zones.iter();
        let ends = zones.map(|(entity, zone)| {
            let end = end(self.to, zone.clone());
            (entity.clone(), end.min(self.as_of))
        });
        ends.collect()
    }

    /// Instants before and after which it is no day of the period, in whatever zone: none is more than 26 hours from UTC.
    pub(super) fn outside(&self) -> (Timestamp, Timestamp) {
        let begin = |day: Date| day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
        let apart = SignedDuration::from_hours(26);
        let first = begin(self.from).and_then(|at| at.checked_sub(apart));
        let behind = self.to.tomorrow().and_then(begin);
        let last = behind.and_then(|at| at.checked_add(apart));
        (
            first.unwrap_or(Timestamp::MIN),
            last.unwrap_or(Timestamp::MAX),
        )
    }

    /// The day, if it is asked for alone, over all, with the usual [`SLA_DAYS`].
    pub fn day(&self) -> Option<Date> {
        let is_day = self.from == self.to && self.by.is_empty() && self.sla_days == SLA_DAYS;
        is_day.then_some(self.to)
    }
}

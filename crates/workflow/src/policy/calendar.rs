//! The hours in which approvals are decided: all of them, or those of the working days.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Days on which a deadline is looked for at most: a calendar that closes for longer is not one.
const MOST_DAYS: u32 = 3660;

/// Working hours. `[approval_calendar]` of a policy, in the entity's zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calendar {
    /// Working days.
    pub(super) days: Vec<Day>,
    /// From when.
    pub(super) from: toml::value::Datetime,
    /// Until when, exclusive.
    pub(super) to: toml::value::Datetime,
    /// Days off.
    #[serde(default)]
    pub(super) holidays: Vec<toml::value::Datetime>,
}

/// A weekday as a policy writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    const fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// Working hours that were found sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hours {
    days: Vec<Weekday>,
    from: Time,
    to: Time,
    holidays: Vec<Date>,
}

impl Calendar {
    /// Sound hours, or what is wrong with them.
    pub(super) fn read(&self) -> Result<Hours, String> {
        let time = |key: &str, written: &toml::value::Datetime| {
            let text = written.to_string();
            (written.date.is_none() && written.offset.is_none())
                .then(|| text.parse::<Time>().ok())
                .flatten()
                .ok_or_else(|| format!("{key} {text} is not a time of day"))
        };
        let (from, to) = (time("from", &self.from)?, time("to", &self.to)?);
        if to <= from {
            return Err(format!("to {to} is not after from {from}"));
        }
        if self.days.is_empty() {
            return Err("it has no days".to_owned());
        }
        let holidays = self.holidays.iter().map(|day| {
            let text = day.to_string();
            text.parse::<Date>()
                .map_err(|_| format!("holiday {text} is not a date"))
        });
        Ok(Hours {
            days: self.days.iter().map(|day| day.weekday()).collect(),
            from,
            to,
            holidays: holidays.collect::<Result<_, _>>()?,
        })
    }
}

/// So many hours from then: on the clock, or of the working hours if there are any.
pub(super) fn due(from: Timestamp, hours: u32, open: Option<&Hours>, tz: &str) -> Timestamp {
    let span = SignedDuration::from_hours(i64::from(hours));
    let by_clock = || from.saturating_add(span).unwrap_or(Timestamp::MAX);
    let (Some(open), Ok(zone)) = (open, TimeZone::get(tz)) else {
        return by_clock();
    };
    let mut left = span;
    let mut day = from.to_zoned(zone.clone()).date();
    for _ in 0..MOST_DAYS {
        if open.days.contains(&day.weekday()) && !open.holidays.contains(&day) {
            let at = |time: Time| {
                let zoned = day.to_datetime(time).to_zoned(zone.clone());
                zoned.map(|zoned| zoned.timestamp())
            };
            let (Ok(opens), Ok(closes)) = (at(open.from), at(open.to)) else {
                return by_clock();
            };
            let begins = opens.max(from);
            let has = closes.duration_since(begins);
            if has >= left {
                return begins.saturating_add(left).unwrap_or(Timestamp::MAX);
            }
            if has.is_positive() {
                left -= has;
            }
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return by_clock(),
        }
    }
    by_clock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_working_hours_count() {
        let calendar: Calendar = toml::from_str(
            "days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = 08:00:00\nto = 16:00:00\nholidays = [2026-05-25]",
        )
        .unwrap();
        let open = calendar.read().unwrap();
        let due =
            |from: &str, hours| due(from.parse().unwrap(), hours, Some(&open), "UTC").to_string();
        assert_eq!(due("2026-05-04T10:00:00Z", 4), "2026-05-04T14:00:00Z");
        assert_eq!(due("2026-05-04T10:00:00Z", 8), "2026-05-05T10:00:00Z");
        assert_eq!(due("2026-05-04T03:00:00Z", 8), "2026-05-04T16:00:00Z");
        // Friday afternoon, a weekend and a holiday.
        assert_eq!(due("2026-05-22T15:00:00Z", 2), "2026-05-26T09:00:00Z");
        assert_eq!(due("2026-05-23T12:00:00Z", 1), "2026-05-26T09:00:00Z");
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        for (wrong, says) in [
            (
                "days = [\"mon\"]\nfrom = 16:00:00\nto = 08:00:00",
                "not after",
            ),
            ("days = []\nfrom = 08:00:00\nto = 16:00:00", "no days"),
            (
                "days = [\"mon\"]\nfrom = 2026-01-01\nto = 16:00:00",
                "time of day",
            ),
        ] {
            let calendar: Calendar = toml::from_str(wrong).unwrap();
            let problem = calendar.read().unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
    }
}

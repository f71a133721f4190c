//! Dates and times as warehouses write them, in the signs of strftime.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

/// Years that are believed: a clock that was never set says less, a placeholder says more.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// A date. The error says what was expected.
pub(super) fn date(format: &str, text: &str) -> Result<Date, String> {
    let date = parsed(format, text)?
        .to_date()
        .map_err(|_| expected("a date", format))?;
    believed(date)
}

/// A time of day.
pub(super) fn time(format: &str, text: &str) -> Result<Time, String> {
    parsed(format, text)?
        .to_time()
        .map_err(|_| expected("a time", format))
}

/// Date and time; in that zone if it has no offset.
pub(super) fn moment(format: &str, text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let parsed = parsed(format, text)?;
    if let Ok(at) = parsed.to_timestamp() {
        believed(at.to_zoned(TimeZone::UTC).date())?;
        return Ok(at);
    }
    let date = parsed
        .to_date()
        .map_err(|_| expected("a date and time", format))?;
    let time = match parsed.hour() {
        None => of_day(),
        Some(_) => parsed
            .to_time()
            .map_err(|_| expected("a date and time", format))?,
    };
    together(believed(date)?, time, zone)
}

/// Date and time of two columns. A time that the clock shows twice is the first of the two.
pub(super) fn together(date: Date, time: Time, zone: &TimeZone) -> Result<Timestamp, String> {
    date.to_datetime(time)
        .to_zoned(zone.clone())
        .map(|zoned| zoned.timestamp())
        .map_err(|_| "a moment of the calendar".to_owned())
}

/// Writes a moment, on that zone's clock.
pub(super) fn written(format: &str, at: Timestamp, zone: &TimeZone) -> Result<String, String> {
    jiff::fmt::strtime::format(format, &at.to_zoned(zone.clone()))
        .map_err(|error| format!("the format {format:?} cannot be written: {error}"))
}

/// Writes a date.
pub(super) fn written_date(format: &str, date: Date) -> Result<String, String> {
    jiff::fmt::strtime::format(format, date)
        .map_err(|error| format!("the format {format:?} cannot be written: {error}"))
}

/// The time of a day that has none: its noon. Midnight would be another day elsewhere: a booking with a date of its own (in
/// UTC, say) would fall on the day before, or into the period before.
pub(super) const fn of_day() -> Time {
    Time::constant(12, 0, 0, 0)
}

fn parsed(format: &str, text: &str) -> Result<BrokenDownTime, String> {
    BrokenDownTime::parse(format, text).map_err(|_| expected("a date or time", format))
}

fn expected(what: &str, format: &str) -> String {
    format!("{what} as {format:?}")
}

fn believed(date: Date) -> Result<Date, String> {
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("a year from {} to {}", YEARS.start(), YEARS.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_every_kind() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (format, text, expected) in [
            (
                "%Y%m%d%H%M%S",
                "20260302140500",
                Some("2026-03-02T13:05:00Z"),
            ),
            (
                "%d.%m.%Y %H:%M",
                "02.03.2026 14:05",
                Some("2026-03-02T13:05:00Z"),
            ),
            (
                "%Y-%m-%dT%H:%M:%S%z",
                "2026-03-02T14:05:00-0500",
                Some("2026-03-02T19:05:00Z"),
            ),
            ("%Y-%m-%d", "2026-03-02", Some("2026-03-02T11:00:00Z")),
            ("%Y-%m-%d", "2026-02-30", None),
            ("%Y-%m-%d", "0001-01-01", None),
            ("%Y-%m-%d", "02/03/26", None),
            ("%m/%d/%y", "03/02/26", Some("2026-03-02T11:00:00Z")),
            // The clock shows it twice, and not at all.
            (
                "%Y-%m-%d %H:%M",
                "2026-10-25 02:30",
                Some("2026-10-25T00:30:00Z"),
            ),
            (
                "%Y-%m-%d %H:%M",
                "2026-03-29 02:30",
                Some("2026-03-29T01:30:00Z"),
            ),
        ] {
            let found = moment(format, text, &berlin).ok().map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}

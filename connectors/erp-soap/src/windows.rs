//! Hours in which an ERP takes documents. Pure: the clock is read by the sink.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// Hours of the day, by the ERP's wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Windows {
    zone: TimeZone,
    hours: Vec<Hours>,
}

/// From when to when; the end does not belong to it, and may lie on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    from: Time,
    to: Time,
}

impl Windows {
    /// Reads `22:00-04:00`, several if there are, in that time zone. `Err` is the text that is none.
    pub(crate) fn new(zone: TimeZone, texts: &[String]) -> Result<Self, String> {
        let hours = texts
            .iter()
            .map(|text| hours(text).ok_or_else(|| text.clone()));
        Ok(Self {
            zone,
            hours: hours.collect::<Result<_, _>>()?,
        })
    }

    /// How long to wait until it is open: nothing if it is. Without any hours it is always open.
    ///
    /// The wall clock decides: an hour that is skipped in spring is no time to send, one that comes twice in autumn is so twice.
    pub(crate) fn wait(&self, now: Timestamp) -> Option<Duration> {
        let local = now.to_zoned(self.zone.clone());
        let clock = local.time();
        if self.hours.is_empty() || self.hours.iter().any(|hours| hours.has(clock)) {
            return None;
        }
        let mut day = local.date().yesterday().ok()?;
        let mut next: Option<Timestamp> = None;
        for _ in 0..4 {
            for hours in &self.hours {
                let opening = self.zone.to_ambiguous_zoned(day.to_datetime(hours.from));
                for opens in [opening.clone().earlier(), opening.later()] {
                    let Ok(opens) = opens else { continue };
                    let opens = opens.timestamp();
                    if opens > now && next.is_none_or(|next| opens < next) {
                        next = Some(opens);
                    }
                }
            }
            day = day.tomorrow().ok()?;
        }
        // An opening that the calendar cannot show is asked for again in an hour.
        let wait = next.map_or(Ok(Duration::from_hours(1)), |next| {
            Duration::try_from(next.duration_since(now))
        });
        Some(wait.unwrap_or(Duration::from_hours(1)))
    }
}

impl Hours {
    fn has(self, clock: Time) -> bool {
        if self.from < self.to {
            self.from <= clock && clock < self.to
        } else {
            self.from <= clock || clock < self.to
        }
    }
}

/// `22:00-04:00`. The same time twice is a whole day.
fn hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    Some(Hours {
        from: time(from)?,
        to: time(to)?,
    })
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_two(hour) || !is_two(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(zone: &str, texts: &[&str]) -> Windows {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Windows::new(TimeZone::get(zone).unwrap(), &texts).unwrap()
    }

    /// Minutes to wait.
    fn wait(windows: &Windows, now: &str) -> Option<u64> {
        let wait = windows.wait(now.parse().unwrap())?;
        assert_eq!(wait.as_secs() % 60, 0);
        Some(wait.as_secs() / 60)
    }

    #[test]
    fn a_night_goes_over_midnight() {
        let night = windows("Europe/Berlin", &["22:00-04:00"]);
        for (now, minutes) in [
            ("2026-01-10T20:59:00Z", Some(1)),
            ("2026-01-10T21:00:00Z", None),
            ("2026-01-10T23:30:00Z", None),
            ("2026-01-11T02:59:59Z", None),
            ("2026-01-11T03:00:00Z", Some(18 * 60)),
        ] {
            assert_eq!(wait(&night, now), minutes, "{now}");
        }
    }

    #[test]
    fn several_windows_and_none() {
        let two = windows("UTC", &["06:00-07:00", "12:00-13:00"]);
        assert_eq!(wait(&two, "2026-01-10T07:00:00Z"), Some(300));
        assert_eq!(wait(&two, "2026-01-10T13:00:00Z"), Some(17 * 60));
        assert_eq!(wait(&windows("UTC", &[]), "2026-01-10T13:00:00Z"), None);
        assert_eq!(
            wait(&windows("UTC", &["00:00-00:00"]), "2026-01-10T13:00:00Z"),
            None
        );
    }

    #[test]
    fn the_night_in_spring_is_an_hour_shorter() {
        // Berlin, 29 March 2026: 02:00 becomes 03:00.
        let late = windows("Europe/Berlin", &["03:30-04:00"]);
        assert_eq!(wait(&late, "2026-03-29T00:30:00Z"), Some(60));
        let skipped = windows("Europe/Berlin", &["02:00-02:30"]);
        // It does not open that night: one asks at 03:00 and is told to come on the next day.
        assert_eq!(wait(&skipped, "2026-03-29T00:30:00Z"), Some(30));
        assert_eq!(wait(&skipped, "2026-03-29T01:00:00Z"), Some(23 * 60));
    }

    #[test]
    fn the_hour_that_comes_twice_opens_twice() {
        // Berlin, 25 October 2026: 03:00 becomes 02:00.
        let twice = windows("Europe/Berlin", &["02:00-02:30"]);
        assert_eq!(wait(&twice, "2026-10-25T00:10:00Z"), None);
        assert_eq!(wait(&twice, "2026-10-25T00:40:00Z"), Some(20));
        assert_eq!(wait(&twice, "2026-10-25T01:10:00Z"), None);
        assert_eq!(wait(&twice, "2026-10-25T01:30:00Z"), Some(23 * 60 + 30));
    }

    #[test]
    fn what_is_no_window_is_told() {
        for text in [
            "",
            "22:00",
            "22-04",
            "24:00-01:00",
            "22:60-23:00",
            "7:00-08:00",
            "+1:00-02:00",
        ] {
            let texts = [text.to_owned()];
            assert_eq!(
                Windows::new(TimeZone::UTC, &texts),
                Err(text.to_owned()),
                "{text}"
            );
        }
    }
}

//! `Retry-After`: seconds, or an HTTP date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Longest wait that we believe.
const LONGEST: Duration = Duration::from_hours(24);

/// How long to wait. A date counts from the answer's own `Date`, so that our clock does not matter; without one it is
/// not understood.
pub(super) fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    let wait = if let Ok(seconds) = text.trim().parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let apart = instant(text)?.duration_since(instant(date?)?);
        Duration::try_from(apart).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

fn instant(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        let date = Some("Mon, 02 Mar 2026 14:05:00 GMT");
        let seconds = |text: &str| retry_after(text, date).map(|d| d.as_secs());
        assert_eq!(seconds("30"), Some(30));
        assert_eq!(seconds("Mon, 02 Mar 2026 14:06:30 GMT"), Some(90));
        assert_eq!(seconds("Mon, 02 Mar 2026 14:04:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(86_400));
        assert_eq!(seconds("soon"), None);
        assert_eq!(retry_after("Mon, 02 Mar 2026 14:06:30 GMT", None), None);
    }
}

//! Facts that say they happened after they were told: refused where they come in, as days and dates of postings follow from
//! them.

use connector::{Decoded, Failure};
use jiff::{SignedDuration, Timestamp};

/// How far a fact may be ahead of the time at which it came: clocks differ, and some times are told without their zone.
const ALLOWED: SignedDuration = SignedDuration::from_hours(24);

/// Failure of a fact that is further ahead. Filed as `SCHEMA_INVALID`.
pub(crate) const AHEAD: &str = "router.in-the-future";

/// What a message that came at `came` consists of: an event that says it happened more than a day later is refused, its
/// neighbours are not.
pub(crate) fn believed(parts: Vec<Decoded>, came: Timestamp) -> Vec<Decoded> {
    let latest = came.saturating_add(ALLOWED).unwrap_or(Timestamp::MAX);
    let count = parts.len();
    let judged = parts.into_iter().enumerate().map(|(n, part)| {
        let event = part?;
        if event.occurred_at <= latest {
            return Ok(event);
        }
        let what = format!(
            "the {} says that it happened at {} (occurred_at), and it came at {came}: a fact is told once it has happened, \
             at most a day ahead of the clock here",
            event.data.type_name(),
            event.occurred_at
        );
        let place = match count {
            1 => "occurred_at".to_owned(),
            _ => format!("event {}: occurred_at", n + 1),
        };
        Err(Failure::malformed(AHEAD, what).at(place))
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use canonical::{Event, MessageKey, ReturnName};
    use testkit::facts;

    use super::*;

    fn told(at: &str) -> Event {
        Event {
            key: MessageKey("k".to_owned()),
            subject: ReturnName::Id("R1".to_owned()),
            occurred_at: at.parse().unwrap(),
            data: facts::received("R1", &[("SKU-1", 1)]),
        }
    }

    #[test]
    fn what_is_more_than_a_day_ahead_is_refused_and_its_neighbours_are_not() {
        let came = "2026-03-02T12:00:00Z".parse().unwrap();
        let parts = vec![
            Ok(told("2019-03-02T12:00:00Z")),
            Ok(told("2026-03-03T12:00:00Z")),
            Ok(told("2026-03-03T12:00:01Z")),
        ];
        let found = believed(parts, came);
        assert!(found[0].is_ok() && found[1].is_ok());
        let refused = found[2].as_ref().unwrap_err();
        assert_eq!(
            (refused.code, refused.place.as_str()),
            (AHEAD, "event 3: occurred_at")
        );
        assert!(refused.message.contains("2026-03-03T12:00:01Z"));
        let alone = believed(vec![Ok(told("2099-01-01T00:00:00Z"))], came);
        assert_eq!(alone[0].as_ref().unwrap_err().place, "occurred_at");
    }
}

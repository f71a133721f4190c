//! How long it takes at present until what is published is confirmed.
//!
//! A broker that has much to do confirms late. What is older than that was perhaps forgotten by a process that died; what is
//! younger is on its way, and to publish it once more would give the broker more to do.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The slowest publications of this minute and of the one before.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<Slowest>);

#[derive(Debug, Default)]
struct Slowest {
    /// Minutes since the epoch.
    minute: i64,
    now: SignedDuration,
    before: SignedDuration,
}

impl Pace {
    /// What was published was confirmed, or refused, after that time.
    pub(crate) fn took(&self, began: Timestamp, ended: Timestamp) {
        let mut slowest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slowest.turn_to(ended);
        slowest.now = slowest.now.max(ended.duration_since(began));
    }

    /// The longest it took in the last minute or two; zero if nothing was published.
    pub(crate) fn slowest(&self, now: Timestamp) -> SignedDuration {
        let mut slowest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slowest.turn_to(now);
        slowest.now.max(slowest.before)
    }
}

impl Slowest {
    fn turn_to(&mut self, now: Timestamp) {
        let minute = now.as_second().div_euclid(60);
        if minute == self.minute {
            return;
        }
        self.before = if minute == self.minute.saturating_add(1) {
            self.now
        } else {
            SignedDuration::ZERO
        };
        self.now = SignedDuration::ZERO;
        self.minute = minute;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_of_the_last_minutes_counts() {
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MIN);
        let seconds = SignedDuration::from_secs;
        let pace = Pace::default();
        assert_eq!(pace.slowest(at(0)), SignedDuration::ZERO);
        pace.took(at(3), at(10));
        pace.took(at(10), at(12));
        assert_eq!(pace.slowest(at(59)), seconds(7));
        pace.took(at(60), at(64));
        assert_eq!(pace.slowest(at(119)), seconds(7));
        assert_eq!(pace.slowest(at(120)), seconds(4));
        assert_eq!(pace.slowest(at(240)), SignedDuration::ZERO);
        // A clock that was set back makes nothing slow.
        pace.took(at(300), at(290));
        assert_eq!(pace.slowest(at(300)), SignedDuration::ZERO);
    }
}

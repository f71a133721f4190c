//! What to do about a failed delivery: one pure function over what is known and how often it was tried.

use std::time::Duration;

use broker::Rung;
use connector::{DuplicateGuard, FailureKind};

/// How patient Backhaul is with one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in a row before the effect is parked in the exception store.
    pub max_tries: u32,
    /// How long after a send the target may still be working on it: nothing is sent again before.
    /// Must exceed the target's longest processing and indexing time.
    pub settle_window: Duration,
    /// Look-ups in a row that must find nothing before a send is repeated.
    pub probe_misses: u32,
    /// How often a send of unknown outcome may be repeated on a target that only a look-up protects.
    pub max_reposts: u32,
    /// How long an unknown outcome may last before a person is called.
    pub unknown_sla: Duration,
    /// How long a connector rests after its credentials or address proved wrong.
    pub pause: Duration,
    /// Longest rung of the wait ladder that is used. Throttled effects wait as long as the target asks.
    pub longest_wait: Duration,
}

impl RetryPolicy {
    /// The rung of the wait ladder for the n-th failure in a row, from 1.
    pub fn rung(&self, tries: u32) -> Rung {
        rung(tries).min(Rung::at_least(self.longest_wait))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 12,
            settle_window: Duration::from_mins(15),
            probe_misses: 2,
            max_reposts: 1,
            unknown_sla: Duration::from_hours(4),
            pause: Duration::from_secs(30),
            longest_wait: Duration::from_hours(1),
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Send again after the rung's delay: it is surely not applied.
    Retry(Rung),
    /// Look it up after the rung's delay; do not send.
    Verify(Rung),
    /// To the exception store: trying again cannot help, or was tried often enough.
    Park,
    /// Rest the whole connector, then send again: nothing is wrong with this effect.
    Pause(Rung),
}

/// Decides. `tries` counts this failure as well, from 1.
#[deny(clippy::wildcard_enum_match_arm)]
pub fn decide(policy: &RetryPolicy, kind: FailureKind, tries: u32) -> Disposition {
    let spent = tries >= policy.max_tries;
    match kind {
        FailureKind::Malformed | FailureKind::Rejected => Disposition::Park,
        FailureKind::Unavailable if spent => Disposition::Park,
        FailureKind::Unavailable => Disposition::Retry(policy.rung(tries)),
        FailureKind::Throttled { .. } if spent => Disposition::Park,
        FailureKind::Throttled { retry_after } => {
            Disposition::Retry(retry_after.map_or_else(|| policy.rung(tries), Rung::at_least))
        }
        FailureKind::InDoubt | FailureKind::Unacknowledged => {
            Disposition::Verify(policy.rung(tries))
        }
        FailureKind::Misconfigured => Disposition::Pause(Rung::at_least(policy.pause)),
    }
}

/// How often a send of unknown outcome may be repeated, by what keeps doubles out of the target.
pub fn reposts_allowed(policy: &RetryPolicy, guard: DuplicateGuard) -> u32 {
    match guard {
        DuplicateGuard::NativeKey | DuplicateGuard::UniqueNumber => policy.max_tries,
        DuplicateGuard::LookUpOnly => policy.max_reposts,
        DuplicateGuard::None => 0,
    }
}

/// The ladder without a cap.
fn rung(tries: u32) -> Rung {
    match tries {
        0..=2 => Rung::S1,
        3..=5 => Rung::S5,
        6..=7 => Rung::S30,
        8..=9 => Rung::M2,
        10..=11 => Rung::M10,
        _ => Rung::H1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_decides() {
        let policy = RetryPolicy {
            max_tries: 3,
            ..RetryPolicy::default()
        };
        let throttled = FailureKind::Throttled {
            retry_after: Some(Duration::from_secs(20)),
        };
        for (kind, tries, expected) in [
            (FailureKind::Malformed, 1, Disposition::Park),
            (FailureKind::Rejected, 1, Disposition::Park),
            (FailureKind::Unavailable, 1, Disposition::Retry(Rung::S1)),
            (FailureKind::Unavailable, 3, Disposition::Park),
            (throttled, 1, Disposition::Retry(Rung::S30)),
            (throttled, 3, Disposition::Park),
            (FailureKind::InDoubt, 1, Disposition::Verify(Rung::S1)),
            (FailureKind::InDoubt, 99, Disposition::Verify(Rung::H1)),
            (
                FailureKind::Misconfigured,
                99,
                Disposition::Pause(Rung::S30),
            ),
        ] {
            assert_eq!(
                decide(&policy, kind, tries),
                expected,
                "{kind:?} after {tries}"
            );
        }
    }

    #[test]
    fn an_unguarded_target_is_never_sent_to_twice() {
        let policy = RetryPolicy::default();
        assert_eq!(reposts_allowed(&policy, DuplicateGuard::None), 0);
        assert_eq!(reposts_allowed(&policy, DuplicateGuard::LookUpOnly), 1);
    }
}

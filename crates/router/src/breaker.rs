//! Whether an operation of a target may be tried now: one breaker per kind of effect. Pure: it is told the time.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row, of more than one effect, after which one effect of the kind at a time is tried: as many as may be
/// under way at the same time, within these. A target that fails every second request has five in a row all the time,
/// and ten hardly ever.
const OPEN_AFTER: (u32, u32) = (5, 10);
/// Trials that follow each other at once: scattered failures are no outage, and must not slow down what works.
const AT_ONCE: u32 = 3;
/// Between the next failed trial and the one after it; doubles up to the longest.
const FIRST_SPACE: Duration = Duration::from_secs(1);
/// Longest time between two trials.
const LONGEST_SPACE: Duration = Duration::from_secs(10);
/// What an effect waits that is kept back: a quarter of the outage so far, within these.
const BRIEFLY: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(30);

/// What an attempt said about the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It answered.
    Well,
    /// It did not answer, or asked to be left alone.
    Ill,
    /// Nothing.
    None,
}

/// May an effect be tried?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Yes, as always.
    Free,
    /// Yes, and it is counted until [`Breakers::left`]. `trial`: the target is taken for down.
    Counted {
        /// The one effect that is tried while the target seems down.
        trial: bool,
    },
    /// As soon as one of those under way is done: the target answers again, and is not to be flooded.
    Soon,
    /// Not now: come back after that time.
    Later(Duration),
}

/// What a sign changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing to speak of.
    None,
    /// The kind is taken for down.
    Opened,
    /// All is well again.
    Closed,
}

#[derive(Debug)]
enum State {
    Closed,
    /// One at a time, not before `next`; so many trials failed.
    Open {
        next: Instant,
        failed: u32,
    },
    /// It answers again: twice as many with each answer.
    Ramp {
        limit: usize,
    },
}

/// The breaker of one kind.
#[derive(Debug)]
struct Breaker {
    state: State,
    /// Since when it does not answer.
    since: Instant,
    failures: u32,
    /// The effect that failed first in this row of failures.
    first: String,
    /// More than one effect failed in this row.
    several: bool,
    /// Counted effects being worked on.
    inside: usize,
}

/// The breakers of one connector, by kind of effect.
#[derive(Debug)]
pub(crate) struct Breakers {
    max: usize,
    kinds: BTreeMap<String, Breaker>,
}

impl Breakers {
    /// All closed; up to `max` effects of a kind at the same time.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            kinds: BTreeMap::new(),
        }
    }

    /// True when no kind is kept back: nobody needs to ask.
    pub(crate) fn quiet(&self) -> bool {
        self.kinds
            .values()
            .all(|breaker| matches!(breaker.state, State::Closed))
    }

    /// Asks for an effect of that kind.
    pub(crate) fn ask(&mut self, kind: &str, now: Instant) -> Gate {
        let Some(breaker) = self.kinds.get_mut(kind) else {
            return Gate::Free;
        };
        let trial = match breaker.state {
            State::Closed => return Gate::Free,
            State::Open { next, .. } => {
                if now < next || breaker.inside > 0 {
                    return Gate::Later(breaker.wait(now));
                }
                true
            }
            State::Ramp { limit } => {
                if breaker.inside >= limit {
                    return Gate::Soon;
                }
                false
            }
        };
        breaker.inside += 1;
        Gate::Counted { trial }
    }

    /// A counted effect is done with, whatever came of it.
    pub(crate) fn left(&mut self, kind: &str) {
        if let Some(breaker) = self.kinds.get_mut(kind) {
            breaker.inside = breaker.inside.saturating_sub(1);
        }
    }

    /// Learns from an attempt for that effect.
    pub(crate) fn learn(&mut self, kind: &str, effect: &str, sign: Sign, now: Instant) -> Change {
        let max = self.max;
        let breaker = self
            .kinds
            .entry(kind.to_owned())
            .or_insert_with(|| Breaker {
                state: State::Closed,
                since: now,
                failures: 0,
                first: String::new(),
                several: false,
                inside: 0,
            });
        match sign {
            Sign::None => Change::None,
            Sign::Well => breaker.well(max),
            Sign::Ill => breaker.ill(effect, open_after(max), now),
        }
    }
}

impl Breaker {
    fn well(&mut self, max: usize) -> Change {
        self.failures = 0;
        self.several = false;
        let limit = match self.state {
            State::Closed => return Change::None,
            State::Open { .. } => 2,
            State::Ramp { limit } => limit.saturating_mul(2),
        };
        if limit > max {
            self.state = State::Closed;
            return Change::Closed;
        }
        self.state = State::Ramp { limit };
        Change::None
    }

    fn ill(&mut self, effect: &str, open_after: u32, now: Instant) -> Change {
        if self.failures == 0 {
            effect.clone_into(&mut self.first);
        }
        self.failures = self.failures.saturating_add(1);
        self.several |= self.first != effect;
        let (failed, change) = match self.state {
            State::Closed | State::Ramp { .. } if self.failures < open_after || !self.several => {
                return Change::None;
            }
            State::Closed => {
                self.since = now;
                (0, Change::Opened)
            }
            // It answered in between: another outage, however short.
            State::Ramp { .. } => {
                self.since = now;
                (0, Change::None)
            }
            // Those that were under way when it opened say nothing new.
            State::Open { next, .. } if now < next => return Change::None,
            State::Open { failed, .. } => (failed.saturating_add(1), Change::None),
        };
        self.state = State::Open {
            next: now + space(failed),
            failed,
        };
        change
    }

    /// How long an effect is kept back: the longer the outage, the less often all of them ask.
    fn wait(&self, now: Instant) -> Duration {
        let outage = now.saturating_duration_since(self.since);
        (outage / 4).clamp(BRIEFLY, LONG)
    }
}

/// Failures in a row that are an outage, when up to `max` effects are under way at the same time.
fn open_after(max: usize) -> u32 {
    let (least, most) = OPEN_AFTER;
    u32::try_from(max).unwrap_or(most).clamp(least, most)
}

/// Time until the next trial when so many have failed.
fn space(failed: u32) -> Duration {
    match failed.checked_sub(AT_ONCE) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_SPACE
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(LONGEST_SPACE),
    }
}

#[cfg(test)]
mod tests;

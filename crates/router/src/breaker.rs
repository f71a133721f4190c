//! Whether an operation of a target may be tried now: one breaker per kind of effect. Pure: it is told the time.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row, of more than one effect, after which one effect of the kind at a time is tried.
const OPEN_AFTER: u32 = 5;
/// Between the first failed trial and the next; doubles up to the longest.
const FIRST_SPACE: Duration = Duration::from_secs(1);
/// Longest time between two trials.
const LONGEST_SPACE: Duration = Duration::from_secs(30);
/// What an effect waits that is kept out while the target is coming back.
const BRIEFLY: Duration = Duration::from_secs(1);

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
    Open { next: Instant, space: Duration },
    Ramp { limit: usize, well: usize },
}

/// The breaker of one kind.
#[derive(Debug)]
struct Breaker {
    state: State,
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
            State::Open { next, space } => {
                if now < next {
                    return Gate::Later(next.duration_since(now).max(BRIEFLY));
                }
                if breaker.inside > 0 {
                    return Gate::Later(space);
                }
                true
            }
            State::Ramp { limit, .. } => {
                if breaker.inside >= limit {
                    return Gate::Later(BRIEFLY);
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
                failures: 0,
                first: String::new(),
                several: false,
                inside: 0,
            });
        match sign {
            Sign::None => Change::None,
            Sign::Well => breaker.well(max),
            Sign::Ill => breaker.ill(effect, now),
        }
    }
}

impl Breaker {
    fn well(&mut self, max: usize) -> Change {
        self.failures = 0;
        self.several = false;
        let (limit, well) = match self.state {
            State::Closed => return Change::None,
            State::Open { .. } => (1, 1),
            State::Ramp { limit, well } => (limit, well + 1),
        };
        let (limit, well) = if well >= limit {
            (limit.saturating_mul(2), 0)
        } else {
            (limit, well)
        };
        if limit > max {
            self.state = State::Closed;
            return Change::Closed;
        }
        self.state = State::Ramp { limit, well };
        Change::None
    }

    fn ill(&mut self, effect: &str, now: Instant) -> Change {
        if self.failures == 0 {
            effect.clone_into(&mut self.first);
        }
        self.failures = self.failures.saturating_add(1);
        self.several |= self.first != effect;
        let (space, change) = match self.state {
            State::Closed if self.failures < OPEN_AFTER || !self.several => return Change::None,
            State::Closed => (FIRST_SPACE, Change::Opened),
            State::Ramp { .. } => (FIRST_SPACE, Change::None),
            // Those that were under way when it opened say nothing new.
            State::Open { next, .. } if now < next => return Change::None,
            State::Open { space, .. } => (space.saturating_mul(2).min(LONGEST_SPACE), Change::None),
        };
        self.state = State::Open {
            next: now + space,
            space,
        };
        change
    }
}

#[cfg(test)]
mod tests;

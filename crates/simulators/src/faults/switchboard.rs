//! The switchboard: asked before each request, remembers what it did.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Fault, Rule};
use crate::draw;

/// The faults of one server; clones share the same switchboard.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Active>,
    asked: HashMap<(String, String), Asked>,
    injected: Vec<Injected>,
}

#[derive(Debug)]
struct Active {
    rule: Rule,
    left: Option<u32>,
    until: Option<Instant>,
}

/// How often an (operation, key) came, and how many drawn faults it had in a row.
#[derive(Debug, Default, Clone, Copy)]
struct Asked {
    times: u64,
    in_a_row: u32,
}

/// A fault that was injected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Injected {
    /// Which.
    pub fault: Fault,
    /// Where.
    pub operation: String,
    /// For which key (empty when the request had none).
    pub key: String,
}

/// What to do to this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection {
    pub(crate) fault: Fault,
    pub(crate) delay: Option<Duration>,
}

impl Active {
    fn new(rule: Rule) -> Self {
        let unlimited = rule.percent.is_some() || rule.for_ms.is_some();
        let left = rule.times.or(if unlimited { None } else { Some(1) });
        let until = rule
            .for_ms
            .map(|ms| Instant::now() + Duration::from_millis(ms));
        Self { rule, left, until }
    }

    fn is_over(&self) -> bool {
        self.left == Some(0) || self.until.is_some_and(|until| until <= Instant::now())
    }

    fn fires(&self, operation: &str, key: &str, asked: Asked) -> bool {
        if self.is_over() || !self.rule.matches(operation, key) {
            return false;
        }
        let Some(percent) = self.rule.percent else {
            return true;
        };
        let nth = asked.times.to_string();
        let name = format!("{:?}", self.rule.fault);
        asked.in_a_row < self.rule.burst
            && draw::below(self.rule.seed, &[&name, operation, key, &nth], 100) < percent.into()
    }
}

impl Faults {
    /// A switchboard with these rules on.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let faults = Self::default();
        for rule in rules {
            faults.add(rule);
        }
        faults
    }

    /// Switches a rule on, after the ones there are: the first that fires wins.
    pub fn add(&self, rule: Rule) {
        self.state().rules.push(Active::new(rule));
    }

    /// Switches all off. What was injected stays on record.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// The rules that can still fire.
    pub fn rules(&self) -> Vec<Rule> {
        let state = self.state();
        let open = state.rules.iter().filter(|active| !active.is_over());
        open.map(|active| active.rule.clone()).collect()
    }

    /// Everything injected so far, in order.
    pub fn injected(&self) -> Vec<Injected> {
        self.state().injected.clone()
    }

    /// How often each fault was injected.
    pub fn counts(&self) -> BTreeMap<Fault, usize> {
        let mut counts = BTreeMap::new();
        for injected in &self.state().injected {
            *counts.entry(injected.fault).or_default() += 1;
        }
        counts
    }

    /// What shall happen to this request, out of the given faults.
    pub(crate) fn draw(&self, operation: &str, key: &str, out_of: &[Fault]) -> Option<Injection> {
        let mut state = self.state();
        if state.rules.is_empty() {
            return None;
        }
        let place = (operation.to_owned(), key.to_owned());
        let asked = state.asked.get(&place).copied().unwrap_or_default();
        let hit = state.rules.iter_mut().find(|active| {
            out_of.contains(&active.rule.fault) && active.fires(operation, key, asked)
        });
        let mut in_a_row = 0;
        let injection = hit.map(|active| {
            active.left = active.left.map(|left| left.saturating_sub(1));
            in_a_row = asked.in_a_row.saturating_add(1);
            let delay = active.rule.delay_ms.map(Duration::from_millis);
            Injection {
                fault: active.rule.fault,
                delay,
            }
        });
        state.asked.insert(
            place,
            Asked {
                times: asked.times.saturating_add(1),
                in_a_row,
            },
        );
        if let Some(Injection { fault, .. }) = injection {
            let (operation, key) = (operation.to_owned(), key.to_owned());
            state.injected.push(Injected {
                fault,
                operation,
                key,
            });
        }
        injection
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Fault] = Fault::RECEIVING;

    fn drawn(faults: &Faults, key: &str) -> Option<Fault> {
        faults
            .draw("POST /x", key, ALL)
            .map(|injection| injection.fault)
    }

    #[test]
    fn times_are_counted_down() {
        let faults = Faults::new([Rule::times(Fault::Throttle, 2).on("POST")]);
        assert!(faults.draw("GET /x", "k", ALL).is_none());
        assert_eq!(drawn(&faults, "a"), Some(Fault::Throttle));
        assert_eq!(drawn(&faults, "b"), Some(Fault::Throttle));
        assert_eq!(drawn(&faults, "c"), None);
        assert_eq!(faults.counts().get(&Fault::Throttle), Some(&2));
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn draws_are_the_same_in_any_order_of_keys() {
        let rule = Rule::percent(Fault::CommitThenDrop, 40, 7);
        let keys: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
        let (there, back) = (Faults::new([rule.clone()]), Faults::new([rule]));
        let first: Vec<_> = keys.iter().map(|key| drawn(&there, key)).collect();
        let mut second: Vec<_> = keys.iter().rev().map(|key| drawn(&back, key)).collect();
        second.reverse();
        assert_eq!(first, second);
        assert!(first.iter().any(Option::is_some) && first.iter().any(Option::is_none));
    }

    #[test]
    fn bursts_are_bounded_even_at_a_hundred_percent() {
        let faults = Faults::new([Rule::percent(Fault::DropBefore, 100, 1).burst(3)]);
        let drawn: Vec<_> = (0..8).map(|_| drawn(&faults, "k").is_some()).collect();
        assert_eq!(drawn, [true, true, true, false, true, true, true, false]);
    }

    #[test]
    fn a_key_can_be_singled_out() {
        let faults = Faults::new([Rule::once(Fault::Refuse).key("b")]);
        assert_eq!(drawn(&faults, "a"), None);
        assert_eq!(drawn(&faults, "b"), Some(Fault::Refuse));
    }
}

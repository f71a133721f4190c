//! Where faults come from: a stream of numbers from the seed, asked at every step.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

use crate::hop::{Fault, Hop};
use crate::plan::{Plan, Script};

/// Decides what goes wrong.
pub struct Chance(Mutex<Inner>);

struct Inner {
    rng: Rng,
    rates: BTreeMap<Fault, u16>,
    script: Option<Script>,
    calm: bool,
    visits: BTreeMap<Hop, u32>,
    struck: BTreeMap<Fault, u64>,
}

/// One step being taken.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    hop: Hop,
    nth: u32,
}

impl Chance {
    /// As planned.
    pub fn new(plan: &Plan) -> Self {
        Self(Mutex::new(Inner {
            rng: Rng::with_seed(plan.seed ^ 0x5eed_0fc4_a11a_11e5),
            rates: plan.rates.clone(),
            script: plan.script,
            calm: false,
            visits: BTreeMap::new(),
            struck: BTreeMap::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step is taken.
    pub fn visit(&self, hop: Hop) -> Visit {
        let mut inner = self.inner();
        let nth = inner.visits.entry(hop).or_default();
        *nth += 1;
        Visit { hop, nth: *nth }
    }

    /// Does that go wrong now?
    pub fn strikes(&self, visit: Visit, fault: Fault) -> bool {
        let mut inner = self.inner();
        let strikes = match inner.script {
            Some(script) => (script.hop, script.nth, script.fault) == (visit.hop, visit.nth, fault),
            None if inner.calm => false,
            None => match inner.rates.get(&fault).copied() {
                Some(rate) => inner.rng.u16(0..10_000) < rate,
                None => false,
            },
        };
        if strikes {
            *inner.struck.entry(fault).or_default() += 1;
        }
        strikes
    }

    /// A number.
    pub fn pick(&self, range: Range<u64>) -> u64 {
        self.inner().rng.u64(range)
    }

    /// From now on nothing goes wrong any more.
    pub fn calm(&self) {
        self.inner().calm = true;
    }

    /// True once nothing goes wrong any more.
    pub fn is_calm(&self) -> bool {
        self.inner().calm
    }

    /// How often each fault struck.
    pub fn struck(&self) -> BTreeMap<Fault, u64> {
        self.inner().struck.clone()
    }

    /// How often each step was taken.
    pub fn visits(&self) -> BTreeMap<Hop, u32> {
        self.inner().visits.clone()
    }
}

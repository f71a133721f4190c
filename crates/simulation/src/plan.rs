//! What a seed is in for.

use std::collections::BTreeMap;
use std::time::Duration;

use connector::DuplicateGuard;
use fastrand::Rng;

use crate::hop::{Fault, Hop};

/// One fault at one step, and nothing else: the n-th time that step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script {
    /// The step.
    pub hop: Hop,
    /// The how-manieth time, from 1.
    pub nth: u32,
    /// What goes wrong.
    pub fault: Fault,
}

/// How the run is set up.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Sidecars on the same broker and store.
    pub processes: usize,
    /// Returns.
    pub returns: usize,
    /// How the ERP keeps doubles out.
    pub guard: DuplicateGuard,
    /// Faults and how often they strike, in 10,000 chances.
    pub rates: BTreeMap<Fault, u16>,
    /// Instead of those: one fault.
    pub script: Option<Script>,
    /// When faults stop.
    pub calm_after: Duration,
    /// Facts come in any order, also before the request that they belong to.
    pub shuffled: bool,
    /// The ERP refuses some documents for good.
    pub refusals: bool,
    /// Bytes that are no message of ours lie in a queue.
    pub stray: bool,
}

impl Plan {
    /// What that seed decides.
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let guard = match rng.u8(0..10) {
            0..4 => DuplicateGuard::NativeKey,
            4..6 => DuplicateGuard::UniqueNumber,
            6..9 => DuplicateGuard::LookUpOnly,
            _ => DuplicateGuard::None,
        };
        let mut rates = BTreeMap::new();
        for fault in Fault::ALL {
            let common = if rng.u8(0..4) == 0 { 600 } else { 150 };
            if rng.u8(0..3) > 0 {
                rates.insert(fault, common * weight(fault));
            }
        }
        Self {
            seed,
            processes: [1, 1, 2, 3][rng.usize(0..4)],
            returns: rng.usize(2..6),
            guard,
            rates,
            script: None,
            calm_after: Duration::from_secs(rng.u64(120..420)),
            shuffled: rng.bool(),
            refusals: rng.u8(0..4) == 0,
            stray: rng.u8(0..3) == 0,
        }
    }

    /// The same world without any fault.
    #[must_use]
    pub fn without_faults(&self) -> Self {
        Self {
            rates: BTreeMap::new(),
            script: None,
            ..self.clone()
        }
    }

    /// The same world with that one fault.
    #[must_use]
    pub fn with_only(&self, script: Script) -> Self {
        Self {
            script: Some(script),
            ..self.without_faults()
        }
    }

    /// Longest time that a process stands still. On a target where only a look-up tells, no longer than its settle window
    /// allows: what a process sends after a longer sleep is the risk that remains with such targets.
    pub fn longest_freeze(&self) -> Duration {
        match self.guard {
            DuplicateGuard::NativeKey | DuplicateGuard::UniqueNumber => Duration::from_mins(3),
            DuplicateGuard::LookUpOnly | DuplicateGuard::None => Duration::from_secs(15),
        }
    }
}

/// Faults at steps that are taken rarely strike more often.
fn weight(fault: Fault) -> u16 {
    match fault {
        Fault::CrashBefore | Fault::CrashAfter | Fault::Freeze | Fault::ClockJump => 1,
        Fault::StoreGone | Fault::BrokerGone | Fault::ConnectionCut => 1,
        Fault::StoreAnswerLost
        | Fault::PublishRefused
        | Fault::ConfirmLost
        | Fault::PublishLost
        | Fault::DeliveredTwice
        | Fault::Overtaken => 2,
        Fault::TargetGone
        | Fault::Throttled
        | Fault::AnswerLost
        | Fault::RequestLost
        | Fault::DoneLate
        | Fault::HalfDone
        | Fault::TooSlow
        | Fault::WrittenLate
        | Fault::Misconfigured => 4,
        Fault::SentTwice | Fault::DeadLetterRefused => 6,
        Fault::AckNeverComes => 30,
    }
}

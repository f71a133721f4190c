//! What all processes of a run share: time, chance, the history.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::chance::Chance;
use crate::plan::Plan;

/// Lines of history that are kept; the oldest go first.
const KEPT: usize = 20_000;

/// Time, chance and history of a run.
pub struct World {
    /// How it is set up.
    pub plan: Plan,
    /// What goes wrong.
    pub chance: Chance,
    began: Instant,
    history: Mutex<History>,
}

#[derive(Default)]
struct History {
    lines: std::collections::VecDeque<String>,
    told: u64,
    fingerprint: u64,
}

impl World {
    /// Begins now, by the runtime's clock.
    pub fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            chance: Chance::new(&plan),
            plan,
            began: Instant::now(),
            history: Mutex::default(),
        })
    }

    /// Since it began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The true time; processes may see another.
    pub fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::ZERO);
        Timestamp::UNIX_EPOCH
            .saturating_add(SignedDuration::from_hours(24 * 20_574))
            .and_then(|start| start.saturating_add(elapsed))
            .unwrap_or(Timestamp::MAX)
    }

    /// Writes a line of history.
    pub fn tell(&self, line: impl AsRef<str>) {
        let line = format!("{:>9.3} {}", self.elapsed().as_secs_f64(), line.as_ref());
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in line.bytes() {
            // FNV-1a
            history.fingerprint =
                (history.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        history.told += 1;
        history.lines.push_back(line);
        if history.lines.len() > KEPT {
            history.lines.pop_front();
        }
    }

    /// The history, oldest first.
    pub fn history(&self) -> Vec<String> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.lines.iter().cloned().collect()
    }

    /// A number that tells one history from another.
    pub fn fingerprint(&self) -> u64 {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.fingerprint ^ history.told
    }
}

//! What time it is: the system's clock, unless a simulation brings its own.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// The clock of one process. Everything that is written down or compared with what was written down asks it; waiting is
/// the runtime's business.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

impl Clock {
    /// A clock that shows what `now` says.
    pub fn simulated(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// The time, UTC.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(simulated) => simulated(),
            None => Timestamp::now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Clock(simulated)",
            None => "Clock(system)",
        })
    }
}

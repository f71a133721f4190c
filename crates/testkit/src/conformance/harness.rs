//! What a connector's tests give to the suite.

use std::path::PathBuf;

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};

use super::Behaviour;

/// Given by a connector's tests.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A block in which everything is right. Nothing is reached by it.
    fn settings(&self) -> Settings;

    /// The README.
    fn readme(&self) -> String;

    /// The folder of golden files.
    fn testdata(&self) -> PathBuf;

    /// Messages that decode to at least one event each. None if the connector takes nothing in.
    fn inbound(&self) -> Vec<Inbound>;

    /// A message of several parts, one of them bad. None if a message is always one part.
    fn neighbours(&self) -> Option<Neighbours>;

    /// Commands that the codec has words for; the first one is sent. None if the connector sends nothing.
    fn commands(&self) -> Vec<Command>;

    /// A real partner in that weather. `None` if it cannot be had; the behaviour must be waived then.
    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>>;

    /// What does not apply to this connector, and why.
    fn waivers(&self) -> Vec<Waiver>;
}

/// A message of several parts.
#[derive(Debug, Clone)]
pub struct Neighbours {
    /// The message.
    pub message: Inbound,
    /// Events in its good parts.
    pub good: usize,
    /// Bad parts.
    pub bad: usize,
}

/// What does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiver {
    /// What.
    pub behaviour: Behaviour,
    /// Why, for readers of the report.
    pub reason: &'static str,
}

impl Waiver {
    /// The same reason for several behaviours.
    pub fn all(behaviours: &[Behaviour], reason: &'static str) -> Vec<Self> {
        behaviours
            .iter()
            .map(|behaviour| Self {
                behaviour: *behaviour,
                reason,
            })
            .collect()
    }
}

/// What the partner does to the next effect. Later ones meet fair weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything works.
    Fair,
    /// Nothing is done; it asks to wait, and says how long.
    Throttles,
    /// It fails with an error of its own (5xx), whether the effect was done or not.
    Fails,
    /// Nobody listens: the settings lead to a closed port or a folder that is not there.
    IsAway,
    /// The settings carry a wrong secret.
    RefusesLogin,
    /// The effect is done, and the answer never comes.
    LosesAnswer,
    /// The effect is done half (a draft), and the answer never comes.
    StopsHalfway,
    /// The effect is done, and the answer cannot be read.
    AnswersGarbage,
}

/// A partner: a real small server (or folder) with books.
pub trait Partner: Send + Sync {
    /// The block that leads to it.
    fn settings(&self) -> Settings;

    /// How many effects its books have under that key, half-finished ones included.
    fn applied(&self, key: &EffectKey) -> usize;
}

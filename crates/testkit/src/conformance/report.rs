//! What held, what did not, what was waived.

use std::fmt;

use super::Behaviour;

/// What became of a behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It held.
    Held,
    /// It did not: what happened instead.
    Broken(String),
    /// It does not apply: why.
    Waived(String),
}

/// The suite's report on one connector.
#[derive(Debug, Clone)]
pub struct Report {
    connector: String,
    outcomes: Vec<(Behaviour, Outcome)>,
}

impl Report {
    pub(super) fn new(connector: &str) -> Self {
        Self {
            connector: connector.to_owned(),
            outcomes: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, behaviour: Behaviour, outcome: Outcome) {
        self.outcomes.push((behaviour, outcome));
    }

    /// Every behaviour with its outcome.
    pub fn outcomes(&self) -> &[(Behaviour, Outcome)] {
        &self.outcomes
    }

    /// The behaviours that did not hold.
    pub fn broken(&self) -> Vec<Behaviour> {
        let broken = |(_, outcome): &&(Behaviour, Outcome)| matches!(outcome, Outcome::Broken(_));
        self.outcomes
            .iter()
            .filter(broken)
            .map(|(behaviour, _)| *behaviour)
            .collect()
    }

    /// Ends the test with the whole report if anything did not hold.
    #[track_caller]
    pub fn assert_held(&self) {
        assert!(self.broken().is_empty(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "conformance of {}:", self.connector)?;
        for (behaviour, outcome) in &self.outcomes {
            match outcome {
                Outcome::Held => writeln!(f, "  held    {behaviour}")?,
                Outcome::Broken(what) => writeln!(f, "  BROKEN  {behaviour}: {what}")?,
                Outcome::Waived(reason) => writeln!(f, "  waived  {behaviour}: {reason}")?,
            }
        }
        Ok(())
    }
}

//! Mappings of JSON shapes, in jq: a partner's document in, documents of the connector's own shape out.
//!
//! A mapping is a pure function of its input. It is written by the operator, its input is outside data; neither may stop
//! the process or hold it up:
//!
//! - **Pure.** No clock, environment, file, further input or output: filters such as `now`, `env`, `input`, `debug` and
//!   `halt` do not exist. The same input gives the same outputs.
//! - **Bounded.** Steps, bytes made, depth, outputs and wall time are limited ([`Limits`]). A mapping that reaches a limit
//!   ends with [`MappingFault::Exhausted`]. Definitions that call themselves are refused when the mapping is compiled.
//! - **Exact.** Numbers stay what was written (`12.50` stays `12.50`); sums, differences and products are exact decimals; a
//!   quotient that is not exact is an error. Nothing passes through binary fractions.
//!
//! Everything else is ordinary jq, so that a mapping can be tried with the `jq` tool. The few differences: no regular
//! expressions, no mathematics beyond `+ - * / %`, `floor`, `round`, `ceil`, `abs`.

mod budget;
mod engine;
mod json;
mod library;
mod number;
mod program;
mod read;
mod update;
mod value;

use std::fmt;
use std::time::Duration;

pub use budget::Limit;
pub use json::{Json, MAX_DEPTH};
pub use number::Number;
pub use read::{JsonError, read};

use crate::settings::Problem;

/// Longest source of a mapping, bytes.
pub const MAX_SOURCE: usize = 64 * 1024;

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps of evaluation.
    pub steps: u64,
    /// Bytes of values made, in all.
    pub bytes: u64,
    /// Outputs.
    pub outputs: usize,
    /// Wall time. The other limits are met first, except by very slow steps.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 2_000_000,
            bytes: 64 * 1024 * 1024,
            outputs: 10_000,
            time: Duration::from_secs(1),
        }
    }
}

/// Why a mapping gave no outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingFault {
    /// The mapping raised an error: its own (`error("…")`) or that of a filter ("cannot index …").
    Failed(String),
    /// A limit was reached.
    Exhausted(Limit),
    /// The mapping could not be run at all (no thread, or a fault inside the engine).
    Broken(String),
}

impl fmt::Display for MappingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) => write!(f, "the mapping failed: {text}"),
            Self::Exhausted(limit) => write!(f, "the mapping was ended: {limit}"),
            Self::Broken(text) => write!(f, "the mapping could not be run: {text}"),
        }
    }
}

impl std::error::Error for MappingFault {}

/// A compiled mapping. Cheap to share between threads.
pub struct Mapping {
    name: String,
    limits: Limits,
    filter: engine::Filter,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Mapping {
    /// Compiles a source. `name` is what problems call it: "mappings/east.jq". The place of a problem carries the line.
    pub fn compile(source: &str, name: &str) -> Result<Self, Problem> {
        let filter = program::compile(source, name)?;
        Ok(Self {
            name: name.to_owned(),
            limits: Limits::default(),
            filter,
        })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Name, as given to [`Mapping::compile`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs it on one document. All outputs, or the first error.
    pub fn run(&self, input: &Json) -> Result<Vec<Json>, MappingFault> {
        engine::run(&self.filter, input.clone(), self.limits)
    }
}

#[cfg(test)]
mod tests;

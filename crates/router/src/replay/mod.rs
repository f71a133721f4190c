//! Runs that give many exceptions back to the flow: a few first, the rest at a pace, over restarts and sidecars.
//!
//! A run is kept in the store. Whoever asks for one only writes it down; a sidecar drives it ([`drive`]), and when that one
//! dies another goes on where it stood. Each exception is given back by the desk, which does so once, whoever comes; a run
//! adds the order, the pace and the count.
//!
//! - [`run`]: what a run is, and what becomes of it
//! - [`ask`]: what people wish and decide
//! - [`canary`]: what became of the first ones
//! - [`drive`]: the loop of the sidecar

pub mod ask;
pub mod canary;
mod drive;
mod keep;
pub mod run;

pub use ask::{Answer, Asker, Decision, Limits, Wish};
pub(crate) use drive::Driver;
pub use keep::{oldest_first, open_of, run_of, runs};
pub use run::{Chosen, Phase, ReplayRun};

//! The daily proof: what was done here against what the partners' systems hold, one business day of one legal entity at a
//! time.
//!
//! [`credits`], [`stock`] and [`lines`] compare and are pure; [`run()`] reads both sides and keeps the outcome.

mod actions;
pub mod class;
mod control;
pub mod credits;
mod gather;
pub mod item;
pub mod lines;
pub mod ours;
pub mod report;
mod run;
pub mod scope;
mod sides;
mod sign;
mod sources;
pub mod stock;

pub use class::{Class, Match, Priority};
pub use item::Item;
pub use report::{Report, Status};
pub use run::{Ask, Proof, run};
pub use sign::sign_off;
pub use sources::Source;

#[cfg(test)]
mod tests;

//! The daily proof: what was done here against what the partners' systems hold, one business day of one legal entity at a
//! time.
//!
//! [`receipts`], [`credits`], [`stock`], [`lines`], [`advances`], [`claims`] and [`outward`] compare and are pure; [`run()`] reads both
//! sides and keeps the outcome.

mod actions;
pub mod advances;
mod arrivals;
pub mod claims;
pub mod class;
mod control;
pub mod credits;
mod facts;
mod gather;
pub mod item;
mod items_csv;
pub mod lines;
pub mod ours;
pub mod outward;
pub mod receipts;
mod record;
pub mod report;
mod returns;
mod run;
pub mod scope;
mod sides;
mod sign;
mod sources;
pub mod stock;

pub use class::{Class, Match, Priority};
pub use item::Item;
pub use items_csv::items_csv;
pub use report::{Input, Matched, Report, Status};
pub use run::{Ask, Proof, run};
pub use sign::sign_off;
pub use sources::Source;

#[cfg(test)]
mod tests;

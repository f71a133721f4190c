//! Posting to a real ERP that misbehaves: what is said must be what its books show.

mod credits;
mod faults;
mod guards;
mod liars;
mod listing;
mod login;
mod references;
mod refusals;
mod steps;
mod support;
mod tax;
mod told;
mod two_steps;
mod weather;

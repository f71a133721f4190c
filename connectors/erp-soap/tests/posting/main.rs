//! Posting to a real ERP that misbehaves: what is said must be what its books show.

mod batch;
mod bombs;
mod faults;
mod freight;
mod guards;
mod hours;
mod login;
mod refusals;
mod scripted;
mod support;
mod two_steps;

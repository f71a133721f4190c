//! What needs no mailbox: goldens, layouts, configuration, README, properties.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod blocks;
mod check;
mod goldens;
mod property;
mod readme;
mod samples;
mod written;

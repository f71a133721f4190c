//! What needs no mailbox: goldens, profiles, configuration, README.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod check;
mod goldens;
mod out;
mod readme;
mod sample_files;

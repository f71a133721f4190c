//! What happens in a real folder: files in, announcements out, the warehouse's answers; and the conformance suite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod answers;
mod conformance;
mod endings;
mod hindrances;
mod numbers;
mod over_sftp;
mod simulated;
mod support;
mod taking;

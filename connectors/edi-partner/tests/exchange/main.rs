//! Over real folders: taking in, sending, acknowledging, restarts, and the conformance suite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod acks;
mod conformance;
mod partner;
mod sink;
mod source;
mod support;

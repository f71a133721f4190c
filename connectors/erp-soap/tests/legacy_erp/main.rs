//! Before a legacy ERP on another SOAP stack (spyne, with schema validation and WS-Security): whatever goes wrong, there is one
//! credit memo in the end, and the balance moved once.
//!
//! Skipped, with a message, where the peer is not there or cannot be installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod answers;
mod modes;
mod server;
mod tether;

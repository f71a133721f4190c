//! The product as a process beside real brokers, stores, file servers and partners: driven, killed, drained, given bad input.
//! In one program, so that those which wait do so beside each other.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod alarm;
mod amqp_in;
mod bad_input;
mod broker_killed;
mod confirm_by_hand;
mod corrected;
mod credit_by_hand;
mod daily_proof;
mod demo;
mod described;
mod drain;
mod new_warehouse;
mod one_trace;
mod poison;
mod real_collector;
mod real_faults;
mod replay_many;
mod sftp_warehouse;
mod sidecar_killed;
mod translate;

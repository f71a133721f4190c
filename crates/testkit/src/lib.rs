//! For tests: conformance suite for connectors, golden files, private RabbitMQ, PostgreSQL and OpenSSH.

pub mod conformance;
mod debian;
pub mod facts;
pub mod golden;
pub mod memory;
pub mod notes;
pub mod ports;
pub mod postgres;
pub mod processes;
pub mod promtool;
pub mod rabbit;
pub mod sshd;
pub mod told;

//! The program and a sidecar, mostly on embedded broker and store: configuration, ports, operators' commands.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod approval;
mod changes;
mod crosswalk;
mod desk;
mod doctor;
mod example;
mod identify;
mod ingress;
mod mail;
mod password;
mod policy;
mod silence;
mod support;
mod topology;

//! The sidecar as a whole: registry of connectors, configuration, ingress, telemetry, command line.
//!
//! - [`config`]: one TOML file; [`check`]: everything wrong with it, offline, at once
//! - [`registry`]: the connectors of this build
//! - [`picture`]: what has changed since the last start
//! - [`sidecar`]: the configuration made into a running sidecar, and drained
//! - [`ingress`]: what the sidecar provides to connectors: paths on its listener, queues on its broker
//! - [`admin`]: `/metrics`, `/healthz`, `/readyz`; [`telemetry`]: logs, traces, metrics
//! - [`watchdog`]: ends a process that hangs
//! - [`proof`]: the daily proof: this side against what the partners' systems hold
//! - [`demo`]: partners that misbehave, the whole sidecar, and a proof at the end
//! - [`cli`]: the commands

pub mod admin;
pub mod check;
pub mod cli;
pub mod config;
pub mod demo;
pub mod ingress;
pub mod picture;
pub mod proof;
pub mod registry;
pub mod report;
pub mod sidecar;
pub mod telemetry;
pub mod watchdog;

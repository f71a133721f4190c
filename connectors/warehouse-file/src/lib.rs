#![doc = include_str!("../README.md")]

mod acknowledgement;
mod answer;
mod codec;
mod codes;
mod config;
mod failures;
mod layout;
mod ledger;
mod mailbox_failure;
mod names;
mod out;
mod registration;
mod samples;
mod sink;
mod source;
mod translate;
mod wire;

pub use config::Options;
pub use registration::CONNECTOR;

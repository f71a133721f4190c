#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod away;
mod caught_up;
mod codec;
mod config;
mod envelope;
mod examine;
mod failures;
mod ledger;
mod partner;
mod profile;
mod registration;
mod samples;
mod sink;
mod source;
mod stamp;
mod translate;
mod wire;

pub use registration::CONNECTOR;
// For the measuring example and the walk over sample files; no part of the connector.
#[doc(hidden)]
pub use wire::bench;

#![doc = include_str!("../README.md")]

mod codec;
mod codes;
mod config;
mod failures;
mod out;
mod registration;
mod samples;
mod signature;
mod sink;
mod source;
mod translate;
mod wire;

pub use config::Options;
pub use registration::CONNECTOR;

#![doc = include_str!("../README.md")]

mod book;
mod codec;
mod config;
mod failures;
mod letter;
mod registration;
mod sink;
mod smtp;
mod templates;

pub use config::Options;
pub use registration::CONNECTOR;

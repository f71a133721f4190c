//! The picture of what a sidecar works with: queues, schema of the store, policies, connectors, mappings, crosswalks. The
//! store keeps that of the last start, so that a start can say what has changed since.
//!
//! No secret is in it: of a block only its type, the files it names and its tables of codes are looked at, and of contents
//! only the hash is kept.

mod changes;
mod record;
mod take;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use changes::{Change, changes};
pub use record::{record, recorded, since};
pub use take::take;

/// What there is, by subject ("queue returns.router", "mapping wms-east mapping").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture(pub BTreeMap<String, Item>);

/// One subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// How it is, for people; may be empty.
    pub says: String,
    /// Hash of its content; empty if `says` tells all.
    pub content: String,
}

/// The picture of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it was first recorded as it is.
    pub at: Timestamp,
    /// The picture.
    pub picture: Picture,
}

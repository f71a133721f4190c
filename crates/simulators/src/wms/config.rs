//! What a WMS is like.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::Story;
use crate::faults::Rule;

/// How events are told; the [wire](super) has each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// One message per fact.
    #[default]
    Delta,
    /// Everything so far, again after each change.
    Snapshot,
    /// Only that something changed.
    Notify,
}

/// No dialect has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown dialect {0:?}: delta, snapshot or notify")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        match name {
            "delta" => Ok(Self::Delta),
            "snapshot" => Ok(Self::Snapshot),
            "notify" => Ok(Self::Notify),
            other => Err(UnknownDialect(other.to_owned())),
        }
    }
}

/// What a second ASN with the same `externalReference` gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicateAsn {
    /// 200 and the one there is.
    #[default]
    Return,
    /// 409.
    Conflict,
    /// 201: there is no guard, a double comes into being.
    Accept,
}

/// A WMS's nature.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Demanded in `x-api-key`, when set.
    pub api_key: Option<String>,
    /// Guard of `/asn`.
    pub duplicate_asn: DuplicateAsn,
    /// How events are told.
    pub dialect: Dialect,
    /// Where webhooks go; without one, things happen but nobody is told.
    pub target: Option<Url>,
    /// Shared secret of the webhooks' signatures.
    pub secret: String,
    /// Whether announced returns are played by themselves.
    pub autoplay: bool,
    /// The same story for all instead of a drawn one.
    pub story: Option<Story>,
    /// Seed of all draws.
    pub seed: u64,
    /// Milliseconds between the facts of one return.
    pub pace_ms: u64,
    /// Attempts per message before it is given up.
    pub max_attempts: u32,
    /// Returns played at the same time.
    pub parallel: usize,
    /// Faults switched on from the start.
    pub faults: Vec<Rule>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: None,
            duplicate_asn: DuplicateAsn::Return,
            dialect: Dialect::Delta,
            target: None,
            secret: "wms-s3cret".to_owned(),
            autoplay: true,
            story: None,
            seed: 1,
            pace_ms: 20,
            max_attempts: 40,
            parallel: 32,
            faults: Vec::new(),
        }
    }
}

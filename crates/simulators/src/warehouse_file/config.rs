//! What a warehouse of files is like.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::faults::Rule;
use crate::wms::Story;

/// How its files are written; the [wire](super) has each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Record types, columns between carets.
    #[default]
    Caret,
    /// Semicolons, decimal comma, Latin-1, header line.
    Csv,
    /// Fixed places.
    Fixed,
}

/// No dialect has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown dialect {0:?}: caret, csv or fixed")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        match name {
            "caret" => Ok(Self::Caret),
            "csv" => Ok(Self::Csv),
            "fixed" => Ok(Self::Fixed),
            other => Err(UnknownDialect(other.to_owned())),
        }
    }
}

/// A warehouse's nature.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder that holds the three others.
    pub root: PathBuf,
    /// Where it writes.
    pub in_folder: String,
    /// Where it reads.
    pub out_folder: String,
    /// Where it puts what it has read.
    pub taken_folder: String,
    /// How its files are written.
    pub dialect: Dialect,
    /// Whether files are written under their own names, or first under `NAME.tmp`; absent: as the dialect does.
    pub in_place: Option<bool>,
    /// IANA zone of its clock.
    pub zone: String,
    /// Milliseconds between looks into the folder.
    pub poll_ms: u64,
    /// Milliseconds until an announcement is answered.
    pub ack_ms: u64,
    /// Milliseconds between the facts of one return.
    pub pace_ms: u64,
    /// Milliseconds that rows wait for others to share a file with.
    pub batch_ms: u64,
    /// Milliseconds after which a file that was not answered is sent again; absent: never.
    pub resend_ms: Option<u64>,
    /// How often a refused file is sent again.
    pub max_corrections: u32,
    /// Whether announced returns are played by themselves.
    pub autoplay: bool,
    /// The same story for all instead of a drawn one.
    pub story: Option<Story>,
    /// Seed of all draws.
    pub seed: u64,
    /// Faults switched on from the start.
    pub faults: Vec<Rule>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            root: PathBuf::from("warehouse"),
            in_folder: "in".to_owned(),
            out_folder: "out".to_owned(),
            taken_folder: "taken".to_owned(),
            dialect: Dialect::Caret,
            in_place: None,
            zone: "UTC".to_owned(),
            poll_ms: 50,
            ack_ms: 20,
            pace_ms: 20,
            batch_ms: 100,
            resend_ms: None,
            max_corrections: 3,
            autoplay: true,
            story: None,
            seed: 1,
            faults: Vec::new(),
        }
    }
}

impl Config {
    /// Whether files are written under their own names at once.
    pub(super) fn writes_in_place(&self) -> bool {
        self.in_place.unwrap_or(match self.dialect {
            Dialect::Caret | Dialect::Fixed => true,
            Dialect::Csv => false,
        })
    }
}

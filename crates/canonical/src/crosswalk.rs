//! Crosswalks: a partner's codes and ours.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Direction of a crosswalk entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// From the partner to us.
    In,
    /// From us to the partner.
    Out,
}

impl Direction {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
        }
    }

    /// From how it is written.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "IN" => Some(Self::In),
            "OUT" => Some(Self::Out),
            _ => None,
        }
    }
}

/// State of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CrosswalkStatus {
    /// Being written.
    Draft,
    /// In force.
    Approved,
    /// Not used any more.
    Retired,
}

impl CrosswalkStatus {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Approved => "APPROVED",
            Self::Retired => "RETIRED",
        }
    }

    /// From how it is written.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "DRAFT" => Some(Self::Draft),
            "APPROVED" => Some(Self::Approved),
            "RETIRED" => Some(Self::Retired),
            _ => None,
        }
    }
}

/// One code of a partner and what it means. Unique per (list, system, direction, source code, instant). There is no
/// silent default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CrosswalkEntry {
    /// Code list.
    pub list: String,
    /// Partner system.
    pub system: String,
    /// Direction.
    pub direction: Direction,
    /// The code to translate.
    pub source_code: String,
    /// What it becomes.
    pub canonical_code: String,
    /// In force from.
    pub effective_from: Timestamp,
    /// Until (exclusive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Timestamp>,
    /// State.
    pub status: CrosswalkStatus,
    /// Who looks after it.
    pub owner: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Version.
    pub version: u32,
}

//! Rows of the crosswalks: what a partner's code means, since when, by whose word.
//!
//! Who may decide what, and that intervals do not overlap, is the router's to know; it reads the book at a revision, and
//! its change is written only if the book still stands there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rows::AuditEntry;

/// One entry, with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrosswalkRow {
    /// Number by which people name it; from 1.
    pub number: u64,
    /// Code list ("uom", "reason", …).
    pub list: String,
    /// Connector instance, or "*" for all.
    pub system: String,
    /// "IN" (the partner's code becomes ours) or "OUT".
    pub direction: String,
    /// The code to translate.
    pub source_code: String,
    /// What it becomes.
    pub canonical_code: String,
    /// In force from.
    pub effective_from: Timestamp,
    /// Until (exclusive); none: without end.
    pub effective_to: Option<Timestamp>,
    /// "DRAFT", "APPROVED" or "RETIRED".
    pub status: String,
    /// Who looks after it.
    pub owner: String,
    /// Who wrote it.
    pub drafted_by: String,
    /// When.
    pub drafted_at: Timestamp,
    /// Who approved it, or empty.
    pub approved_by: String,
    /// Version of its list that published it; 0 for a draft.
    pub version: u64,
    /// Number of the publication over all lists; 0 for a draft.
    pub publication: u64,
    /// Number of the entry whose place it takes when it is approved; 0 for none.
    pub replaces: u64,
    /// Who asked for its end, or empty.
    pub retire_by: String,
    /// The end that was asked for.
    pub retire_at: Option<Timestamp>,
}

/// Everything that is written, as it stands at a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrosswalkBook {
    /// Counts every change.
    pub revision: u64,
    /// Number of the last publication; 0 before the first.
    pub publication: u64,
    /// All entries, by number.
    pub rows: Vec<CrosswalkRow>,
}

/// A change of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkChange {
    /// The revision at which it was decided. At any other nothing is written.
    pub revision: u64,
    /// The publication that stands afterwards.
    pub publication: u64,
    /// Entries to write, new ones and changed ones.
    pub rows: Vec<CrosswalkRow>,
    /// Numbers of drafts that are withdrawn.
    pub withdrawn: Vec<u64>,
    /// Audit entries.
    pub audit: Vec<AuditEntry>,
}

/// A code that no list has: what an exception waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MissingCode {
    /// Code list.
    pub list: String,
    /// Connector instance.
    pub system: String,
    /// "IN" or "OUT".
    pub direction: String,
    /// The code.
    pub code: String,
}

/// As a column: empty for none.
pub(crate) fn missing_text(missing: &[MissingCode]) -> String {
    if missing.is_empty() {
        return String::new();
    }
    serde_json::to_string(missing).unwrap_or_default()
}

/// From a column.
pub(crate) fn missing_of(text: &str) -> Vec<MissingCode> {
    serde_json::from_str(text).unwrap_or_default()
}

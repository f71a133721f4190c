//! Runs that give many exceptions back to the flow, as they are kept. What is in one is the router's to know.

use jiff::Timestamp;

use crate::rows::AuditEntry;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRunRow {
    /// ULID.
    pub run_id: String,
    /// What it does and how far it is, as JSON.
    pub body: String,
    /// There is something left to do for a sidecar.
    pub is_active: bool,
    /// Counts changes, from 1.
    pub revision: u64,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// A change of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRunChange {
    /// As it is afterwards. It is written if the revision before it stands: for revision 1, if there is no such run.
    pub row: ReplayRunRow,
    /// What is written into the audit with it, if anything.
    pub audit: Vec<AuditEntry>,
}

/// Which runs to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayRunFilter {
    /// Only those with something left to do.
    pub is_active: bool,
    /// Only those asked for before that one (its id), to read on where a page ended.
    pub before: Option<String>,
    /// At most so many (0: no limit), latest first.
    pub limit: usize,
}

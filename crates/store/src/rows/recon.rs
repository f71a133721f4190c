//! Rows of the daily proof: its runs, what did not agree, and who signed.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// A proof of one business day of one legal entity. Never changed once written; another run is another row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReconRunRow {
    /// Id (ULID): later runs have higher ones.
    pub run_id: String,
    /// Legal entity.
    pub entity: String,
    /// The business day, where the entity keeps its books.
    pub business_date: Date,
    /// When it was begun.
    pub started_at: Timestamp,
    /// Who ran it: a user, or the timer.
    pub ran_by: String,
    /// PROVEN, PROVEN_WITH_TIMING or NOT_PROVEN.
    pub status: String,
    /// Inputs with their hashes, watermarks, counts and totals, JSON.
    pub report: String,
    /// Who signed it. Not written with the run.
    pub sign_off: Option<SignOffRow>,
}

/// Something that did not agree in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReconItemRow {
    /// The run.
    pub run_id: String,
    /// Position in the run, from 1.
    pub n: u32,
    /// What makes it the same one in the next run.
    pub item_key: String,
    /// The match (C0 … C10).
    pub matched: String,
    /// Class of the variance (TIMING, MISSING_IN_ERP …).
    pub class: String,
    /// Return, if known, or empty.
    pub return_id: String,
    /// Effect, if known, or empty.
    pub effect_key: String,
    /// Everything about it, JSON.
    pub body: String,
}

/// Somebody other than who ran it has looked at a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignOffRow {
    /// The run. Signed at most once.
    pub run_id: String,
    /// Who.
    pub signed_by: String,
    /// When.
    pub signed_at: Timestamp,
    /// What they have to say, or empty.
    pub note: String,
}

/// A run as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconWrite {
    /// The run; its sign-off is left out.
    pub run: ReconRunRow,
    /// Its items.
    pub items: Vec<ReconItemRow>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct ReconFilter {
    /// Only this run.
    pub run_id: Option<String>,
    /// Legal entity.
    pub entity: Option<String>,
    /// Business days from this one.
    pub from: Option<Date>,
    /// Business days up to this one.
    pub to: Option<Date>,
    /// At most so many (0: no limit), latest run first.
    pub limit: usize,
}

/// A half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its begin.
    pub from: Timestamp,
    /// Its end, which is no part of it.
    pub to: Timestamp,
}

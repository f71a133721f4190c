//! What lists are asked for.

use jiff::Timestamp;

use super::ExceptionState;

/// What a return is looked for by, such as ("order", "SO-4711"). Many returns may have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchTerm {
    /// Kind, as the workflow names it.
    pub kind: String,
    /// The value, as it is: capital letters matter.
    pub value: String,
}

/// Which returns to list.
#[derive(Debug, Clone, Default)]
pub struct ReturnFilter {
    /// Lifecycle word.
    pub lifecycle: Option<String>,
    /// Site.
    pub site: Option<String>,
    /// Business status code.
    pub business_code: Option<String>,
    /// What they must be found by, all of it.
    pub terms: Vec<SearchTerm>,
    /// Changed at that time or later.
    pub since: Option<Timestamp>,
    /// Only those behind that one (when it was changed, its id), to read on where a page ended.
    pub after: Option<(Timestamp, String)>,
    /// At most so many (0: no limit), latest change first; of the same time the greatest id first.
    pub limit: usize,
}

/// Which exceptions to list.
#[derive(Debug, Clone, Default)]
pub struct ExceptionFilter {
    /// Only in this state.
    pub state: Option<ExceptionState>,
    /// Open, or changed at that time or later.
    pub alive_since: Option<Timestamp>,
    /// Business code.
    pub code: Option<String>,
    /// Connector instance.
    pub connector: Option<String>,
    /// Site.
    pub site: Option<String>,
    /// Return.
    pub return_id: Option<String>,
    /// Only those behind that one (its last change, its id), to read on where a page ended.
    pub after: Option<(Timestamp, String)>,
    /// At most so many (0: no limit), latest first.
    pub limit: usize,
}

/// Which entries of the audit to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// On that subject; of all if empty.
    pub subject: String,
    /// By those whose name begins so; by all if empty.
    pub actor: String,
    /// Of actions that begin so; of all if empty.
    pub action: String,
    /// At that time or later.
    pub since: Option<Timestamp>,
    /// Before that time.
    pub until: Option<Timestamp>,
    /// Behind that position.
    pub after: u64,
    /// Before that position.
    pub before: Option<u64>,
    /// Latest first; oldest first if not.
    pub latest_first: bool,
    /// At most so many.
    pub limit: usize,
}

//! People who sign in by name and password, as they are kept. What scopes and roles mean is the console's to know.

use std::fmt;

use jiff::Timestamp;

use crate::rows::AuditEntry;

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// By which they sign in.
    pub name: String,
    /// Hash of the password, in the PHC format.
    pub password: String,
    /// Words of their scopes.
    pub scopes: Vec<String>,
    /// Names of their roles.
    pub roles: Vec<String>,
    /// The approver that they stand for, or empty.
    pub person: String,
    /// May sign in.
    pub is_enabled: bool,
    /// Counts changes, from 1.
    pub revision: u64,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// Without the hash: nothing of a password is in a log.
impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow")
            .field("name", &self.name)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// A change of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// As they are afterwards. It is written if the revision before it stands: for revision 1, if nobody has the name.
    pub row: UserRow,
    /// What is written into the audit with it.
    pub audit: AuditEntry,
}

/// As a column.
pub(crate) fn words_text(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// From a column. One that cannot be read gives no rights.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

//! The fields of a form, as a browser sends them.

use std::collections::BTreeMap;

/// The fields of a form that passed.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(pub(super) BTreeMap<String, String>);

impl Form {
    /// A field; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// True if it has that field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

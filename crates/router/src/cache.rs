//! Returns that were in use lately, parsed. Correct by the optimistic version: a stale entry is refused at commit.

use std::collections::HashMap;

use canonical::ReturnName;
use workflow::ReturnState;

/// A state and the version under which it is stored.
pub(crate) struct Cached {
    pub(crate) state: ReturnState,
    pub(crate) version: u64,
}

/// Two generations of at most `size` entries each: when the young one is full the old one is dropped.
pub(crate) struct Cache {
    size: usize,
    young: HashMap<String, Cached>,
    old: HashMap<String, Cached>,
    names_young: HashMap<ReturnName, String>,
    names_old: HashMap<ReturnName, String>,
}

impl Cache {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            young: HashMap::new(),
            old: HashMap::new(),
            names_young: HashMap::new(),
            names_old: HashMap::new(),
        }
    }

    /// Takes the state out; put it back after the commit.
    pub(crate) fn take(&mut self, return_id: &str) -> Option<Cached> {
        self.young
            .remove(return_id)
            .or_else(|| self.old.remove(return_id))
    }

    pub(crate) fn put(&mut self, return_id: String, cached: Cached) {
        if self.young.len() >= self.size {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(return_id, cached);
    }

    /// The id behind a name, if it was seen lately. Names never change their return.
    pub(crate) fn id_of(&self, name: &ReturnName) -> Option<String> {
        if let ReturnName::Id(id) = name {
            return Some(id.clone());
        }
        self.names_young
            .get(name)
            .or_else(|| self.names_old.get(name))
            .cloned()
    }

    pub(crate) fn remember(&mut self, name: ReturnName, return_id: String) {
        if matches!(name, ReturnName::Id(_)) {
            return;
        }
        if self.names_young.len() >= self.size * 2 {
            self.names_old = std::mem::take(&mut self.names_young);
        }
        self.names_young.insert(name, return_id);
    }
}

//! Claims whose outcome nobody heard: the connection broke, or the caller went away while the file was being renamed.
//!
//! Such a file lies among the claimed ones, perhaps, and would wait there for the next start. It is listed again instead, and
//! claiming it gives the claim that was made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::port::Claimed;

/// Claims in doubt: the file's name = that of the claim.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<BTreeMap<String, String>>);

impl Doubts {
    fn map(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Claimed> {
        let known = |(name, claim): (&String, &String)| Claimed {
            name: name.clone(),
            claim: claim.clone(),
        };
        self.map().iter().map(known).collect()
    }

    /// Takes one out: it is the caller's now.
    pub(crate) fn take(&self, name: &str) -> Option<Claimed> {
        let claim = self.map().remove(name)?;
        Some(Claimed {
            name: name.to_owned(),
            claim,
        })
    }
}

/// A claim that is being made. Dropped before it is settled, it is in doubt.
#[derive(Debug)]
pub(crate) struct Pending {
    doubts: Arc<Doubts>,
    claimed: Option<Claimed>,
}

impl Pending {
    pub(crate) fn new(doubts: &Arc<Doubts>, claimed: Claimed) -> Self {
        Self {
            doubts: Arc::clone(doubts),
            claimed: Some(claimed),
        }
    }

    /// Its name among the claimed files.
    pub(crate) fn claim(&self) -> &str {
        self.claimed
            .as_ref()
            .map_or("", |claimed| claimed.claim.as_str())
    }

    /// The file is the caller's.
    pub(crate) fn made(mut self) -> Option<Claimed> {
        self.claimed.take()
    }

    /// Nothing was done.
    pub(crate) fn not_made(mut self) {
        self.claimed = None;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(Claimed { name, claim }) = self.claimed.take() {
            self.doubts.map().insert(name, claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_settled_is_in_doubt() {
        let doubts = Arc::new(Doubts::default());
        let claimed = |name: &str| Claimed {
            name: name.to_owned(),
            claim: format!("1-2-3~{name}"),
        };
        assert_eq!(
            Pending::new(&doubts, claimed("a")).made(),
            Some(claimed("a"))
        );
        Pending::new(&doubts, claimed("b")).not_made();
        drop(Pending::new(&doubts, claimed("c")));
        assert_eq!(doubts.all(), [claimed("c")]);
        assert_eq!(doubts.take("c"), Some(claimed("c")));
        assert_eq!(doubts.take("c"), None);
    }
}

//! Which files of the inbox are whole: by a marker beside them, or because they did not change between two looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::name;
use crate::port::Entry;

/// Decides it.
#[derive(Debug)]
pub(crate) struct Ready {
    stable_for: Duration,
    marker: Option<String>,
    seen: Mutex<BTreeMap<String, Look>>,
    refused: Mutex<BTreeSet<String>>,
}

/// A file as it was when it last changed, as far as we saw.
#[derive(Debug, Clone, Copy)]
struct Look {
    size: u64,
    modified: Timestamp,
    since: Instant,
}

impl Ready {
    pub(crate) fn new(stable_for: SignedDuration, marker: Option<String>) -> Self {
        Self {
            stable_for: stable_for.unsigned_abs(),
            marker,
            seen: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// The name of the marker beside a file, if there are any.
    pub(crate) fn marker(&self, name: &str) -> Option<String> {
        self.marker.as_ref().map(|ending| format!("{name}{ending}"))
    }

    /// Of the files that were found, those that may be taken, in the order of their names.
    pub(crate) fn pick(&self, mut found: Vec<Entry>, now: Instant) -> Vec<Entry> {
        found.retain(|entry| !name::is_unfinished(&entry.name));
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let mut picked = match &self.marker {
            Some(ending) => marked(found, ending),
            None => self.stable(found, now),
        };
        picked.retain(|entry| match name::refused(&entry.name) {
            None => true,
            Some(why) => {
                self.refuse(&entry.name, why);
                false
            }
        });
        picked
    }

    fn stable(&self, found: Vec<Entry>, now: Instant) -> Vec<Entry> {
        if self.stable_for.is_zero() {
            return found;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut looks = BTreeMap::new();
        let mut stable = Vec::new();
        for entry in found {
            let before = seen
                .remove(&entry.name)
                .filter(|look| look.size == entry.size && look.modified == entry.modified);
            let look = before.unwrap_or(Look {
                size: entry.size,
                modified: entry.modified,
                since: now,
            });
            looks.insert(entry.name.clone(), look);
            if now.saturating_duration_since(look.since) >= self.stable_for {
                stable.push(entry);
            }
        }
        *seen = looks;
        stable
    }

    /// Says once, for people, that a file stays where it is.
    pub(crate) fn refuse(&self, name: &str, why: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.insert(name.to_owned()) {
            tracing::warn!(
                file.name = name,
                "a file is not taken from the inbox: {why}; rename it"
            );
        }
    }
}

fn marked(found: Vec<Entry>, ending: &str) -> Vec<Entry> {
    let (markers, files): (Vec<Entry>, Vec<Entry>) = found
        .into_iter()
        .partition(|entry| entry.name.ends_with(ending));
    let markers: BTreeSet<String> = markers.into_iter().map(|marker| marker.name).collect();
    files
        .into_iter()
        .filter(|file| markers.contains(&format!("{}{ending}", file.name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, size: u64, second: i64) -> Entry {
        Entry {
            name: name.to_owned(),
            size,
            modified: Timestamp::from_second(second).unwrap(),
        }
    }

    fn names(entries: Vec<Entry>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn a_file_that_changes_is_not_picked() {
        let ready = Ready::new(SignedDuration::from_secs(2), None);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(
            ready
                .pick(vec![entry("a", 1, 1), entry("b", 1, 1)], at(0))
                .is_empty()
        );
        // `b` grew, and later changed without growing.
        assert_eq!(
            names(ready.pick(vec![entry("a", 1, 1), entry("b", 2, 1)], at(2))),
            ["a"]
        );
        assert_eq!(
            names(ready.pick(vec![entry("a", 1, 1), entry("b", 2, 2)], at(4))),
            ["a"]
        );
        assert!(ready.pick(vec![entry("b", 2, 2)], at(5)).is_empty());
        assert_eq!(names(ready.pick(vec![entry("b", 2, 2)], at(6))), ["b"]);
        // Gone and back again: a new file.
        assert!(ready.pick(vec![entry("a", 1, 1)], at(9)).is_empty());
    }

    #[test]
    fn without_a_wait_every_finished_file_is_picked_in_order() {
        let ready = Ready::new(SignedDuration::ZERO, None);
        let found = ["b", ".a", "a", "c.tmp", "d.part", "e.filepart"].map(|name| entry(name, 1, 1));
        assert_eq!(
            names(ready.pick(found.to_vec(), Instant::now())),
            ["a", "b"]
        );
    }

    #[test]
    fn with_markers_only_marked_files_are_picked() {
        let ready = Ready::new(SignedDuration::from_secs(60), Some(".done".to_owned()));
        let found = ["a.csv", "a.csv.done", "b.csv", "c.csv.done"].map(|name| entry(name, 1, 1));
        assert_eq!(names(ready.pick(found.to_vec(), Instant::now())), ["a.csv"]);
    }

    #[test]
    fn a_name_that_leaves_no_room_for_a_claim_stays() {
        let ready = Ready::new(SignedDuration::ZERO, None);
        let found = vec![entry(&"x".repeat(240), 1, 1), entry("a", 1, 1)];
        assert_eq!(names(ready.pick(found, Instant::now())), ["a"]);
    }
}

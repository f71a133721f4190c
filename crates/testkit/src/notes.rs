//! Notes in memory: for tests of one process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use connector::{Notes, NotesLost};

/// Notes that last as long as the value does.
#[derive(Debug, Default)]
pub struct MemoryNotes(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    numbers: BTreeMap<String, BTreeMap<String, u64>>,
    spaces: BTreeMap<String, BTreeMap<String, String>>,
    lost: bool,
}

impl MemoryNotes {
    /// From now on every call fails, until this is called with `false`.
    pub fn lose(&self, lost: bool) {
        self.pages().lost = lost;
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<MutexGuard<'_, Pages>, NotesLost> {
        let pages = self.pages();
        if pages.lost {
            Err(NotesLost("the test has taken them away".to_owned()))
        } else {
            Ok(pages)
        }
    }
}

#[async_trait]
impl Notes for MemoryNotes {
    async fn number(&self, series: &str, key: &str) -> Result<u64, NotesLost> {
        let mut pages = self.open()?;
        let series = pages.numbers.entry(series.to_owned()).or_default();
        let next = u64::try_from(series.len())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        Ok(*series.entry(key.to_owned()).or_insert(next))
    }

    async fn get(&self, space: &str, key: &str) -> Result<Option<String>, NotesLost> {
        let pages = self.open()?;
        let found = pages.spaces.get(space).and_then(|space| space.get(key));
        Ok(found.cloned())
    }

    async fn claim(
        &self,
        space: &str,
        key: &str,
        value: &str,
    ) -> Result<Option<String>, NotesLost> {
        let mut pages = self.open()?;
        let space = pages.spaces.entry(space.to_owned()).or_default();
        if let Some(there) = space.get(key) {
            return Ok(Some(there.clone()));
        }
        space.insert(key.to_owned(), value.to_owned());
        Ok(None)
    }

    async fn put(&self, space: &str, key: &str, value: &str) -> Result<(), NotesLost> {
        let mut pages = self.open()?;
        let space = pages.spaces.entry(space.to_owned()).or_default();
        space.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn list(
        &self,
        space: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, String)>, NotesLost> {
        let pages = self.open()?;
        let entries = pages.spaces.get(space).into_iter().flatten();
        let behind = entries.filter(|(key, _)| key.as_str() > after);
        Ok(behind
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }
}

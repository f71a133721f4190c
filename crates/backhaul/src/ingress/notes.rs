//! Notes of connectors, kept in the store.

use std::sync::Arc;

use async_trait::async_trait;
use connector::{Notes, NotesLost};
use store::{NoteName, Store, StoreError};

/// The notes of one instance.
pub(super) struct StoreNotes {
    pub(super) store: Arc<dyn Store>,
    pub(super) owner: String,
}

impl StoreNotes {
    fn name(&self, space: &str, key: &str) -> NoteName {
        NoteName {
            owner: self.owner.clone(),
            space: space.to_owned(),
            key: key.to_owned(),
        }
    }
}

fn lost(error: &StoreError) -> NotesLost {
    NotesLost(error.to_string())
}

#[async_trait]
impl Notes for StoreNotes {
    async fn number(&self, series: &str, key: &str) -> Result<u64, NotesLost> {
        let series = format!("{}/{series}", self.owner);
        self.store
            .numbered(&series, key)
            .await
            .map_err(|error| lost(&error))
    }

    async fn get(&self, space: &str, key: &str) -> Result<Option<String>, NotesLost> {
        let name = self.name(space, key);
        self.store.note(&name).await.map_err(|error| lost(&error))
    }

    async fn claim(
        &self,
        space: &str,
        key: &str,
        value: &str,
    ) -> Result<Option<String>, NotesLost> {
        let name = self.name(space, key);
        let claimed = self.store.claim_note(name, value.to_owned()).await;
        claimed.map_err(|error| lost(&error))
    }

    async fn put(&self, space: &str, key: &str, value: &str) -> Result<(), NotesLost> {
        let name = self.name(space, key);
        let put = self.store.put_note(name, value.to_owned()).await;
        put.map_err(|error| lost(&error))
    }

    async fn list(
        &self,
        space: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, String)>, NotesLost> {
        let after = self.name(space, after);
        self.store
            .notes(&after, limit)
            .await
            .map_err(|error| lost(&error))
    }
}

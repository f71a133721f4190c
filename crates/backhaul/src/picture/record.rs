//! Where the picture of the last start is kept: a note of the store.

use jiff::Timestamp;
use store::{NoteName, Store, StoreError};

use super::{Change, Picture, Recorded, changes};

fn name() -> NoteName {
    NoteName {
        // No connector may be called so.
        owner: crate::config::ROUTER.to_owned(),
        space: "start".to_owned(),
        key: "picture".to_owned(),
    }
}

/// The picture of the last start on this store; none if there was none, or it cannot be read.
pub async fn recorded(store: &dyn Store) -> Result<Option<Recorded>, StoreError> {
    let note = store.note(&name()).await?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Records the picture of a start, unless it is the one that is there: then its time stays.
pub async fn record(store: &dyn Store, picture: Picture, at: Timestamp) -> Result<(), StoreError> {
    if recorded(store)
        .await?
        .is_some_and(|there| there.picture == picture)
    {
        return Ok(());
    }
    let recorded = Recorded { at, picture };
    let text = serde_json::to_string(&recorded)
        .map_err(|error| StoreError::Broken(format!("a picture cannot be written: {error}")))?;
    store.put_note(name(), text).await
}

/// What has changed since the last start, and when that was; none if no start was recorded.
pub async fn since(
    store: &dyn Store,
    picture: &Picture,
) -> Result<Option<(Timestamp, Vec<Change>)>, StoreError> {
    let was = recorded(store).await?;
    Ok(was.map(|was| (was.at, changes(&was, picture))))
}

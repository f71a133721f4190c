//! Opens the store that an address names.

use std::path::PathBuf;
use std::sync::Arc;

use crate::port::{Store, StoreError};
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;

/// Opens `postgres://…` (or `postgresql://…`), `sqlite:PATH`, or the file of a plain path.
///
/// # Errors
/// `Broken` when the address is of another kind; otherwise as [`SqliteStore::open`] and [`PostgresStore::connect`].
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(PostgresStore::connect(url).await?));
    }
    let path = match url.strip_prefix("sqlite:") {
        Some(path) => path.strip_prefix("//").unwrap_or(path),
        None => url,
    };
    if let Some((scheme, _)) = path.split_once("://") {
        return Err(StoreError::Broken(format!(
            "there is no store for {scheme}: use sqlite:PATH or postgres://…"
        )));
    }
    let path = PathBuf::from(path);
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(path)).await;
    let store = opened.map_err(|error| StoreError::Broken(format!("opening: {error}")))??;
    Ok(Arc::new(store))
}

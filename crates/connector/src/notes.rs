//! What a connector must remember beyond a message: control numbers, files it has seen, documents that wait for an
//! acknowledgement. The sidecar keeps it in its store, for all processes that run the instance.

use async_trait::async_trait;

/// The store that keeps the notes cannot be reached: nothing was written, or it is not known. Every call may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the notes cannot be reached: {0}")]
pub struct NotesLost(pub String);

/// Durable notes of one connector instance.
///
/// # Behaviour
/// - What a call has written is durable when it returns.
/// - Any number of processes may call at the same time; each call is one transaction.
/// - Spaces and series are named by the connector; instances do not see each other's.
#[async_trait]
pub trait Notes: Send + Sync {
    /// The number of that key in that series: always the same for the same key. A new key gets the next number, from 1,
    /// without gaps: number and key are written in one transaction.
    async fn number(&self, series: &str, key: &str) -> Result<u64, NotesLost>;

    /// What is written under that key.
    async fn get(&self, space: &str, key: &str) -> Result<Option<String>, NotesLost>;

    /// Writes, unless something is there already; gives what was there.
    async fn claim(&self, space: &str, key: &str, value: &str)
    -> Result<Option<String>, NotesLost>;

    /// Writes, over whatever is there.
    async fn put(&self, space: &str, key: &str, value: &str) -> Result<(), NotesLost>;

    /// Keys and values of a space in the order of their keys, behind `after` (empty: from the first).
    async fn list(
        &self,
        space: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, String)>, NotesLost>;
}

//! Reads a body up to a length, and no longer than a while.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

/// How long a sender may take for its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes behind the end that are read and thrown away, so that the sender hears its answer before the connection ends.
const SWALLOWED: usize = 4 * 1024 * 1024;

/// A body as far as it was read.
pub(super) struct Read {
    /// The bytes, at most as many as asked for.
    pub(super) bytes: Bytes,
    /// True if there were more.
    pub(super) truncated: bool,
}

/// The body did not come whole.
#[derive(Debug)]
pub(super) enum Broken {
    /// It took too long.
    Slow,
    /// The connection broke.
    Cut,
}

/// Reads at most `max` bytes.
pub(super) async fn read(body: Body, max: usize) -> Result<Read, Broken> {
    tokio::time::timeout(PATIENCE, take(body, max))
        .await
        .map_err(|_| Broken::Slow)?
}

async fn take(body: Body, max: usize) -> Result<Read, Broken> {
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut beyond = 0_usize;
    while let Some(chunk) = stream.next().await {
        let mut chunk = chunk.map_err(|_| Broken::Cut)?;
        let room = max - bytes.len();
        beyond += chunk.len().saturating_sub(room);
        chunk.truncate(room);
        bytes.extend_from_slice(&chunk);
        if beyond > SWALLOWED {
            break;
        }
    }
    Ok(Read {
        bytes: bytes.freeze(),
        truncated: beyond > 0,
    })
}

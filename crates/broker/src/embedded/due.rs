//! The wait ladder's clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Inner;
use super::entry::now_ms;

/// With an empty ladder: until somebody puts something on it. With a clock that jumps: no longer than this.
const LONGEST: i64 = 60_000;

/// Moves messages to their queues when their time has come, until the broker stops.
pub(super) async fn deliver_when_due(inner: Arc<Inner>) {
    loop {
        let next = inner.queues().next_due();
        let wait = next.map_or(LONGEST, |due| due - now_ms()).clamp(0, LONGEST);
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.waiting.notified() => {}
            () = sleep(wait) => {
                let moved = inner.queues().deliver_due(now_ms());
                if !moved.is_empty()
                    && let Err(error) = inner.log.write_soon(moved)
                {
                    tracing::error!(%error, "moving messages off the wait ladder");
                }
            }
        }
    }
}

//! Takes in raw bytes.

use async_trait::async_trait;

use crate::failure::Failure;
use crate::inbound::{Inbound, Origin, Settlement};

/// A way in.
///
/// # Behaviour
/// - What was handed over and not settled comes again: after a crash, or because the sender was not told that it arrived.
/// - Several may be handed over before the first is settled; they may be settled in any order.
#[async_trait]
pub trait Source: Send {
    /// The next inbound; waits for it. `None`: there will be no more. Cancel-safe.
    async fn next(&mut self) -> Result<Option<Inbound>, Failure>;

    /// Says what became of an inbound. Called once for each, after it is durable (or not).
    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure>;

    /// Names of files that it has claimed and not finished, for people: asked when the source ends. Empty for sources whose
    /// messages are not files.
    fn unfinished(&self) -> Vec<String> {
        Vec::new()
    }
}

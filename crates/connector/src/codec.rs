//! Bytes ↔ canonical. Pure: no clock, no I/O, no randomness.

use canonical::{Command, Event};

use crate::failure::Failure;
use crate::inbound::Inbound;

/// One event of an inbound, or why this one could not be read. Neighbours are not affected.
pub type Decoded = Result<Event, Failure>;

/// Translates between a partner's bytes and the canonical language.
pub trait Codec: Send + Sync {
    /// Reads raw bytes.
    ///
    /// - The same bytes and origin give the same events with the same keys.
    /// - The outer `Err`: nothing of it can be read. An inner `Err`: that part cannot, its neighbours can.
    /// - No events at all is a valid answer (a message that says nothing to us).
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure>;

    /// Writes a command in the partner's format. `Rejected` when this partner has no words for it.
    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure>;

    /// Number of the publication of the crosswalks that it follows; 0 for one that follows none.
    fn crosswalk_version(&self) -> u64 {
        0
    }
}

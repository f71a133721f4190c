//! What the source works with.

use std::sync::Arc;

use mailbox::Mailbox;

use crate::caught_up::CaughtUp;
use crate::ledger::Ledger;
use crate::partner::Partner;

/// What the source works with.
pub(super) struct Desk {
    /// Name of the block.
    pub(super) instance: String,
    /// Whose files these are.
    pub(super) partner: Arc<Partner>,
    /// Where they are.
    pub(super) mailbox: Arc<dyn Mailbox>,
    /// What is noted.
    pub(super) ledger: Ledger,
    /// How far the mailbox was read.
    pub(super) caught_up: Arc<CaughtUp>,
    /// Largest file that is read.
    pub(super) max_bytes: u64,
}

//! How far the partner's mailbox was read: an acknowledgement that lies there unread is not missing.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Shared by the way in and the way out of a block.
#[derive(Debug, Default)]
pub(crate) struct CaughtUp(AtomicI64);

/// Nobody looks: what the mailbox holds says nothing.
const NOBODY_LOOKS: i64 = 0;
/// Somebody looks, and has not come to an end yet.
const LOOKING: i64 = 1;

impl CaughtUp {
    /// A look begins.
    pub(crate) fn begin(&self) {
        // Only the first look changes anything: later ones begin where the last ended.
        let first =
            self.0
                .compare_exchange(NOBODY_LOOKS, LOOKING, Ordering::Relaxed, Ordering::Relaxed);
        tracing::trace!(is_first = first.is_ok(), "looking into the mailbox");
    }

    /// Everything that lay there at that time was read.
    pub(crate) fn end(&self, at: Timestamp) {
        self.0
            .fetch_max(at.as_millisecond().max(LOOKING), Ordering::Relaxed);
    }

    /// True if what lay there at that time was read, or nobody looks.
    pub(crate) fn has_reached(&self, at: Timestamp) -> bool {
        match self.0.load(Ordering::Relaxed) {
            NOBODY_LOOKS => true,
            read => read >= at.as_millisecond(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_may_be_there() {
        let caught_up = CaughtUp::default();
        let noon = Timestamp::from_second(1_800_000_000).unwrap();
        assert!(caught_up.has_reached(noon), "nobody looks");
        caught_up.begin();
        assert!(!caught_up.has_reached(noon));
        caught_up.end(noon);
        assert!(caught_up.has_reached(noon));
        let later = Timestamp::from_second(1_800_000_001).unwrap();
        assert!(!caught_up.has_reached(later));
        caught_up.begin();
        assert!(caught_up.has_reached(noon), "what was read stays read");
    }
}

//! What is being computed right now, for a watchdog: who never comes back hangs.
//!
//! Decoding, encoding and the workflow are pure and take milliseconds; none of them waits for anybody. There is no clock in
//! here: whoever looks compares what is under way with what was under way a while ago.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is under way, each with a number that is never used again.
#[derive(Debug, Default)]
pub struct Watch {
    under_way: Mutex<(u64, BTreeMap<u64, String>)>,
}

/// Something under way, until this is dropped.
pub(crate) struct Entered<'w> {
    watch: &'w Watch,
    number: u64,
}

impl Watch {
    /// Says that this begins.
    pub(crate) fn enter(&self, what: String) -> Entered<'_> {
        let mut under_way = self.lock();
        under_way.0 += 1;
        let number = under_way.0;
        under_way.1.insert(number, what);
        Entered {
            watch: self,
            number,
        }
    }

    /// What is under way: number, and what it is.
    pub fn under_way(&self) -> BTreeMap<u64, String> {
        self.lock().1.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, BTreeMap<u64, String>)> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.watch.lock().1.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_is_gone_and_numbers_do_not_come_again() {
        let watch = Watch::default();
        let first = watch.enter("a".to_owned());
        let second = watch.enter("b".to_owned());
        drop(first);
        assert_eq!(watch.under_way(), BTreeMap::from([(2, "b".to_owned())]));
        drop(second);
        let _third = watch.enter("c".to_owned());
        assert_eq!(watch.under_way(), BTreeMap::from([(3, "c".to_owned())]));
    }
}

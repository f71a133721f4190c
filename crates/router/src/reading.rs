//! How far the queues of effects were read.
//!
//! A queue is read in the order in which it was written, so an effect whose message was written after the last one that was read is
//! not forgotten: it waits its turn, however long that takes. Without this another message would be written for
//! everything in a long queue, and make it longer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// By connector, when the latest message was written that this process has read.
#[derive(Debug, Default)]
pub(crate) struct Reading(Mutex<HashMap<String, Timestamp>>);

impl Reading {
    /// Of a process that delivers for these connectors and has read nothing yet: everything in their queues is still to come.
    pub(crate) fn of<'a>(connectors: impl Iterator<Item = &'a str>) -> Self {
        let read = connectors.map(|name| (name.to_owned(), Timestamp::MIN));
        Self(Mutex::new(read.collect()))
    }

    /// A message that was written then was read. One that was given back, or written a second time, may be older.
    pub(crate) fn has_read(&self, connector: &str, written: Timestamp) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match read.get_mut(connector) {
            Some(latest) => *latest = written.max(*latest),
            None => {
                read.insert(connector.to_owned(), written);
            }
        }
    }

    /// When the latest one was written; `None`: this process reads none.
    pub(crate) fn until(&self, connector: &str) -> Option<Timestamp> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(connector).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_message_that_comes_again_changes_nothing() {
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MIN);
        let reading = Reading::of(["erp"].into_iter());
        assert_eq!(reading.until("erp"), Some(Timestamp::MIN));
        assert_eq!(reading.until("wms"), None);
        reading.has_read("erp", at(20));
        reading.has_read("erp", at(10));
        reading.has_read("wms", at(30));
        assert_eq!(reading.until("erp"), Some(at(20)));
    }
}

//! What the sidecar provides to connectors: paths on ONE listener, queues on its broker, notes in its store.
//!
//! - Every path and queue is bounded: when a connector does not keep up, senders are told to try later at once.
//! - A request is answered by what its connector says of it, which it says when the request is durable, or kept as an
//!   exception. Without a word within the deadline the sender is told to try later; it may find then that it is known.

mod amqp;
mod body;
mod http;
mod notes;
mod problem;
mod server;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use broker::Broker;
use connector::{Failure, Inlet, Notes, Ports};
use store::Store;

use amqp::AmqpInlet;
use http::{Door, HttpInlet};
use notes::StoreNotes;
pub use server::{Doors, Served};

/// Notes of a connector instance, where it runs without ways in.
pub(crate) fn notes_of(store: Arc<dyn Store>, instance: &str) -> Arc<dyn Notes> {
    Arc::new(StoreNotes {
        store,
        owner: instance.to_owned(),
    })
}

/// The ports of a sidecar. Connectors register at them while they are built; then [`Desk::doors`] are served.
pub struct Desk {
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    delivery_limit: u32,
    queue: usize,
    answer_within: Duration,
    doors: Mutex<BTreeMap<String, Arc<Door>>>,
}

impl Desk {
    /// Ports over that broker and that store, with so many requests waiting per path and so much patience with the connectors.
    pub fn new(
        broker: Arc<dyn Broker>,
        store: Arc<dyn Store>,
        delivery_limit: u32,
        queue: usize,
        answer_within: Duration,
    ) -> Self {
        Self {
            broker,
            store,
            delivery_limit,
            queue,
            answer_within,
            doors: Mutex::default(),
        }
    }

    /// What was registered.
    pub fn doors(self) -> Doors {
        let doors = self
            .doors
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Doors::new(doors, self.answer_within)
    }
}

impl Ports for Desk {
    fn http(&self, path: &str, max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        claim(path, doors.contains_key(path)).map_err(PathTaken::failure)?;
        let (door, inlet) = HttpInlet::pair(max_bytes, self.queue);
        doors.insert(path.to_owned(), Arc::new(door));
        Ok(Box::new(inlet))
    }

    fn amqp(&self, queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        let broker = Arc::clone(&self.broker);
        Ok(Box::new(AmqpInlet::new(broker, queue, self.delivery_limit)))
    }

    fn notes(&self, instance: &str) -> Arc<dyn Notes> {
        Arc::new(StoreNotes {
            store: Arc::clone(&self.store),
            owner: instance.to_owned(),
        })
    }
}

/// Why a path cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathTaken {
    /// Another connector has it.
    #[error("the path {0:?} is already that of another connector: give each its own")]
    Taken(String),
    /// Not a path.
    #[error("{0:?} is not a path: start it with / and use no spaces, ? or #")]
    NotAPath(String),
}

impl PathTaken {
    pub(crate) fn failure(self) -> Failure {
        Failure::misconfigured("sidecar.path", self.to_string())
    }
}

/// Whether a path can be had.
pub(crate) fn claim(path: &str, taken: bool) -> Result<(), PathTaken> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '{' | '}');
    if !path.starts_with('/') || !path.chars().all(plain) {
        return Err(PathTaken::NotAPath(path.to_owned()));
    }
    if taken {
        Err(PathTaken::Taken(path.to_owned()))
    } else {
        Ok(())
    }
}

//! Queues behind one port: RabbitMQ and embedded.
//!
//! The rest of Backhaul sees [`Broker`] and [`Consumer`] only. Two implementations pass one suite
//! ([`suite`]): [`rabbit`] for production and [`embedded`] for a laptop, a demo or a small site.

pub mod message;
pub mod port;
pub mod topology;

pub use message::{Delivery, Destination, Message, Tag, Verdict};
pub use port::{Broker, BrokerError, Consumer, PublishError};
pub use topology::{Exchange, Queue, Rung, Topology};

//! Queues behind one port: RabbitMQ and embedded.
//!
//! The rest of Backhaul sees [`Broker`] and [`Consumer`] only. Two implementations pass one suite
//! (`tests/suite`): [`rabbit`] for production and [`embedded`] for a laptop, a demo or a small site.

pub mod embedded;
pub mod message;
pub mod port;
pub mod rabbit;
pub mod reference;
pub mod topology;

pub use embedded::Embedded;
pub use message::{Delivery, Destination, Message, Tag, Verdict};
pub use port::{Broker, BrokerError, Consumer, PublishError};
pub use rabbit::{Rabbit, RabbitConfig};
pub use topology::{Exchange, Queue, Rung, Topology};

//! RabbitMQ, 3.10 to 4.x, over AMQP 0-9-1.
//!
//! - Two connections: one publishes, one consumes and declares. RabbitMQ blocks publishing connections under a
//!   memory or disk alarm; consumers, which end the alarm, must not stand behind it.
//! - Each has its own supervisor (`link.rs`); the client library's automatic recovery is off.
//! - A call to publish is one burst on a confirm channel of its own (`publish.rs`).
//! - One consumer is one channel (`consume.rs`); this is the only place in the project that acknowledges.

mod arguments;
mod channels;
mod config;
mod consume;
mod declare;
mod fault;
mod ledger;
mod link;
mod mismatch;
mod publish;
mod version;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
pub use config::RabbitConfig;

use crate::message::Message;
use crate::port::{Broker, BrokerError, Consumer, PublishError};
use crate::topology::Topology;
use channels::Channels;
use consume::RabbitConsumer;
use link::Link;

/// A RabbitMQ broker (or cluster behind one address).
#[derive(Debug)]
pub struct Rabbit {
    config: Arc<RabbitConfig>,
    consuming: Arc<Link>,
    publishing: Arc<Link>,
    channels: Channels,
}

impl Rabbit {
    /// Starts to connect, and returns at once: a broker that is down now is waited for by each call, within
    /// its deadline. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`BrokerError::Refused`] when the address is not an AMQP URL.
    pub fn start(config: RabbitConfig) -> Result<Self, BrokerError> {
        let uris = config.uris()?;
        let config = Arc::new(config);
        let consuming = Arc::new(Link::start(uris.clone(), &config, "consume"));
        let publishing = Arc::new(Link::start(uris, &config, "publish"));
        let channels = Channels::new(Arc::clone(&publishing));
        Ok(Self {
            config,
            consuming,
            publishing,
            channels,
        })
    }
}

#[async_trait]
impl Broker for Rabbit {
    async fn declare(&self, topology: &Topology) -> Result<(), BrokerError> {
        declare::declare(&self.consuming, topology, self.config.publish_deadline).await
    }

    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>> {
        publish::publish(&self.channels, &messages, self.config.publish_deadline).await
    }

    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Box<dyn Consumer>, BrokerError> {
        let deadline = self.config.publish_deadline;
        let consumer =
            RabbitConsumer::open(Arc::clone(&self.consuming), queue, prefetch, deadline).await?;
        Ok(Box::new(consumer))
    }

    async fn depth(&self, queue: &str) -> Result<u64, BrokerError> {
        declare::depth(&self.consuming, queue, self.config.publish_deadline).await
    }

    fn healthy(&self) -> bool {
        self.consuming.live() && self.publishing.live()
    }

    fn blocked_for(&self) -> Option<Duration> {
        self.publishing.blocked_for()
    }

    async fn describe(&self) -> Result<String, BrokerError> {
        version::describe(&self.config.uris()?, self.config.publish_deadline).await
    }

    async fn close(&self) {
        self.channels.drain(self.config.publish_deadline).await;
        futures_util::join!(self.publishing.close(), self.consuming.close());
    }
}

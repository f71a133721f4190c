//! Declares the topology, and asks how deep a queue is.

use std::future::Future;
use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Error, ExchangeKind};
use tokio::time::timeout;

use super::arguments::Arguments;
use super::fault::Fault;
use super::link::Link;
use super::mismatch;
use crate::port::BrokerError;
use crate::topology::Topology;

/// A channel to declare on. A refusal closes a channel, so that a new one is opened after each.
struct Hand<'a> {
    link: &'a Link,
    deadline: Duration,
    channel: Option<Channel>,
}

/// Declares everything. Everything that does not fit is in the one error.
pub(super) async fn declare(
    link: &Link,
    topology: &Topology,
    deadline: Duration,
) -> Result<(), BrokerError> {
    let mut hand = Hand {
        link,
        deadline,
        channel: None,
    };
    let mut misfits = Vec::new();
    for exchange in &topology.exchanges {
        misfits.extend(hand.exchange(&exchange.name).await?);
    }
    for queue in &topology.queues {
        misfits.extend(hand.queue(&queue.parked(), &Arguments::parked()).await?);
        misfits.extend(hand.queue(&queue.name, &Arguments::work(queue)).await?);
        for (exchange, pattern) in &queue.bindings {
            hand.bind(&queue.name, exchange, pattern).await?;
        }
    }
    for rung in &topology.rungs {
        let name = rung.queue();
        misfits.extend(hand.exchange(&name).await?);
        misfits.extend(hand.queue(&name, &Arguments::rung(*rung)).await?);
        hand.bind(&name, &name, "#").await?;
    }
    if misfits.is_empty() {
        Ok(())
    } else {
        Err(BrokerError::Mismatch(misfits.join("\n")))
    }
}

/// Messages ready in a queue.
pub(super) async fn depth(
    link: &Link,
    queue: &str,
    deadline: Duration,
) -> Result<u64, BrokerError> {
    let mut hand = Hand {
        link,
        deadline,
        channel: None,
    };
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let name = short(queue)?;
    let channel = hand.channel().await?;
    let asked = channel.queue_declare(name, options, FieldTable::default());
    let answer = in_time(deadline, asked).await?;
    Ok(u64::from(answer.message_count()))
}

impl Hand<'_> {
    async fn channel(&mut self) -> Result<Channel, BrokerError> {
        if let Some(channel) = &self.channel
            && channel.status().connected()
        {
            return Ok(channel.clone());
        }
        let session = self.link.session(self.deadline).await?;
        let late = |_| Fault::Lost(format!("no channel within {:?}", self.deadline));
        let opened = timeout(self.deadline, session.channel())
            .await
            .map_err(late)
            .flatten()?;
        Ok(self.channel.insert(opened).clone())
    }

    /// Declares an exchange; the answer is the misfit, if any.
    async fn exchange(&mut self, name: &str) -> Result<Option<String>, BrokerError> {
        let options = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let exchange = short(name)?;
        let channel = self.channel().await?;
        let topic = ExchangeKind::Topic;
        let asked = channel.exchange_declare(exchange, topic, options, FieldTable::default());
        match in_time(self.deadline, asked).await {
            Ok(()) => Ok(None),
            Err(Fault::Precondition(words)) => {
                self.channel = None;
                Ok(Some(mismatch::exchange(name, &words)))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Declares a queue; the answer is the misfit, if any.
    async fn queue(
        &mut self,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Option<String>, BrokerError> {
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let queue = short(name)?;
        let channel = self.channel().await?;
        let asked = channel.queue_declare(queue, options, arguments.table());
        match in_time(self.deadline, asked).await {
            Ok(_) => Ok(None),
            Err(Fault::Precondition(words)) => {
                self.channel = None;
                Ok(Some(mismatch::queue(name, arguments, &words)))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    async fn bind(&mut self, queue: &str, exchange: &str, key: &str) -> Result<(), BrokerError> {
        let (queue, exchange, key) = (short(queue)?, short(exchange)?, short(key)?);
        let channel = self.channel().await?;
        let options = QueueBindOptions::default();
        let asked = channel.queue_bind(queue, exchange, key, options, FieldTable::default());
        Ok(in_time(self.deadline, asked).await?)
    }
}

async fn in_time<T>(
    deadline: Duration,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    match timeout(deadline, asked).await {
        Ok(answer) => answer.map_err(|e| Fault::of(&e)),
        Err(_) => Err(Fault::Lost(format!("no answer within {deadline:?}"))),
    }
}

fn short(name: &str) -> Result<ShortString, BrokerError> {
    ShortString::try_new(name).map_err(|e| BrokerError::Refused(format!("{name}: {e}")))
}

//! Queues for one process, durable on SQLite: a laptop, a demo, a small site.
//!
//! Behaves as RabbitMQ does as far as the suite in `tests/` shows. The queues live in memory, bodies included; the
//! log on disk brings them back after a restart. What is durable when: a publish before it is answered; a verdict
//! soon after (lost in a crash, it means that the message is delivered again, as with RabbitMQ). What differs:
//! - Only [`Verdict::Failed`](crate::Verdict::Failed) counts towards the delivery limit; a crash does not.
//! - Arguments of queues are not kept on disk: after a restart another delivery limit is simply the new one.

mod consume;
mod due;
mod entry;
mod pattern;
mod publish;
mod queues;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use store::StoreError;
use store::queue_log::QueueLog;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::message::Message;
use crate::port::{Broker, BrokerError, Consumer, PublishError};
use crate::topology::Topology;
use consume::EmbeddedConsumer;
use queues::Queues;

/// A broker inside this process. Dropped, its consumers end.
#[derive(Debug)]
pub struct Embedded {
    path: PathBuf,
    inner: Arc<Inner>,
}

/// What the broker, its consumers and its timer share.
#[derive(Debug)]
struct Inner {
    queues: Mutex<Queues>,
    log: QueueLog,
    /// Something was put on the wait ladder.
    waiting: Notify,
    stop: CancellationToken,
}

impl Inner {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Embedded {
    /// Opens the file, or makes it. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// `Unreachable` when another process has it open, `Refused` when it is not a broker's file.
    pub async fn open(path: &Path) -> Result<Self, BrokerError> {
        let (log, entries) = QueueLog::open(path).await.map_err(|error| match error {
            StoreError::Unavailable(text) => BrokerError::Unreachable(text),
            StoreError::Broken(text) => BrokerError::Refused(text),
        })?;
        let inner = Arc::new(Inner {
            queues: Mutex::new(Queues::restored(entries)),
            log,
            waiting: Notify::new(),
            stop: CancellationToken::new(),
        });
        tokio::spawn(due::deliver_when_due(Arc::clone(&inner)));
        Ok(Self {
            path: path.to_owned(),
            inner,
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.inner.stop.cancel();
    }
}

#[async_trait]
impl Broker for Embedded {
    async fn declare(&self, topology: &Topology) -> Result<(), BrokerError> {
        self.inner.queues().declare(topology)
    }

    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>> {
        publish::publish(&self.inner, messages).await
    }

    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Box<dyn Consumer>, BrokerError> {
        let wake = self.inner.queues().declared(queue)?;
        let inner = Arc::clone(&self.inner);
        Ok(Box::new(EmbeddedConsumer::new(
            inner,
            queue.to_owned(),
            prefetch,
            wake,
        )))
    }

    async fn depth(&self, queue: &str) -> Result<u64, BrokerError> {
        self.inner.queues().depth(queue)
    }

    fn healthy(&self) -> bool {
        !self.inner.stop.is_cancelled()
    }

    async fn describe(&self) -> Result<String, BrokerError> {
        let version = env!("CARGO_PKG_VERSION");
        Ok(format!(
            "embedded broker {version} on {}",
            self.path.display()
        ))
    }

    async fn close(&self) {
        self.inner.stop.cancel();
        if let Err(error) = self.inner.log.close().await {
            tracing::error!(%error, "closing the embedded broker");
        }
    }
}

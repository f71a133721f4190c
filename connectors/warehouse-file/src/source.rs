//! Takes in files of the warehouse: claims them, hands them over, and moves them away when they are durable.

mod ending;
mod looking;
mod numbers;
mod taking;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use connector::{Failure, Governed, Inbound, Origin, Settlement, Source};
use mailbox::Mailbox;
use tokio::time::{Interval, MissedTickBehavior, interval};

use self::worker::Worker;
use crate::codec::FileCodec;
use crate::config::Sequence;
use crate::ledger::Ledger;

/// How a source works.
pub(crate) struct Ways {
    pub(crate) instance: String,
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) ledger: Ledger,
    pub(crate) codec: Arc<Governed<FileCodec>>,
    pub(crate) poll: std::time::Duration,
    pub(crate) max_bytes: u64,
    pub(crate) pattern: String,
    pub(crate) acknowledge: bool,
    pub(crate) sequence: Option<Sequence>,
}

/// A step, and whoever does it.
type Running = Pin<Box<dyn Future<Output = (Worker, Step)> + Send>>;
type Step = Result<Option<Inbound>, Failure>;

/// The way in of a block.
pub(crate) struct FileSource {
    poll: std::time::Duration,
    clock: Option<Interval>,
    /// Who does the work; away while a step is under way.
    worker: Option<Worker>,
    /// A step that is under way: kept, for the wait for it may be given up at any time.
    running: Option<Running>,
    /// What a step brought while something else was waited for.
    brought: VecDeque<Result<Inbound, Failure>>,
}

impl FileSource {
    pub(crate) fn new(ways: Ways) -> Self {
        Self {
            poll: ways.poll,
            clock: None,
            worker: Some(Worker::new(ways)),
            running: None,
            brought: VecDeque::new(),
        }
    }

    /// Waits until it is time to look.
    async fn wait(&mut self) {
        let poll = self.poll;
        let clock = self.clock.get_or_insert_with(|| {
            let mut clock = interval(poll);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            clock
        });
        clock.tick().await;
    }

    /// Brings a step that is under way to its end.
    async fn finish_step(&mut self) {
        let Some(running) = &mut self.running else {
            return;
        };
        let (worker, step) = running.as_mut().await;
        self.running = None;
        self.worker = Some(worker);
        self.brought.extend(step.transpose());
    }
}

#[async_trait]
impl Source for FileSource {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        loop {
            if let Some(brought) = self.brought.pop_front() {
                return brought.map(Some);
            }
            if self.worker.as_ref().is_some_and(Worker::is_idle) {
                self.wait().await;
            }
            if let Some(mut worker) = self.worker.take() {
                self.running = Some(Box::pin(async move {
                    let step = worker.step().await;
                    (worker, step)
                }));
            }
            self.finish_step().await;
        }
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        // The step may have the mailbox to itself, and goes on only while it is waited for.
        self.finish_step().await;
        match &mut self.worker {
            Some(worker) => worker.settle(origin.token, how).await,
            None => Ok(()),
        }
    }

    fn unfinished(&self) -> Vec<String> {
        self.worker
            .as_ref()
            .map_or_else(Vec::new, Worker::unfinished)
    }
}

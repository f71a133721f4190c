//! The queues in memory: who takes what, who gets what back, who is parked. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use store::queue_log::{QueueEntry, QueueWrite};
use tokio::sync::Notify;

use super::entry::Entry;
use super::pattern::matches;
use crate::message::{Destination, Verdict};
use crate::port::{BrokerError, PublishError};
use crate::topology::{PARKED, Queue, Rung, Topology};

/// Longest name, key or id in AMQP 0-9-1, in bytes: the same here, so that nothing works only here.
const LONGEST: usize = 255;

#[derive(Debug, Default)]
struct OneQueue {
    ready: VecDeque<Entry>,
    wake: Arc<Notify>,
    /// None for queues without a limit (`.parked`) and for those the log knows and nobody has declared yet.
    limit: Option<u32>,
    declared: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queues {
    exchanges: BTreeSet<String>,
    bindings: BTreeSet<(String, String, String)>,
    rungs: BTreeSet<Rung>,
    by_name: HashMap<String, OneQueue>,
    waiting: BTreeMap<(i64, i64), (String, Entry)>,
    last_id: i64,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Queues(Vec<String>),
    Wait(Rung, String),
}

impl Queues {
    /// With what the log kept.
    pub(super) fn restored(entries: Vec<QueueEntry>) -> Self {
        let mut queues = Self::default();
        for entry in entries {
            queues.last_id = queues.last_id.max(entry.id);
            let (queue, due) = (entry.queue.clone(), entry.due_ms);
            let entry = Entry::restored(entry);
            match due {
                Some(due_ms) => queues.wait(due_ms, queue, entry),
                None => queues.put(&queue, entry),
            }
        }
        queues
    }

    pub(super) fn declare(&mut self, topology: &Topology) -> Result<(), BrokerError> {
        let mut misfits = Vec::new();
        self.exchanges
            .extend(topology.exchanges.iter().map(|e| e.name.clone()));
        self.rungs.extend(&topology.rungs);
        for queue in &topology.queues {
            misfits.extend(self.declare_queue(queue));
            for (exchange, pattern) in &queue.bindings {
                if !self.exchanges.contains(exchange) {
                    return Err(BrokerError::Refused(format!(
                        "binding {}: no exchange {exchange}",
                        queue.name
                    )));
                }
                self.bindings
                    .insert((exchange.clone(), pattern.clone(), queue.name.clone()));
            }
        }
        if misfits.is_empty() {
            Ok(())
        } else {
            Err(BrokerError::Mismatch(misfits.join("\n")))
        }
    }

    fn declare_queue(&mut self, wanted: &Queue) -> Option<String> {
        self.by_name.entry(wanted.parked()).or_default().declared = true;
        let queue = self.by_name.entry(wanted.name.clone()).or_default();
        let limit = wanted.delivery_limit.max(1);
        match queue.limit {
            Some(there) if there != limit => Some(format!(
                "queue {} exists with other arguments: x-delivery-limit is {there} there, but {limit} here. Use one \
                 limit, or restart this process; nothing has to be deleted",
                wanted.name
            )),
            _ => {
                queue.limit = Some(limit);
                queue.declared = true;
                None
            }
        }
    }

    /// # Errors
    /// `Unroutable` when nobody takes it (and somebody has to), `Refused` when AMQP could not carry it.
    pub(super) fn route(&self, to: &Destination) -> Result<Route, PublishError> {
        let known = |queue: &str| self.by_name.get(queue).is_some_and(|q| q.declared);
        match to {
            Destination::Topic {
                exchange,
                key,
                optional,
            } => {
                short(key)?;
                if !self.exchanges.contains(exchange) {
                    return Err(PublishError::Unroutable(format!("exchange {exchange}")));
                }
                let bound = self
                    .bindings
                    .iter()
                    .filter(|(e, p, _)| e == exchange && matches(p, key));
                let taken: BTreeSet<&String> = bound.map(|(_, _, queue)| queue).collect();
                if taken.is_empty() && !optional {
                    let address = format!("key {key} of exchange {exchange}");
                    return Err(PublishError::Unroutable(address));
                }
                Ok(Route::Queues(taken.into_iter().cloned().collect()))
            }
            Destination::Queue(queue) if known(queue) => Ok(Route::Queues(vec![queue.clone()])),
            Destination::Queue(queue) => Err(PublishError::Unroutable(format!("the name {queue}"))),
            Destination::Wait { rung, queue } if self.rungs.contains(rung) => {
                short(queue)?;
                Ok(Route::Wait(*rung, queue.clone()))
            }
            Destination::Wait { rung, .. } => Err(PublishError::Unroutable(format!(
                "exchange {}",
                rung.queue()
            ))),
        }
    }

    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// To the end of a queue.
    pub(super) fn put(&mut self, queue: &str, entry: Entry) {
        // Looked up before it is made: the name is copied only once in its life.
        if !self.by_name.contains_key(queue) {
            self.by_name.insert(queue.to_owned(), OneQueue::default());
        }
        if let Some(queue) = self.by_name.get_mut(queue) {
            queue.ready.push_back(entry);
            queue.wake.notify_one();
        }
    }

    /// To the wait ladder.
    pub(super) fn wait(&mut self, due_ms: i64, queue: String, entry: Entry) {
        self.waiting.insert((due_ms, entry.id), (queue, entry));
    }

    /// When the next message on the wait ladder is due.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.waiting
            .first_key_value()
            .map(|((due_ms, _), _)| *due_ms)
    }

    /// Moves what is due to the ends of its queues.
    pub(super) fn deliver_due(&mut self, now_ms: i64) -> Vec<QueueWrite> {
        let later = self.waiting.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut self.waiting, later);
        let moved = due
            .into_values()
            .map(|(queue, entry)| self.move_to(queue, entry));
        moved.collect()
    }

    fn move_to(&mut self, queue: String, mut entry: Entry) -> QueueWrite {
        let id = entry.id;
        entry.id = self.next_id();
        entry.failed = 0;
        entry.redelivered = false;
        let to = entry.id;
        self.put(&queue, entry);
        QueueWrite::Move { id, to, queue }
    }

    /// Takes from the front.
    pub(super) fn take(&mut self, queue: &str, max: usize) -> Vec<Entry> {
        let Some(queue) = self.by_name.get_mut(queue) else {
            return Vec::new();
        };
        let taken = queue.ready.drain(..max.min(queue.ready.len())).collect();
        if !queue.ready.is_empty() {
            queue.wake.notify_one();
        }
        taken
    }

    /// Gives back to the front what was not settled; in the order of the queue.
    pub(super) fn give_back(&mut self, queue: &str, entries: Vec<Entry>) {
        let Some(queue) = self.by_name.get_mut(queue) else {
            return;
        };
        for mut entry in entries.into_iter().rev() {
            entry.redelivered = true;
            queue.ready.push_front(entry);
        }
        queue.wake.notify_one();
    }

    /// Does what the verdict says; what the log has to know.
    pub(super) fn settle(
        &mut self,
        name: &str,
        mut entry: Entry,
        verdict: Verdict,
    ) -> Option<QueueWrite> {
        let limit = self.by_name.get(name).and_then(|q| q.limit);
        match verdict.on(name) {
            Verdict::Ack => Some(QueueWrite::Remove(entry.id)),
            Verdict::NotTried => {
                self.give_back(name, vec![entry]);
                None
            }
            Verdict::Failed => {
                entry.failed += 1;
                if limit.is_some_and(|limit| entry.failed > limit) {
                    return Some(self.move_to(parked(name), entry));
                }
                let write = QueueWrite::Failed {
                    id: entry.id,
                    failed: entry.failed,
                };
                self.give_back(name, vec![entry]);
                Some(write)
            }
            Verdict::DeadLetter => Some(self.move_to(parked(name), entry)),
        }
    }

    /// What wakes the consumers of a queue.
    pub(super) fn declared(&self, queue: &str) -> Result<Arc<Notify>, BrokerError> {
        let found = self.by_name.get(queue).filter(|q| q.declared);
        let found = found.ok_or_else(|| BrokerError::Refused(format!("no queue {queue}")))?;
        Ok(Arc::clone(&found.wake))
    }

    pub(super) fn depth(&self, queue: &str) -> Result<u64, BrokerError> {
        let found = self.by_name.get(queue).filter(|q| q.declared);
        let found = found.ok_or_else(|| BrokerError::Refused(format!("no queue {queue}")))?;
        Ok(found.ready.len() as u64)
    }
}

fn parked(queue: &str) -> String {
    format!("{queue}{PARKED}")
}

fn short(text: &str) -> Result<(), PublishError> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    Err(PublishError::Refused(format!(
        "a name or key of {} bytes: at most {LONGEST}",
        text.len()
    )))
}

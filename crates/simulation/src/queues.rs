//! Queues of the simulated broker: what RabbitMQ does with messages, in memory, and what it does on a bad day.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use broker::topology::{PARKED, STATUS};
use broker::{Destination, Message, Topology, Verdict};
use tokio::sync::Notify;

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Order of arrival.
    pub seq: u64,
    /// The message.
    pub message: Message,
    /// Failed deliveries.
    pub failed: u32,
    /// True if it was delivered before.
    pub redelivered: bool,
}

#[derive(Default)]
struct OneQueue {
    ready: VecDeque<Queued>,
    limit: u32,
    wake: Arc<Notify>,
}

/// All queues.
#[derive(Default)]
pub struct Queues {
    exchanges: BTreeSet<String>,
    bindings: Vec<(String, String, String)>,
    by_name: BTreeMap<String, OneQueue>,
    /// Status events, as whoever listens gets them.
    pub statuses: Vec<Message>,
    /// Messages on the wait ladder.
    pub waiting: usize,
    seq: u64,
}

impl Queues {
    /// Declares.
    pub fn declare(&mut self, topology: &Topology) {
        self.exchanges
            .extend(topology.exchanges.iter().map(|e| e.name.clone()));
        for queue in &topology.queues {
            self.by_name.entry(queue.parked()).or_default();
            self.by_name.entry(queue.name.clone()).or_default().limit = queue.delivery_limit;
            for (exchange, key) in &queue.bindings {
                let binding = (exchange.clone(), key.clone(), queue.name.clone());
                if !self.bindings.contains(&binding) {
                    self.bindings.push(binding);
                }
            }
        }
    }

    /// Queues that take what is sent there; none: unroutable.
    pub fn route(&self, to: &Destination) -> Option<Vec<String>> {
        match to {
            Destination::Topic {
                exchange,
                key,
                optional,
            } => {
                let takers: Vec<String> = self
                    .bindings
                    .iter()
                    .filter(|(e, pattern, _)| e == exchange && (pattern == "#" || pattern == key))
                    .map(|(_, _, queue)| queue.clone())
                    .collect();
                (*optional || !takers.is_empty()).then_some(takers)
            }
            Destination::Queue(queue) | Destination::Wait { queue, .. } => self
                .by_name
                .contains_key(queue)
                .then(|| vec![queue.clone()]),
        }
    }

    /// Stores a message. `overtakes`: before all that wait there.
    pub fn store(&mut self, message: &Message, overtakes: bool) {
        if let Destination::Topic { exchange, .. } = &message.to
            && exchange == STATUS
        {
            self.statuses.push(message.clone());
            return;
        }
        for queue in self.route(&message.to).unwrap_or_default() {
            self.seq += 1;
            let queued = Queued {
                seq: self.seq,
                message: message.clone(),
                failed: 0,
                redelivered: false,
            };
            self.put(&queue, queued, overtakes);
        }
    }

    fn put(&mut self, queue: &str, queued: Queued, front: bool) {
        let Some(queue) = self.by_name.get_mut(queue) else {
            return;
        };
        if front {
            queue.ready.push_front(queued);
        } else {
            queue.ready.push_back(queued);
        }
        queue.wake.notify_waiters();
    }

    /// Takes from the front.
    pub fn take(&mut self, queue: &str, max: usize) -> Vec<Queued> {
        match self.by_name.get_mut(queue) {
            Some(queue) => queue.ready.drain(..max.min(queue.ready.len())).collect(),
            None => Vec::new(),
        }
    }

    /// What wakes those who wait for the queue.
    pub fn wake(&self, queue: &str) -> Option<Arc<Notify>> {
        Some(Arc::clone(&self.by_name.get(queue)?.wake))
    }

    /// Gives back what was not settled.
    pub fn give_back(&mut self, queue: &str, queued: Vec<Queued>) {
        for mut queued in queued.into_iter().rev() {
            queued.redelivered = true;
            self.put(queue, queued, true);
        }
    }

    /// Does what a verdict says. `refused`: the dead-letter queue takes nothing now.
    pub fn settle(&mut self, name: &str, mut queued: Queued, verdict: Verdict, refused: bool) {
        let limit = self.by_name.get(name).map_or(0, |queue| queue.limit);
        let dead_letters = !name.ends_with(PARKED);
        match verdict {
            Verdict::Ack => {}
            Verdict::NotTried => self.give_back(name, vec![queued]),
            Verdict::Failed | Verdict::DeadLetter => {
                queued.failed += 1;
                let gone = verdict == Verdict::DeadLetter || queued.failed > limit;
                if gone && dead_letters && !refused {
                    queued.failed = 0;
                    self.put(&format!("{name}{PARKED}"), queued, false);
                } else {
                    self.give_back(name, vec![queued]);
                }
            }
        }
    }

    /// Messages in all queues, and on the ladder.
    pub fn depth(&self) -> usize {
        self.waiting
            + self
                .by_name
                .values()
                .map(|queue| queue.ready.len())
                .sum::<usize>()
    }

    /// Messages in one queue.
    pub fn depth_of(&self, queue: &str) -> u64 {
        self.by_name
            .get(queue)
            .map_or(0, |queue| queue.ready.len() as u64)
    }

    /// Queues that hold something, for the history.
    pub fn full(&self) -> Vec<String> {
        let full = self
            .by_name
            .iter()
            .filter(|(_, queue)| !queue.ready.is_empty());
        full.map(|(name, queue)| format!("{name}: {}", queue.ready.len()))
            .collect()
    }
}

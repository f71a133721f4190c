//! A path: requests wait in a bounded queue until the connector takes them, and for its answer.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use bytes::Bytes;
use connector::{Answer, Failure, Inlet, InletDelivery};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

/// The sidecar's side of a path.
pub(super) struct Door {
    /// Longest body.
    pub(super) max_bytes: usize,
    requests: mpsc::Sender<Request>,
}

/// A request that waits.
struct Request {
    headers: BTreeMap<String, String>,
    body: Bytes,
    received_at: Timestamp,
    answer: oneshot::Sender<Answer>,
}

/// The door is shut: too many wait, or the connector has ended.
#[derive(Debug)]
pub(super) struct Shut;

impl Door {
    /// Puts a request into the queue. The answer comes by the receiver, which fails when the connector ends first.
    pub(super) fn knock(
        &self,
        headers: BTreeMap<String, String>,
        body: Bytes,
    ) -> Result<oneshot::Receiver<Answer>, Shut> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            headers,
            body,
            received_at: Timestamp::now(),
            answer,
        };
        self.requests.try_send(request).map_err(|_| Shut)?;
        Ok(answered)
    }
}

/// The connector's side of a path.
pub(super) struct HttpInlet {
    requests: mpsc::Receiver<Request>,
    open: HashMap<u64, oneshot::Sender<Answer>>,
    next: u64,
}

impl HttpInlet {
    /// Both sides of a path.
    pub(super) fn pair(max_bytes: usize, queue: usize) -> (Door, Self) {
        let (sender, requests) = mpsc::channel(queue.max(1));
        let inlet = Self {
            requests,
            open: HashMap::new(),
            next: 0,
        };
        (
            Door {
                max_bytes,
                requests: sender,
            },
            inlet,
        )
    }
}

#[async_trait]
impl Inlet for HttpInlet {
    async fn next(&mut self) -> Result<Option<InletDelivery>, Failure> {
        loop {
            let Some(request) = self.requests.recv().await else {
                return Ok(None);
            };
            if request.answer.is_closed() {
                // The sender was told to try later, or has gone: it comes again.
                continue;
            }
            self.next += 1;
            self.open.insert(self.next, request.answer);
            return Ok(Some(InletDelivery {
                id: self.next,
                headers: request.headers,
                body: request.body,
                received_at: request.received_at,
            }));
        }
    }

    async fn answer(&mut self, id: u64, answer: Answer) -> Result<(), Failure> {
        if let Some(waiting) = self.open.remove(&id)
            && waiting.send(answer).is_err()
        {
            tracing::debug!(
                "a sender has gone before its answer: it comes again, and is known then"
            );
        }
        Ok(())
    }
}

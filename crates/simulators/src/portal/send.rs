//! Sending requests to whoever takes them.

use std::io;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Request;
use crate::draw;
use crate::emit::{Delivery, Message, Outcome, Sender, SenderOptions};
use crate::faults::{Fault, Faults};

const OPERATION: &str = "EMIT /returns";
const AT_ONCE: usize = 32;
const MAX_ATTEMPTS: u32 = 40;

/// How the sending went. Counts messages; rubbish sent on purpose is counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Requests given.
    pub requests: usize,
    /// Messages taken (2xx), doubles included.
    pub acknowledged: usize,
    /// `id`s of requests that were refused.
    pub refused: Vec<String>,
    /// `id`s of requests given up.
    pub abandoned: Vec<String>,
    /// Messages sent more than once on purpose.
    pub doubles: usize,
    /// Rubbish sent on purpose.
    pub garbage: usize,
    /// Rubbish that was taken with a 2xx.
    pub garbage_taken: usize,
}

/// Sends all, some at the same time, each until it is taken or refused.
pub async fn send_all(
    target: &Url,
    secret: &str,
    requests: &[Request],
    faults: &Faults,
) -> io::Result<Report> {
    let sender = Sender::new(SenderOptions {
        secret: secret.to_owned(),
        seed: 0,
        max_attempts: MAX_ATTEMPTS,
        faults: faults.clone(),
        operation: OPERATION,
        cancel: CancellationToken::new(),
    })
    .map_err(io::Error::other)?;
    let mut order: Vec<&Request> = requests.iter().collect();
    if faults.draw(OPERATION, "", Fault::SERIES).is_some() {
        draw::shuffle(0, &["portal"], &mut order);
    }
    let hands = Arc::new(Semaphore::new(AT_ONCE));
    let mut errands = JoinSet::new();
    for request in order {
        let body = serde_json::to_string(request)?;
        let webhook_id = draw::uuid(0, &["portal", &request.id]);
        let message = Message {
            webhook_id,
            body,
            headers: Vec::new(),
        };
        let (sender, target, id) = (sender.clone(), target.clone(), request.id.clone());
        let hand = hands
            .clone()
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        errands.spawn(async move {
            let deliveries = sender.send(&target, &message).await;
            drop(hand);
            (id, deliveries)
        });
    }
    let mut report = Report {
        requests: requests.len(),
        ..Report::default()
    };
    while let Some(ended) = errands.join_next().await {
        let (id, deliveries) = ended.map_err(io::Error::other)?;
        report.count(&id, &deliveries);
    }
    Ok(report)
}

impl Report {
    fn count(&mut self, id: &str, deliveries: &[Delivery]) {
        let (rubbish, real): (Vec<_>, Vec<_>) = deliveries.iter().partition(|one| one.garbage);
        self.garbage += rubbish.len();
        let taken = rubbish
            .iter()
            .filter(|one| one.outcome == Outcome::Acknowledged);
        self.garbage_taken += taken.count();
        self.doubles += real.len().saturating_sub(1);
        for delivery in real {
            match delivery.outcome {
                Outcome::Acknowledged => self.acknowledged += 1,
                Outcome::Refused => self.refused.push(id.to_owned()),
                Outcome::Abandoned | Outcome::Pending => self.abandoned.push(id.to_owned()),
            }
        }
    }
}

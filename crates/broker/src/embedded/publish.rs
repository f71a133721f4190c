//! Publishing: route, write, then show to the consumers.

use std::sync::Arc;

use store::queue_log::QueueWrite;

use super::Inner;
use super::entry::{Entry, now_ms};
use super::queues::{Queues, Route};
use crate::message::{Destination, Message};
use crate::port::PublishError;

/// A message on its way into one queue.
struct Placed {
    entry: Entry,
    queue: String,
    due_ms: Option<i64>,
}

/// See [`crate::Broker::publish`]. Runs to its end even if the caller gives up waiting, so that memory and log agree.
pub(super) async fn publish(
    inner: &Arc<Inner>,
    messages: Vec<Message>,
) -> Vec<Result<(), PublishError>> {
    let count = messages.len();
    let inner = Arc::clone(inner);
    let running = tokio::spawn(async move {
        let (mut answers, placed) = place(&mut inner.queues(), &messages);
        if placed.is_empty() {
            return answers;
        }
        let logged = |p: &Placed| QueueWrite::Append(p.entry.logged(&p.queue, p.due_ms));
        match inner.log.write(placed.iter().map(logged).collect()).await {
            Ok(()) => show(&inner, placed),
            Err(error) => {
                let unknown = PublishError::Unknown(error.to_string());
                answers
                    .iter_mut()
                    .filter(|a| a.is_ok())
                    .for_each(|a| *a = Err(unknown.clone()));
            }
        }
        answers
    });
    running
        .await
        .unwrap_or_else(|e| vec![Err(PublishError::Unknown(e.to_string())); count])
}

fn place(
    queues: &mut Queues,
    messages: &[Message],
) -> (Vec<Result<(), PublishError>>, Vec<Placed>) {
    let mut placed = Vec::with_capacity(messages.len());
    let mut answers = Vec::with_capacity(messages.len());
    for message in messages {
        let route = queues.route(&message.to);
        answers.push(route.as_ref().map(|_| ()).map_err(Clone::clone));
        match route {
            Ok(Route::Queues(taken)) => placed.extend(taken.into_iter().map(|queue| {
                let key = match &message.to {
                    Destination::Topic { key, .. } => key.clone(),
                    Destination::Queue(_) | Destination::Wait { .. } => queue.clone(),
                };
                Placed {
                    entry: Entry::new(queues.next_id(), key, message),
                    queue,
                    due_ms: None,
                }
            })),
            Ok(Route::Wait(rung, queue)) => {
                let delay = i64::try_from(rung.delay().as_millis()).unwrap_or(i64::MAX);
                let entry = Entry::new(queues.next_id(), queue.clone(), message);
                placed.push(Placed {
                    entry,
                    queue,
                    due_ms: Some(now_ms().saturating_add(delay)),
                });
            }
            Err(_) => {}
        }
    }
    (answers, placed)
}

fn show(inner: &Inner, placed: Vec<Placed>) {
    let mut queues = inner.queues();
    for Placed {
        entry,
        queue,
        due_ms,
    } in placed
    {
        match due_ms {
            Some(due_ms) => queues.wait(due_ms, queue, entry),
            None => queues.put(&queue, entry),
        }
    }
    drop(queues);
    inner.waiting.notify_one();
}

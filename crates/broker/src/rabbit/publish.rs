//! Publishing with confirms: one call is one burst, sent at once, then confirmed.

use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done};
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{Channel, Confirmation, PublisherConfirm};
use tokio::time::{Instant, timeout_at};

use super::channels::Channels;
use super::fault::Fault;
use super::wire::Envelope;
use crate::message::{Destination, Message};
use crate::port::{BrokerError, PublishError};

/// Messages handed to the client library before the confirms of the window before are awaited.
const WINDOW: usize = 512;

type Answer = Option<Result<(), PublishError>>;

/// How a burst ended for the messages that have no answer yet.
enum Ended {
    /// All have one.
    Done,
    /// The broker closed the channel because of one of them, and does not say which.
    Fault(Fault),
    /// Connection lost, or the deadline passed.
    Unknown(String),
}

/// Publishes; see [`crate::Broker::publish`]. Each step (to get a channel, to write a window, to confirm it) has
/// the deadline.
pub(super) async fn publish(
    channels: &Channels,
    messages: &[Message],
    deadline: Duration,
) -> Vec<Result<(), PublishError>> {
    let mut answers: Vec<Answer> = vec![None; messages.len()];
    let mut parts: Vec<Vec<usize>> = vec![(0..messages.len()).collect()];
    while let Some(mut part) = parts.pop() {
        let ended = burst(channels, messages, &part, &mut answers, deadline).await;
        part.retain(|i| answers.get(*i).is_some_and(Option::is_none));
        match ended {
            Ended::Done => {}
            Ended::Unknown(why) => answer_all(&mut answers, &part, &PublishError::Unknown(why)),
            // Halved until the message that is to blame stands alone; the others are published again.
            Ended::Fault(_) if part.len() > 1 => {
                let second = part.split_off(part.len() / 2);
                parts.push(second);
                parts.push(part);
            }
            Ended::Fault(Fault::NotFound(text)) => {
                answer_all(&mut answers, &part, &PublishError::Unroutable(text));
            }
            Ended::Fault(Fault::Precondition(text) | Fault::Denied(text)) => {
                answer_all(&mut answers, &part, &PublishError::Refused(text));
            }
            Ended::Fault(Fault::Lost(text)) => {
                answer_all(&mut answers, &part, &PublishError::Unknown(text));
            }
        }
    }
    let missing = || Err(PublishError::Unknown("not answered".to_owned()));
    answers
        .into_iter()
        .map(|a| a.unwrap_or_else(missing))
        .collect()
}

fn answer_all(answers: &mut [Answer], part: &[usize], error: &PublishError) {
    for i in part {
        set(answers, *i, Err(error.clone()));
    }
}

fn set(answers: &mut [Answer], i: usize, answer: Result<(), PublishError>) {
    if let Some(slot) = answers.get_mut(i) {
        *slot = Some(answer);
    }
}

/// Publishes `part` of the messages on a channel of its own.
async fn burst(
    channels: &Channels,
    messages: &[Message],
    part: &[usize],
    answers: &mut [Answer],
    deadline: Duration,
) -> Ended {
    if part.is_empty() {
        return Ended::Done;
    }
    let lent = match channels.lend(deadline).await {
        Ok(lent) => lent,
        Err(BrokerError::Refused(text) | BrokerError::Mismatch(text)) => {
            answer_all(answers, part, &PublishError::Refused(text));
            return Ended::Done;
        }
        Err(BrokerError::Unreachable(text)) => return Ended::Unknown(text),
    };
    let mut returned = Vec::new();
    let ended = fly(
        lent.channel(),
        messages,
        part,
        answers,
        &mut returned,
        deadline,
    )
    .await;
    for message in &returned {
        blame(messages, part, answers, message);
    }
    match &ended {
        Ended::Done => lent.done(),
        Ended::Fault(_) | Ended::Unknown(_) => channels.suspect(),
    }
    ended
}

/// Sends window after window, and confirms each while the next is on its way.
async fn fly(
    channel: &Channel,
    messages: &[Message],
    part: &[usize],
    answers: &mut [Answer],
    returned: &mut Vec<BasicReturnMessage>,
    deadline: Duration,
) -> Ended {
    let mut flying: VecDeque<Vec<(usize, PublisherConfirm)>> = VecDeque::new();
    for window in part.chunks(WINDOW) {
        match send(channel, messages, window, answers, deadline).await {
            Ok(confirms) => flying.push_back(confirms),
            Err(ended) => return ended,
        }
        if flying.len() > 1
            && let Some(oldest) = flying.pop_front()
            && let Err(ended) = confirm(oldest, answers, returned, deadline).await
        {
            return ended;
        }
    }
    for confirms in flying {
        if let Err(ended) = confirm(confirms, answers, returned, deadline).await {
            return ended;
        }
    }
    Ended::Done
}

type Sending<F> = Pin<Box<MaybeDone<F>>>;

/// Hands a window to the client library at once, and waits until the last of it was written.
///
/// The library writes in the order in which its futures are first polled, and each resolves when its frames are
/// written. So all are polled once without a waker, and only the last is awaited: one wake-up for the window.
async fn send(
    channel: &Channel,
    messages: &[Message],
    window: &[usize],
    answers: &mut [Answer],
    deadline: Duration,
) -> Result<Vec<(usize, PublisherConfirm)>, Ended> {
    let at = Instant::now() + deadline;
    let mut sending = Vec::with_capacity(window.len());
    for i in window {
        let Some(message) = messages.get(*i) else {
            continue;
        };
        let envelope = match Envelope::of(message) {
            Ok(envelope) => envelope,
            Err(error) => {
                set(answers, *i, Err(error));
                continue;
            }
        };
        let options = BasicPublishOptions {
            mandatory: envelope.mandatory,
            immediate: false,
        };
        let mut publish = Box::pin(maybe_done(channel.basic_publish(
            envelope.exchange,
            envelope.key,
            options,
            &message.body,
            envelope.properties,
        )));
        #[expect(
            clippy::let_underscore_must_use,
            reason = "started here, awaited below"
        )]
        let _ = publish
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        sending.push((*i, publish));
    }
    if let Some((_, last)) = sending.last_mut() {
        written(last, at, deadline).await?;
    }
    let mut confirms = Vec::with_capacity(sending.len());
    for (i, mut publish) in sending {
        written(&mut publish, at, deadline).await?;
        match publish.as_mut().take_output() {
            Some(Ok(confirm)) => confirms.push((i, confirm)),
            Some(Err(error)) => return Err(ended(Fault::of(&error))),
            None => return Err(Ended::Unknown("not written".to_owned())),
        }
    }
    Ok(confirms)
}

async fn written<F: Future>(
    publish: &mut Sending<F>,
    at: Instant,
    deadline: Duration,
) -> Result<(), Ended> {
    let late = |_| Ended::Unknown(format!("not written within {deadline:?}"));
    timeout_at(at, publish.as_mut()).await.map_err(late)
}

/// Waits for the confirms of a window; the last first, since the broker mostly confirms in order.
async fn confirm(
    mut window: Vec<(usize, PublisherConfirm)>,
    answers: &mut [Answer],
    returned: &mut Vec<BasicReturnMessage>,
    deadline: Duration,
) -> Result<(), Ended> {
    let at = Instant::now() + deadline;
    let last = window.pop();
    let mut broken = None;
    for (i, confirm) in last.into_iter().chain(window) {
        let answer = match timeout_at(at, confirm).await {
            Ok(Ok(Confirmation::Ack(message))) => {
                returned.extend(message);
                Ok(())
            }
            Ok(Ok(Confirmation::Nack(message))) => {
                returned.extend(message);
                Err(PublishError::Refused(
                    "a queue is full or has no leader".to_owned(),
                ))
            }
            Ok(Ok(Confirmation::NotRequested)) => Err(PublishError::Unknown(
                "the channel does not confirm".to_owned(),
            )),
            Ok(Err(error)) => {
                broken.get_or_insert_with(|| ended(Fault::of(&error)));
                continue;
            }
            Err(_) => {
                broken.get_or_insert_with(|| {
                    Ended::Unknown(format!("no confirm within {deadline:?}"))
                });
                continue;
            }
        };
        set(answers, i, answer);
    }
    broken.map_or(Ok(()), Err)
}

fn ended(fault: Fault) -> Ended {
    match fault {
        Fault::Lost(text) => Ended::Unknown(text),
        fault => Ended::Fault(fault),
    }
}

/// Finds the message that came back and calls it unroutable. The client library attaches it to *a* confirm of the
/// channel, not always to its own; the address and the id say whose it is.
fn blame(
    messages: &[Message],
    part: &[usize],
    answers: &mut [Answer],
    returned: &BasicReturnMessage,
) {
    let id = returned.properties.message_id();
    for i in part {
        let Some(message) = messages.get(*i) else {
            continue;
        };
        let Some(slot) = answers.get_mut(*i) else {
            continue;
        };
        if Some(message.id.as_str()) != id.as_ref().map(ShortString::as_str)
            || matches!(slot, Some(Err(_)))
        {
            continue;
        }
        let same = Envelope::of(message).is_ok_and(|e| {
            e.mandatory && e.exchange == returned.exchange && e.key == returned.routing_key
        });
        if same {
            *slot = Some(Err(PublishError::Unroutable(address(&message.to))));
            return;
        }
    }
}

fn address(to: &Destination) -> String {
    match to {
        Destination::Topic { exchange, key, .. } => format!("key {key} of exchange {exchange}"),
        Destination::Queue(queue) => format!("the name {queue}"),
        Destination::Wait { rung, queue } => format!("key {queue} of exchange {}", rung.queue()),
    }
}

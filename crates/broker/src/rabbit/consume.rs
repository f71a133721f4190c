//! A subscription that survives its channel.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
    BasicRejectOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Consumer as Stream};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::fault::Fault;
use super::ledger::{Ledger, Word};
use super::link::Link;
use super::wire;
use crate::message::{Delivery, Tag, Verdict};
use crate::port::{BrokerError, Consumer};

/// What it takes to subscribe.
#[derive(Debug, Clone)]
struct Plan {
    link: Arc<Link>,
    queue: ShortString,
    prefetch: u16,
    deadline: Duration,
}

struct Live {
    channel: Channel,
    stream: Stream,
    /// The stream has said that it ends; it says so once.
    over: bool,
}

enum State {
    Live(Box<Live>),
    /// Subscribing again. Kept here and not in `next_batch`'s future, so that dropping that future loses no progress.
    Opening(BoxFuture<'static, Option<Live>>),
    /// Cancelled and handed out in full; what was delivered can still be settled.
    Drained(Box<Live>),
    Ended,
}

/// See the module.
pub(super) struct RabbitConsumer {
    plan: Plan,
    state: State,
    session: u64,
    ledger: Ledger,
    cancelled: bool,
}

impl RabbitConsumer {
    /// Subscribes.
    ///
    /// # Errors
    /// `Refused` when the queue does not exist or may not be read; `Unreachable` after the deadline.
    pub(super) async fn open(
        link: Arc<Link>,
        queue: &str,
        prefetch: u16,
        deadline: Duration,
    ) -> Result<Self, BrokerError> {
        let queue = ShortString::try_new(queue).map_err(|e| BrokerError::Refused(e.to_string()))?;
        let plan = Plan {
            link,
            queue,
            prefetch,
            deadline,
        };
        let live = plan.subscribe().await?;
        let (ledger, state) = (Ledger::new(), State::Live(Box::new(live)));
        Ok(Self {
            plan,
            state,
            session: 1,
            ledger,
            cancelled: false,
        })
    }

    fn reopen(&mut self) {
        if self.cancelled
            && let State::Live(live) = std::mem::replace(&mut self.state, State::Ended)
            && live.channel.status().connected()
        {
            self.state = State::Drained(live);
            return;
        }
        self.session += 1;
        self.ledger = Ledger::new();
        if self.cancelled || self.plan.link.closed() {
            self.state = State::Ended;
        } else {
            self.plan.link.suspect();
            self.state = State::Opening(self.plan.clone().subscribe_again().boxed());
        }
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next_batch(&mut self, max: usize) -> Option<Vec<Delivery>> {
        loop {
            match &mut self.state {
                State::Drained(_) | State::Ended => return None,
                State::Opening(opening) => match opening.await {
                    Some(live) => self.state = State::Live(Box::new(live)),
                    None => self.state = State::Ended,
                },
                // What a dead channel still holds is delivered again by the broker.
                State::Live(live) if !live.channel.status().connected() => self.reopen(),
                State::Live(live) if live.over => self.reopen(),
                State::Live(live) => {
                    let Some(Ok(first)) = live.stream.next().await else {
                        live.over = true;
                        continue;
                    };
                    let mut batch = Vec::with_capacity(max.clamp(1, self.plan.prefetch.into()));
                    self.ledger.delivered(first.delivery_tag);
                    batch.push(wire::delivery(self.session, first));
                    while batch.len() < max
                        && let Some(next) = live.stream.next().now_or_never()
                    {
                        let Some(Ok(next)) = next else {
                            live.over = true;
                            break;
                        };
                        self.ledger.delivered(next.delivery_tag);
                        batch.push(wire::delivery(self.session, next));
                    }
                    return Some(batch);
                }
            }
        }
    }

    async fn settle(&mut self, verdicts: &[(Tag, Verdict)]) -> Result<(), BrokerError> {
        let (State::Live(live) | State::Drained(live)) = &self.state else {
            return Ok(());
        };
        let session = self.session;
        let ours = verdicts.iter().filter(|(tag, _)| tag.session == session);
        let queue = self.plan.queue.as_str();
        let told = ours.map(|(tag, verdict)| (tag.number, verdict.on(queue)));
        let words = self.ledger.settle(told);
        for word in words {
            if let Some(Err(error)) = say(&live.channel, word) {
                self.plan.link.suspect();
                return Err(match Fault::of(&error) {
                    Fault::Lost(text) => BrokerError::Unreachable(format!(
                        "{text}; what is not settled is delivered again"
                    )),
                    other => other.into(),
                });
            }
        }
        Ok(())
    }

    async fn cancel(&mut self) {
        self.cancelled = true;
        if let State::Live(live) = &self.state
            && live.channel.status().connected()
        {
            let cancel = live
                .channel
                .basic_cancel(live.stream.tag(), BasicCancelOptions::default());
            if let Ok(Ok(())) = timeout(self.plan.deadline, cancel).await {
                return;
            }
        }
        self.state = State::Ended;
    }
}

/// Says it: queued in the client library in this order, not waited for, since the broker does not answer.
fn say(channel: &Channel, word: Word) -> Option<lapin::Result<()>> {
    match word {
        Word::Ack { number, multiple } => channel
            .basic_ack(number, BasicAckOptions { multiple })
            .now_or_never(),
        Word::Reject { number, requeue } => channel
            .basic_reject(number, BasicRejectOptions { requeue })
            .now_or_never(),
        Word::Nack { number } => {
            let options = BasicNackOptions {
                multiple: false,
                requeue: true,
            };
            channel.basic_nack(number, options).now_or_never()
        }
    }
}

impl Plan {
    async fn subscribe(&self) -> Result<Live, BrokerError> {
        let session = self.link.session(self.deadline).await?;
        let open = async {
            let channel = session.channel().await?;
            let qos = channel.basic_qos(self.prefetch, BasicQosOptions::default());
            qos.await.map_err(|e| Fault::of(&e))?;
            let stream = channel.basic_consume(
                self.queue.clone(),
                ShortString::default(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            );
            let stream = stream.await.map_err(|e| Fault::of(&e))?;
            Ok::<_, Fault>(Live {
                channel,
                stream,
                over: false,
            })
        };
        let late = |_| Fault::Lost(format!("no answer within {:?}", self.deadline));
        Ok(timeout(self.deadline, open).await.map_err(late).flatten()?)
    }

    /// Subscribes until it succeeds. `None` when the link was closed.
    async fn subscribe_again(self) -> Option<Live> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(3))
            .with_jitter()
            .without_max_times()
            .build();
        while !self.link.closed() {
            match self.subscribe().await {
                Ok(live) => return Some(live),
                Err(error) => {
                    if !self.link.closed() {
                        warn!(queue = %self.queue, %error, "cannot consume; trying again");
                        self.link.suspect();
                    }
                    sleep(delays.next().unwrap_or(self.deadline)).await;
                }
            }
        }
        None
    }
}

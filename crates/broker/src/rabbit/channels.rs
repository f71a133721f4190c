//! Confirm channels for bursts: each burst has one to itself while it runs.
//!
//! One channel per burst, because the client library hands a returned (unroutable) message to whichever confirm
//! of the channel comes next: only within one burst can it be told whose it was. And because an error that
//! closes a channel (an exchange that does not exist) then hits that burst alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::Channel;
use lapin::options::ConfirmSelectOptions;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::fault::Fault;
use super::link::Link;
use crate::port::BrokerError;

/// Bursts at once. It also bounds what a broker that takes messages but never confirms can pile up in our memory.
const BURSTS: u32 = 16;

/// See the module.
#[derive(Debug)]
pub(super) struct Channels {
    link: Arc<Link>,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Idle>>>,
}

#[derive(Debug)]
struct Idle {
    session: u64,
    channel: Channel,
}

/// A channel lent to a burst, given back with [`Lent::done`]. If it is dropped instead (deadline, the caller gave
/// up), the channel stays open until its last confirm has come or the connection is lost: closing it would
/// overtake messages that wait in the client library, and the broker ends a connection that does that.
#[derive(Debug)]
pub(super) struct Lent {
    channel: Channel,
    session: u64,
    idle: Arc<Mutex<Vec<Idle>>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Channels {
    pub(super) fn new(link: Arc<Link>) -> Self {
        let permits = Arc::new(Semaphore::new(BURSTS as usize));
        Self {
            link,
            permits,
            idle: Arc::default(),
        }
    }

    /// A confirm channel on a live connection that is not blocked.
    pub(super) async fn lend(&self, deadline: Duration) -> Result<Lent, BrokerError> {
        let permit = timeout(deadline, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return Err(BrokerError::Unreachable(format!(
                "{BURSTS} bursts wait for confirms since {deadline:?}"
            )));
        };
        let session = self.link.unblocked(deadline).await?;
        let number = session.number;
        let lent = |channel| Lent {
            channel,
            session: number,
            idle: Arc::clone(&self.idle),
            permit: Some(permit),
        };
        if let Some(channel) = take(&self.idle, number) {
            return Ok(lent(channel));
        }
        let open = async {
            let channel = session.channel().await?;
            let select = channel.confirm_select(ConfirmSelectOptions::default());
            select.await.map_err(|e| Fault::of(&e))?;
            Ok::<_, Fault>(channel)
        };
        match timeout(deadline, open).await {
            Ok(Ok(channel)) => Ok(lent(channel)),
            Ok(Err(fault)) => {
                self.link.suspect();
                Err(fault.into())
            }
            Err(_) => Err(BrokerError::Unreachable(format!(
                "no channel within {deadline:?}"
            ))),
        }
    }

    /// Somebody saw an error on a channel.
    pub(super) fn suspect(&self) {
        self.link.suspect();
    }

    /// Waits until no burst runs, within the deadline; later ones are refused by the closed link.
    pub(super) async fn drain(&self, deadline: Duration) {
        if timeout(deadline, self.permits.acquire_many(BURSTS))
            .await
            .is_err()
        {
            tracing::warn!("closing with unconfirmed messages");
        }
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Lent {
    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Nothing is outstanding: gives the channel back, if it is still good.
    pub(super) fn done(mut self) {
        self.permit = None;
        if self.channel.status().connected() {
            let idle = Idle {
                session: self.session,
                channel: self.channel.clone(),
            };
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(idle);
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let channel = self.channel.clone();
        runtime.spawn(async move {
            // Nobody waits for these any more: their outcome was reported as unknown.
            drop(channel.wait_for_confirms().await);
            drop(permit);
        });
    }
}

fn take(idle: &Mutex<Vec<Idle>>, session: u64) -> Option<Channel> {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    idle.retain(|i| i.session == session && i.channel.status().connected());
    idle.pop().map(|i| i.channel)
}

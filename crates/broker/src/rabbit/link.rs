//! One connection that comes back: connects, watches, reconnects until it is closed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::StreamExt as _;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::config::RabbitConfig;
use super::fault::Fault;
use crate::port::BrokerError;

/// Longest wait for a handshake, and for the broker's goodbye.
const HANDSHAKE: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(3);
/// How often a connection is looked at. The client library tells of lost connections only those who use
/// them; whoever sees an error calls [`Link::suspect`], so this is for quiet ones.
const WATCH: Duration = Duration::from_millis(250);

/// A connection while it lasts.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Counts connections.
    pub(super) number: u64,
    connection: Arc<Connection>,
    /// Since when an alarm keeps publishers out.
    blocked_since: Option<Instant>,
}

impl Session {
    pub(super) async fn channel(&self) -> Result<Channel, Fault> {
        self.connection
            .create_channel()
            .await
            .map_err(|e| Fault::of(&e))
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Link {
    live: watch::Receiver<Option<Session>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: CancellationToken,
    suspect: Notify,
    last_fault: Mutex<Option<Fault>>,
}

impl Shared {
    fn note(&self, fault: Option<Fault>) {
        *self
            .last_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn last_fault(&self) -> Option<Fault> {
        self.last_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Link {
    /// Starts the supervisor of one connection. `role` is for people: "publish", "consume".
    pub(super) fn start(uris: Vec<AMQPUri>, config: &RabbitConfig, role: &'static str) -> Self {
        let (sender, live) = watch::channel(None);
        let shared = Arc::new(Shared::default());
        let name = format!("{} {role}", config.connection_name);
        tokio::spawn(supervise(uris, name, role, sender, Arc::clone(&shared)));
        Self { live, shared }
    }

    /// True while connected and not blocked by an alarm.
    pub(super) fn live(&self) -> bool {
        self.live
            .borrow()
            .as_ref()
            .is_some_and(|s| s.blocked_since.is_none() && s.connection.status().connected())
    }

    /// For how long an alarm has kept publishers out of the connection that there is.
    pub(super) fn blocked_for(&self) -> Option<Duration> {
        let live = self.live.borrow();
        let since = live.as_ref()?.blocked_since?;
        Some(since.elapsed())
    }

    /// The connection; waits for it.
    ///
    /// # Errors
    /// `Refused` as soon as the broker has refused us, `Unreachable` after `deadline` or when closed.
    pub(super) async fn session(&self, deadline: Duration) -> Result<Session, BrokerError> {
        self.wait(deadline, |_| true).await
    }

    /// The same, but a connection that is blocked by an alarm is waited for, too.
    pub(super) async fn unblocked(&self, deadline: Duration) -> Result<Session, BrokerError> {
        self.wait(deadline, |session| session.blocked_since.is_none())
            .await
    }

    async fn wait(
        &self,
        deadline: Duration,
        good: impl Fn(&Session) -> bool,
    ) -> Result<Session, BrokerError> {
        let mut live = self.live.clone();
        let usable = live.wait_for(|s| {
            s.as_ref()
                .is_some_and(|s| s.connection.status().connected() && good(s))
        });
        let found = tokio::select! {
            biased;
            found = timeout(deadline, usable) => found,
            () = self.shared.stop.cancelled() => {
                return Err(BrokerError::Unreachable("the broker's connection was closed by us".to_owned()));
            }
            denied = self.denied() => return Err(denied.into()),
        };
        if let Ok(Ok(session)) = found
            && let Some(session) = session.as_ref()
        {
            return Ok(session.clone());
        }
        let why = match self.shared.last_fault() {
            Some(Fault::Lost(text)) => text,
            Some(other) => return Err(other.into()),
            None if self.live.borrow().is_some() => {
                "it blocks publishers: memory or disk alarm".to_owned()
            }
            None => "no answer".to_owned(),
        };
        Err(BrokerError::Unreachable(format!(
            "not within {deadline:?}: {why}"
        )))
    }

    /// Resolves when the broker has refused us.
    async fn denied(&self) -> Fault {
        let mut live = self.live.clone();
        loop {
            if let Some(fault @ Fault::Denied(_)) = self.shared.last_fault() {
                return fault;
            }
            if live.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Somebody saw an error: look at the connection now.
    pub(super) fn suspect(&self) {
        self.shared.suspect.notify_one();
    }

    /// True once [`Link::close`] was called.
    pub(super) fn closed(&self) -> bool {
        self.shared.stop.is_cancelled()
    }

    /// Says goodbye to the broker, within a few seconds.
    pub(super) async fn close(&self) {
        self.shared.stop.cancel();
        let mut live = self.live.clone();
        let gone = live.wait_for(Option::is_none);
        if timeout(GOODBYE + GOODBYE, gone).await.is_err() {
            warn!("the broker did not answer our goodbye");
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

async fn supervise(
    uris: Vec<AMQPUri>,
    name: String,
    role: &'static str,
    live: watch::Sender<Option<Session>>,
    shared: Arc<Shared>,
) {
    let mut number = 0;
    let mut delays = delays();
    // Round the cluster: a node that failed comes last.
    let mut nodes = uris.iter().cycle();
    while !shared.stop.is_cancelled()
        && let Some(uri) = nodes.next()
    {
        match connect(uri, &name).await {
            Ok(connection) => {
                info!(role, "connected to the broker");
                number += 1;
                delays = self::delays();
                shared.note(None);
                watch_over(number, Arc::new(connection), &live, &shared).await;
                live.send_replace(None);
                if !shared.stop.is_cancelled() {
                    warn!(role, "the broker's connection was lost");
                }
            }
            Err(fault) => {
                warn!(role, ?fault, "cannot connect to the broker; trying again");
                shared.note(Some(fault));
                live.send_replace(None);
                let delay = delays.next().unwrap_or(HANDSHAKE);
                tokio::select! {
                    () = sleep(delay) => {}
                    () = shared.stop.cancelled() => {}
                }
            }
        }
    }
}

/// 0.1 s, doubling, with jitter, to 3 s: a broker needs a few seconds to restart, and is wanted back at once.
fn delays() -> backon::ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(3))
        .with_jitter()
        .without_max_times()
        .build()
}

async fn connect(uri: &AMQPUri, name: &str) -> Result<Connection, Fault> {
    let properties = ConnectionProperties::default()
        .with_connection_name(name.into())
        .with_client_property("product".into(), "Backhaul".into())
        .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
    match timeout(HANDSHAKE, Connection::connect_uri(uri.clone(), properties)).await {
        Ok(done) => done.map_err(|e| Fault::of(&e)),
        Err(_) => Err(Fault::Lost(format!("no handshake within {HANDSHAKE:?}"))),
    }
}

/// Lends the connection out until it is lost or we are closed.
async fn watch_over(
    number: u64,
    connection: Arc<Connection>,
    live: &watch::Sender<Option<Session>>,
    shared: &Shared,
) {
    let mut events = Box::pin(connection.events_listener());
    let blocked_since = connection.status().blocked().then(Instant::now);
    live.send_replace(Some(Session {
        number,
        connection: Arc::clone(&connection),
        blocked_since,
    }));
    while connection.status().connected() {
        tokio::select! {
            () = shared.stop.cancelled() => {
                let goodbye = connection.close(200, "goodbye".into());
                // Whatever comes of it: the connection is not used any more, and is dropped.
                drop(timeout(GOODBYE, goodbye).await);
                return;
            }
            event = events.next() => match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    warn!(reason, "the broker blocks publishers");
                    set_blocked(live, true);
                }
                Some(Event::ConnectionUnblocked) => {
                    info!("the broker takes messages again");
                    set_blocked(live, false);
                }
                Some(_) => {}
                None => sleep(WATCH).await,
            },
            () = shared.suspect.notified() => {}
            () = sleep(WATCH) => {}
        }
    }
}

fn set_blocked(live: &watch::Sender<Option<Session>>, blocked: bool) {
    live.send_modify(|session| {
        if let Some(session) = session {
            session.blocked_since =
                blocked.then(|| session.blocked_since.unwrap_or_else(Instant::now));
        }
    });
}

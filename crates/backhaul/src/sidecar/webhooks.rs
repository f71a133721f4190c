//! Webhooks as a part of the sidecar: told by the process that serves the API.

use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use console::webhook::Poster;
use router::webhooks::Webhook;
use secrecy::ExposeSecret as _;
use store::{Clock, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::topology;
use crate::config::{API, Config};
use crate::report::Report;

/// Between two tries to consume a queue.
const BREATH: Duration = Duration::from_secs(2);

/// Webhooks at work.
pub(super) struct Told {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Told {
    /// From now on nothing new is told. What is under way is told again at the next start, at the worst.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts them; none if this process does not serve the API.
pub(super) async fn start(
    config: &Config,
    process: &str,
    (broker, store): (&Arc<dyn Broker>, &Arc<dyn Store>),
) -> Result<Told, Report> {
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    if !config.runs(API) || config.api.webhook.is_empty() {
        return Ok(Told { stop, tasks });
    }
    let declared = broker.declare(&topology(config)).await;
    declared.map_err(|error| {
        let fix = "mend the queue of the webhook, and start again";
        Report::of("api.webhook", error.to_string(), fix)
    })?;
    for hook in &config.api.webhook {
        let within = Duration::try_from(hook.within).unwrap_or(Duration::from_secs(10));
        let secret = hook.secret.expose_secret().as_bytes().to_vec();
        let poster = Poster::new(hook.url.clone(), secret, within, Clock::default());
        let poster = poster
            .map_err(|why| Report::of("api.webhook", why, "look at the system's certificates"))?;
        let caller = Arc::new(poster);
        let (hook, process, stop) = (hook.clone(), process.to_owned(), stop.clone());
        let (broker, store) = (Arc::clone(broker), Arc::clone(store));
        tasks.spawn(async move {
            loop {
                let webhook = Webhook {
                    name: hook.name.clone(),
                    codes: hook.events.iter().copied().collect(),
                    max_tries: hook.max_tries,
                    caller: Arc::clone(&caller) as _,
                    broker: Arc::clone(&broker),
                    store: Arc::clone(&store),
                    process: process.clone(),
                    clock: Clock::default(),
                };
                match webhook.run(stop.clone()).await {
                    Ok(()) => return,
                    Err(reason) => {
                        tracing::warn!(%reason, webhook = %hook.name, "a webhook waits for its queue");
                    }
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(BREATH) => {}
                }
            }
        });
    }
    Ok(Told { stop, tasks })
}

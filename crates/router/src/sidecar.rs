//! The sidecar: everything started together, supervised, and drained.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::topology::{EVENTS_QUEUE, effect_queue};
use broker::{Broker, Topology};
use connector::{Built, Codec, Published};
use jiff::SignedDuration;
use store::{Clock, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use workflow::PolicySet;

use crate::contain::contained;
use crate::crosswalk::follow::Following;
use crate::dead_letters::DeadLetters;
use crate::deliver::Delivering;
use crate::engine::Engine;
use crate::hands::{CountedBroker, CountedSource, Hands};
use crate::intake::{Intake, Replays};
use crate::left::Drained;
use crate::pace::Pace;
use crate::reading::Reading;
use crate::recovery::Recovery;
use crate::replay::Driver;
use crate::retry::RetryPolicy;
use crate::routes::Routes;
use crate::watch::Watch;
use crate::wire;

/// A connector instance, ready to work.
pub struct Instance {
    /// Name, as in the configuration.
    pub name: String,
    /// Codec, source, sink.
    pub built: Built,
    /// Patience with its target.
    pub retry: RetryPolicy,
    /// Effects worked on at the same time; 1 for a partner that allows one session.
    pub max_in_flight: usize,
    /// Longest time that a send or a look-up may take.
    pub deadline: Duration,
}

/// Settings that are not a connector's.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// Name of this process, for leases. Must differ between processes.
    pub process: String,
    /// Failed deliveries of one message before the broker dead-letters it.
    pub delivery_limit: u32,
    /// How long an event waits for a return that is not known.
    pub park_for: SignedDuration,
    /// How long an effect may be under way without a known outcome before a person is told. It goes on all the same.
    pub effect_sla: SignedDuration,
    /// Connectors of the whole configuration that must be heard so often, or a person is told.
    pub expect_every: BTreeMap<String, SignedDuration>,
    /// Run the router itself (off: only connectors).
    pub route: bool,
    /// Longest time that a drain may take.
    pub drain: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            process: format!("backhaul-{}", std::process::id()),
            delivery_limit: 20,
            park_for: SignedDuration::from_hours(72),
            effect_sla: SignedDuration::from_hours(2),
            expect_every: BTreeMap::new(),
            route: true,
            drain: Duration::from_secs(25),
        }
    }
}

/// Everything that a sidecar consists of.
pub struct Sidecar {
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Policies; exchange the inner value to reload.
    pub policies: Arc<RwLock<Arc<PolicySet>>>,
    /// Routes.
    pub routes: Routes,
    /// Connector instances of this process.
    pub instances: Vec<Instance>,
    /// Names of all connector instances of the configuration, for the topology.
    pub all_connectors: Vec<String>,
    /// Those whose targets allow one session over all processes.
    pub one_session: Vec<String>,
    /// Settings.
    pub tuning: Tuning,
    /// Clock of this process.
    pub clock: Clock,
    /// Crosswalks that the connectors' codecs follow.
    pub published: Published,
}

/// A running sidecar.
pub struct Running {
    sources: CancellationToken,
    work: CancellationToken,
    tasks: JoinSet<Result<(), String>>,
    drain: Duration,
    watch: Arc<Watch>,
    hands: Arc<Hands>,
    store: Arc<dyn Store>,
    /// Names under which effects are leased.
    owners: Vec<String>,
}

/// How long it may take until what is cut off has let go.
const LETTING_GO: Duration = Duration::from_secs(1);

impl Sidecar {
    /// Declares the topology and starts everything.
    ///
    /// # Errors
    /// A topology that does not match, or a broker that refuses us: in plain words.
    pub async fn start(mut self) -> Result<Running, String> {
        let limit = self.tuning.delivery_limit;
        let topology = wire::topology(&self.all_connectors, &self.one_session, limit);
        self.broker
            .declare(&topology)
            .await
            .map_err(|e| e.to_string())?;
        let hands = Arc::new(Hands::default());
        let pace = Arc::new(Pace::default());
        let clock = self.clock.clone();
        self.broker = Arc::new(CountedBroker::new(self.broker, &hands, &pace, clock));
        // Nothing is read before the crosswalks are taken up as they are published.
        let following = self.following();
        following.take_up().await.map_err(|e| e.to_string())?;
        let mut owners = Vec::new();
        let sources = CancellationToken::new();
        let work = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let watch = Arc::new(Watch::default());
        let delivering = self.instances.iter().filter(|i| i.built.sink.is_some());
        let reading = Arc::new(Reading::of(delivering.map(|i| i.name.as_str())));
        if self.tuning.route {
            let driver = Driver {
                store: Arc::clone(&self.store),
                routes: Arc::new(self.routes.clone()),
                process: self.tuning.process.clone(),
                clock: self.clock.clone(),
            };
            tasks.spawn(driver.run(work.clone()));
            let engine = Engine {
                broker: Arc::clone(&self.broker),
                store: Arc::clone(&self.store),
                policies: Arc::clone(&self.policies),
                routes: Arc::new(self.routes),
                park_for: self.tuning.park_for,
                effect_sla: self.tuning.effect_sla,
                clock: self.clock.clone(),
                watch: Arc::clone(&watch),
            };
            tasks.spawn(engine.run(work.clone()));
            let recovery = Recovery {
                broker: Arc::clone(&self.broker),
                store: Arc::clone(&self.store),
                effect_sla: self.tuning.effect_sla,
                expect_every: self.tuning.expect_every,
                policies: Arc::clone(&self.policies),
                clock: self.clock.clone(),
                reading: Arc::clone(&reading),
                pace,
            };
            tasks.spawn(recovery.run(work.clone()));
        }
        let mut codecs: BTreeMap<String, Arc<dyn Codec>> = BTreeMap::new();
        let names: Vec<&str> = self.instances.iter().map(|i| i.name.as_str()).collect();
        for letters in dead_letters(
            &topology,
            &names,
            self.tuning.route,
            &self.broker,
            &self.store,
            &self.clock,
        ) {
            tasks.spawn(letters.run(work.clone()));
        }
        for mut instance in self.instances {
            instance.built = contained(instance.built, &instance.name, &watch);
            codecs.insert(instance.name.clone(), Arc::clone(&instance.built.codec));
            if let Some(source) = instance.built.source {
                let intake = Intake {
                    connector: instance.name.clone(),
                    broker: Arc::clone(&self.broker),
                    store: Arc::clone(&self.store),
                    codec: Arc::clone(&instance.built.codec),
                    clock: self.clock.clone(),
                };
                let source = Box::new(CountedSource::new(source, &instance.name, &hands));
                let stop = sources.clone();
                tasks.spawn(async move {
                    intake.run(source, stop).await;
                    Ok(())
                });
            }
            if let Some(sink) = instance.built.sink {
                let owner = format!("{}/{}", self.tuning.process, instance.name);
                owners.push(owner.clone());
                let delivering = Delivering {
                    owner,
                    connector: instance.name,
                    broker: Arc::clone(&self.broker),
                    store: Arc::clone(&self.store),
                    codec: instance.built.codec,
                    sink,
                    policy: instance.retry,
                    max_in_flight: instance.max_in_flight.max(1),
                    deadline: instance.deadline,
                    clock: self.clock.clone(),
                    reading: Arc::clone(&reading),
                };
                tasks.spawn(delivering.run(work.clone()));
            }
        }
        let following = Following {
            codecs: codecs.clone(),
            ..following
        };
        let stop = work.clone();
        tasks.spawn(async move {
            following.run(stop).await;
            Ok(())
        });
        if !codecs.is_empty() {
            let replays = Replays {
                broker: Arc::clone(&self.broker),
                store: Arc::clone(&self.store),
                codecs,
                clock: self.clock.clone(),
            };
            tasks.spawn(replays.run(work.clone()));
        }
        Ok(Running {
            sources,
            work,
            tasks,
            drain: self.tuning.drain,
            watch,
            hands,
            store: self.store,
            owners,
        })
    }
}

impl Sidecar {
    /// Whoever follows the published crosswalks.
    fn following(&self) -> Following {
        Following {
            store: Arc::clone(&self.store),
            published: self.published.clone(),
            codecs: BTreeMap::new(),
            routes: self.routes.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// The dead letters that this process looks after: those of the router's queues, and of its connectors'.
fn dead_letters(
    topology: &Topology,
    connectors: &[&str],
    route: bool,
    broker: &Arc<dyn Broker>,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Vec<DeadLetters> {
    let ours = |name: &str| connectors.iter().find(|c| effect_queue(c) == name).copied();
    let shared = [EVENTS_QUEUE, wire::REPLAY_QUEUE];
    topology
        .queues
        .iter()
        .filter_map(|queue| {
            let connector = match ours(&queue.name) {
                Some(connector) => connector,
                None if route && shared.contains(&queue.name.as_str()) => "",
                None => return None,
            };
            Some(DeadLetters {
                queue: queue.name.clone(),
                parked: queue.parked(),
                connector: connector.to_owned(),
                broker: Arc::clone(broker),
                store: Arc::clone(store),
                clock: clock.clone(),
            })
        })
        .collect()
}

impl Running {
    /// What is being computed, for a watchdog.
    pub fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// Waits until a part ends that should not have; says why. Cancel-safe.
    pub async fn failed(&mut self) -> String {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(reason))) => return reason,
                Some(Err(panic)) => return format!("a part of the sidecar broke: {panic}"),
                None => std::future::pending().await,
            }
        }
    }

    /// Stops: sources first, then what is under way is finished, within the drain's time. Says what was finished and what
    /// was left.
    pub async fn drain(mut self) -> Drained {
        let before = self.hands.now();
        self.sources.cancel();
        self.work.cancel();
        let finished = tokio::time::timeout(self.drain, async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok(Err(reason)) = ended {
                    tracing::warn!(%reason, "a part of the sidecar ended with an error");
                }
            }
        })
        .await
        .is_ok();
        if !finished {
            tracing::warn!(
                "the drain's time is over: what is still under way is left to the next start"
            );
            self.tasks.abort_all();
            let ended = async { while self.tasks.join_next().await.is_some() {} };
            if tokio::time::timeout(LETTING_GO, ended).await.is_err() {
                tracing::warn!("a part of the sidecar does not let go");
            }
        }
        let after = self.hands.now();
        Drained::count(finished, &before, &after, &self.store, &self.owners).await
    }
}

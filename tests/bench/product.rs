//! One run of the whole router: workflow, store, audit, outbox, confirms, acks.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use broker::topology::{EFFECTS, EVENTS, EVENTS_QUEUE, STATUS};
use broker::{Broker, Destination, Queue, RabbitConfig};
use canonical::EffectKind;
use canonical::envelope::Envelope;
use jiff::SignedDuration;
use router::engine::Engine;
use router::{Route, Routes, wire};
use store::Store;
use testkit::postgres::Postgres;
use testkit::rabbit::Rabbit;
use tokio_util::sync::CancellationToken;
use workflow::policy::PolicySet;

use crate::reference::{fill, vhost_path};
use crate::{Backend, Sample, usage};

const POLICY: &str = include_str!("../../deploy/policy/us01.toml");
/// Every publish lands in a quorum queue: effects in their connector's, status events in this one.
const STATUS_QUEUE: &str = "bench.status";

/// Fills the router's queue, lets the router work through it, and counts what it published.
pub(crate) async fn run(
    rabbit: &Rabbit,
    postgres: Option<&Postgres>,
    backend: Backend,
    events: &[Envelope],
    round: usize,
) -> Result<Sample> {
    let url = rabbit.vhost(&format!("product-{round}")).await?;
    let broker = Arc::new(broker::Rabbit::start(RabbitConfig::new(url.clone()))?);
    let mut topology = wire::topology(&["bench".to_owned()], &[], 20);
    topology.queues.push(Queue {
        name: STATUS_QUEUE.to_owned(),
        delivery_limit: 20,
        one_consumer: false,
        bindings: vec![(STATUS.to_owned(), "#".to_owned())],
    });
    broker.declare(&topology).await?;
    fill(&broker, events, |event| Destination::Topic {
        exchange: EVENTS.to_owned(),
        key: event.kind.clone(),
        optional: false,
    })
    .await?;
    let folder = tempfile::tempdir()?;
    let (variant, address) = match backend {
        Backend::Sqlite => (
            "sqlite",
            format!("sqlite:{}", folder.path().join("bench.db").display()),
        ),
        Backend::Postgres => {
            let postgres = postgres.context("no PostgreSQL was started")?;
            (
                "postgres",
                postgres.database(&format!("bench_{round}")).await?,
            )
        }
    };
    let store = store::open(&address).await?;
    let policies = PolicySet::load(&[("us01.toml".to_owned(), POLICY.to_owned())])
        .map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let stop = CancellationToken::new();
    let engine = Engine {
        broker: Arc::clone(&broker) as Arc<dyn Broker>,
        store: Arc::clone(&store),
        policies: Arc::new(RwLock::new(Arc::new(policies))),
        routes: Arc::new(Routes::new(vec![Route {
            channel: None,
            kinds: EffectKind::ALL.to_vec(),
            entity: None,
            site: None,
            connector: "bench".to_owned(),
        }])),
        park_for: SignedDuration::from_hours(1),
        effect_sla: SignedDuration::from_hours(2),
        clock: store::Clock::default(),
        watch: Arc::default(),
    };
    let (begun, cpu) = (Instant::now(), usage::cpu_seconds());
    let running = tokio::spawn(engine.run(stop.clone()));
    until_routed(store.as_ref(), events.len() / 4, begun).await?;
    stop.cancel();
    running.await?.map_err(anyhow::Error::msg)?;
    let seconds = begun.elapsed().as_secs_f64();
    let (cpu, resident_mb) = (usage::cpu_seconds() - cpu, usage::resident_mb());
    let effects = broker
        .depth(&broker::topology::effect_queue("bench"))
        .await?;
    let statuses = broker.depth(STATUS_QUEUE).await?;
    anyhow::ensure!(
        broker.depth(EVENTS_QUEUE).await? == 0,
        "events are left over"
    );
    anyhow::ensure!(effects > 0, "no effect reached {EFFECTS}");
    let chain = store::audit_verify(store.as_ref()).await;
    anyhow::ensure!(chain.is_ok(), "the audit chain does not verify: {chain:?}");
    store.close().await;
    broker.close().await;
    rabbit.api("DELETE", &vhost_path(&url), "").await?;
    Ok(Sample {
        variant,
        consumed: events.len(),
        published: usize::try_from(effects + statuses)?,
        seconds,
        cpu,
        resident_mb,
    })
}

/// Waits until every return has its disposition behind it.
async fn until_routed(store: &dyn Store, returns: usize, begun: Instant) -> Result<()> {
    let deadline = begun + Duration::from_mins(5);
    loop {
        let counts = store.return_counts().await?;
        let finished: u64 = counts
            .iter()
            .filter(|(_, code, _)| code.as_str() >= "R420")
            .map(|(_, _, count)| count)
            .sum();
        if finished >= returns as u64 {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "not finished after 300 s: {counts:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

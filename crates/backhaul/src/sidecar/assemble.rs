//! Builds every part of a sidecar and starts it.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::Broker;
use connector::Published;
use jiff::SignedDuration;
use router::{Instance, Routes, Sidecar, Tuning};
use store::Store;
use tokio::net::TcpListener;

use super::api;
use super::running::Assembled;
use super::webhooks;
use crate::admin::{Admin, Watched};
use crate::check;
use crate::config::{Config, ROUTER};
use crate::ingress::{Desk, Served};
use crate::picture::{self, Picture};
use crate::proof::Daily;
use crate::report::Report;

/// Starts the sidecar of a configuration on a broker and a store.
///
/// # Errors
/// Everything that keeps it from starting: what [`check::check`] finds, an address in use, a topology that does not match.
pub async fn assemble(
    config: &Config,
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
) -> Result<Assembled, Report> {
    assemble_at(config, broker, store, store::Clock::default()).await
}

/// The same by a clock that is handed in: deadlines of days pass when it says so.
///
/// # Errors
/// As [`assemble`].
pub async fn assemble_at(
    config: &Config,
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    clock: store::Clock,
) -> Result<Assembled, Report> {
    let report = check::check(config);
    if !report.is_ok() {
        return Err(report);
    }
    for warning in &report.findings {
        tracing::warn!(place = %warning.place, "{}: {}", warning.what, warning.fix);
    }
    let policies = Arc::new(RwLock::new(Arc::new(check::policies(config)?)));
    let desk = Desk::new(
        Arc::clone(&broker),
        Arc::clone(&store),
        config.router.delivery_limit,
        config.http.queue,
        span(config.http.answer_within),
    );
    let published = Published::default();
    let instances = instances(config, &desk, &published)?;
    let picture = picture::take(config, store.as_ref()).await;
    tell_what_changed(store.as_ref(), &picture).await;
    let admin = listener("admin.listen", config.admin.listen).await?;
    let doors = desk.doors();
    let ingress = if doors.is_empty() {
        None
    } else {
        Some(listener("http.listen", config.http.listen).await?)
    };
    let open_api = if api::is_wanted(config, store.as_ref())
        .await
        .map_err(|error| unread(&error))?
    {
        Some(listener("api.listen", config.api.listen).await?)
    } else {
        None
    };
    let watched = Arc::new(Watched::new(
        Arc::clone(&broker),
        Arc::clone(&store),
        topology(config),
    ));
    let admin = Admin::serve(Arc::clone(&watched), admin)
        .map_err(|error| unserved("admin.listen", &error))?;
    let remembering = Arc::clone(&store);
    let for_api = (Arc::clone(&broker), Arc::clone(&store));
    let sidecar = Sidecar {
        clock: clock.clone(),
        published: published.clone(),
        broker,
        store,
        policies: Arc::clone(&policies),
        routes: Routes::new(config.routes.clone()),
        instances,
        all_connectors: names(config),
        one_session: one_session(config),
        tuning: tuning(config),
    };
    let running = match sidecar.start().await {
        Ok(running) => running,
        Err(reason) => {
            admin.stop().await;
            let fix =
                "mend the broker, or its queues, and start again; backhaul doctor looks closer";
            return Err(Report::of("broker", reason, fix));
        }
    };
    let ingress: Option<Served> = match ingress {
        Some(listener) => Some(
            doors
                .serve(listener)
                .map_err(|error| unserved("http.listen", &error))?,
        ),
        None => None,
    };
    let told = webhooks::start(config, &process(), (&for_api.0, &for_api.1)).await?;
    let api = match open_api {
        Some(listener) => Some(
            api::serve(config, listener, for_api, Arc::clone(&policies), published)
                .map_err(|error| unserved("api.listen", &error))?,
        ),
        None => None,
    };
    watched.ready(true);
    let daily = if config.runs(ROUTER) {
        Daily::start(config, Arc::clone(&policies), Arc::clone(&remembering))
    } else {
        None
    };
    let now = clock.now();
    if let Err(error) = picture::record(remembering.as_ref(), picture, now).await {
        tracing::warn!(%error, "this start is not recorded: the next one compares with an earlier one");
    }
    Ok(Assembled {
        running,
        ingress,
        api,
        told,
        admin,
        watched,
        policies,
        daily,
    })
}

/// Says line by line what differs from the last start on this store.
async fn tell_what_changed(store: &dyn Store, picture: &Picture) {
    match picture::since(store, picture).await {
        Ok(Some((_, changes))) => {
            for change in changes {
                tracing::info!("since the last start: {change}");
            }
        }
        Ok(None) => tracing::info!("no earlier start is recorded on this store"),
        Err(error) => tracing::warn!(%error, "it is not known what changed since the last start"),
    }
}

/// Names of all connector instances, whether they run here or not: the topology is the same in every process.
fn names(config: &Config) -> Vec<String> {
    config.connectors.keys().cloned().collect()
}

fn one_session(config: &Config) -> Vec<String> {
    let all = config.connectors.iter();
    all.filter(|(_, block)| block.one_session)
        .map(|(name, _)| name.clone())
        .collect()
}

/// Everything that has to exist in the broker for that configuration.
pub fn topology(config: &Config) -> broker::Topology {
    let limit = config.router.delivery_limit;
    let mut topology = router::wire::topology(&names(config), &one_session(config), limit);
    let hooks = config.api.webhook.iter();
    topology
        .queues
        .extend(hooks.map(|hook| router::webhooks::queue(&hook.name, limit)));
    topology
}

fn instances(config: &Config, desk: &Desk, published: &Published) -> Result<Vec<Instance>, Report> {
    let mut instances = Vec::new();
    let mut report = Report::default();
    for (name, block) in config
        .connectors
        .iter()
        .filter(|(name, _)| config.runs(name))
    {
        let Some(connector) = check::connector_of(config, name) else {
            continue;
        };
        let mut settings = block.settings(name, &config.base_dir);
        settings.published = published.clone();
        match (connector.build)(&settings, desk) {
            Ok(built) => instances.push(Instance {
                name: name.clone(),
                built,
                retry: block.retry.clone(),
                max_in_flight: block.max_in_flight,
                deadline: block.deadline,
            }),
            Err(failure) => report.failure(format!("connectors.{name}"), &failure),
        }
    }
    report.or(instances)
}

fn tuning(config: &Config) -> Tuning {
    Tuning {
        process: process(),
        delivery_limit: config.router.delivery_limit,
        park_for: config.router.park_for,
        effect_sla: config.router.effect_sla,
        expect_every: expected(config),
        route: config.runs(ROUTER),
        drain: span(config.router.drain),
    }
}

/// How often each connector must be heard, whether it runs here or not: it is the router that watches.
fn expected(config: &Config) -> BTreeMap<String, SignedDuration> {
    let connectors = config.connectors.iter();
    connectors
        .filter_map(|(name, block)| Some((name.clone(), block.expect_every?)))
        .collect()
}

/// Name of this process. In containers every process has the same number: host and time of start tell them apart.
fn process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let now = jiff::Timestamp::now().as_millisecond();
    format!("{}-{}-{now}", host.trim(), std::process::id())
}

async fn listener(place: &str, addr: std::net::SocketAddr) -> Result<TcpListener, Report> {
    TcpListener::bind(addr).await.map_err(|error| {
        let what = format!("{addr} cannot be listened on: {error}");
        Report::of(place, what, "give it a free address of this host")
    })
}

fn unread(error: &store::StoreError) -> Report {
    Report::of("store.url", error.to_string(), "start again")
}

fn unserved(place: &str, error: &std::io::Error) -> Report {
    Report::of(place, format!("the listener broke: {error}"), "start again")
}

/// Durations of the configuration are positive by now.
fn span(duration: SignedDuration) -> Duration {
    duration.unsigned_abs()
}

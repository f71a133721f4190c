//! Gauges that are read from broker and store when somebody asks.

use std::time::Duration;

use futures_util::future::join_all;
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};

use super::Watched;

/// How long each may take; what is late is left out of this answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Depths of queues, effects by state, returns by lifecycle. What cannot be read is left out.
pub(super) async fn gather(watched: &Watched) -> Vec<MetricFamily> {
    let registry = Registry::new();
    let late = tokio::time::timeout(PATIENCE, async {
        let (queues, effects, returns) =
            tokio::join!(queues(watched), effects(watched), returns(watched));
        for gauge in [queues, effects, returns].into_iter().flatten() {
            if let Err(error) = registry.register(Box::new(gauge)) {
                tracing::warn!(%error, "a gauge is left out");
            }
        }
    })
    .await
    .is_err();
    if late {
        tracing::warn!("broker or store did not answer in time: their gauges are left out");
    }
    registry.gather()
}

async fn queues(watched: &Watched) -> Option<IntGaugeVec> {
    let gauge = vec(
        "backhaul_queue_messages",
        "Messages that wait in a queue of the broker.",
        &["queue"],
    )?;
    let topology = &watched.topology;
    let names = topology
        .queues
        .iter()
        .flat_map(|queue| [queue.name.clone(), queue.parked()])
        .chain(topology.rungs.iter().map(|rung| rung.queue()));
    let depths = names.map(async |name| (watched.broker.depth(&name).await, name));
    for (depth, name) in join_all(depths).await {
        if let Ok(depth) = depth {
            gauge.with_label_values(&[&name]).set(whole(depth));
        }
    }
    Some(gauge)
}

async fn effects(watched: &Watched) -> Option<IntGaugeVec> {
    let help = "Effects in the store, by connector and state.";
    let gauge = vec("backhaul_effects", help, &["connector", "state"])?;
    for (connector, state, count) in watched.store.effect_counts().await.ok()? {
        let state = serde_json::to_value(state).ok()?;
        gauge
            .with_label_values(&[&connector, state.as_str()?])
            .set(whole(count));
    }
    Some(gauge)
}

async fn returns(watched: &Watched) -> Option<IntGaugeVec> {
    let help = "Returns in the store, by lifecycle and business code.";
    let gauge = vec("backhaul_returns", help, &["lifecycle", "code"])?;
    for (lifecycle, code, count) in watched.store.return_counts().await.ok()? {
        gauge
            .with_label_values(&[&lifecycle, &code])
            .set(whole(count));
    }
    Some(gauge)
}

fn vec(name: &str, help: &str, labels: &[&str]) -> Option<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), labels).ok()
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

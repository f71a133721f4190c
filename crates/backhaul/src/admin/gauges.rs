//! Gauges that are read from broker and store when somebody asks.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};
use router::reconcile;
use store::ReconFilter;

use super::Watched;

/// How long each may take; what is late is left out of this answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs of the daily proof that are looked at, for the latest of each legal entity.
const RUNS: usize = 50;

/// Depths of queues and of the outbox, effects by state, returns by lifecycle, what waits for people, how the last proofs
/// came out. What cannot be read is left out.
pub(super) async fn gather(watched: &Watched) -> Vec<MetricFamily> {
    let registry = Registry::new();
    let late = tokio::time::timeout(PATIENCE, async {
        let (queues, effects, returns, waiting, proofs) = tokio::join!(
            queues(watched),
            effects(watched),
            returns(watched),
            waiting(watched),
            proofs(watched)
        );
        let gauges = [queues, effects, returns].into_iter().flatten();
        let gauges = gauges.chain(waiting.into_iter().flatten());
        for gauge in gauges.chain(proofs.into_iter().flatten()) {
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

/// The outbox, open exceptions, open approvals.
async fn waiting(watched: &Watched) -> Option<[IntGaugeVec; 3]> {
    let help = "Messages in the outbox, written and not published yet.";
    let outbox = vec("backhaul_outbox_messages", help, &[])?;
    let none: [&str; 0] = [];
    outbox
        .with_label_values(&none)
        .set(whole(watched.store.outbox_len().await.ok()?));
    let help = "Open exceptions, by code and connector.";
    let exceptions = vec("backhaul_exceptions_open", help, &["code", "connector"])?;
    for (code, connector, count) in watched.store.exception_counts().await.ok()? {
        exceptions
            .with_label_values(&[&code, &connector])
            .set(whole(count));
    }
    let help = "Approvals that wait for somebody.";
    let approvals = vec("backhaul_approvals_open", help, &[])?;
    let open = watched.store.open_approvals().await.ok()?.len();
    approvals.with_label_values(&none).set(whole(open as u64));
    Some([outbox, exceptions, approvals])
}

/// The latest daily proof of each legal entity.
async fn proofs(watched: &Watched) -> Option<[IntGaugeVec; 3]> {
    let help = "How the latest daily proof of a legal entity came out: 1 for its status.";
    let status = vec("backhaul_reconcile_status", help, &["entity", "status"])?;
    let help = "What did not agree in the latest daily proof of a legal entity, by age in days.";
    let items = vec("backhaul_reconcile_items", help, &["entity", "age"])?;
    let help = "When the latest daily proof of a legal entity was begun, in seconds since 1970.";
    let at = vec(
        "backhaul_reconcile_run_timestamp_seconds",
        help,
        &["entity"],
    )?;
    let filter = ReconFilter {
        limit: RUNS,
        ..ReconFilter::default()
    };
    let mut seen = BTreeSet::new();
    for run in watched.store.recon_runs(&filter).await.ok()? {
        if !seen.insert(run.entity.clone()) {
            continue;
        }
        status.with_label_values(&[&run.entity, &run.status]).set(1);
        at.with_label_values(&[&run.entity])
            .set(run.started_at.as_second());
        let report = serde_json::from_str::<reconcile::Report>(&run.report).ok();
        for (age, count) in report.map(|report| report.ageing).unwrap_or_default() {
            items
                .with_label_values(&[&run.entity, &age])
                .set(whole(count as u64));
        }
    }
    Some([status, items, at])
}

fn vec(name: &str, help: &str, labels: &[&str]) -> Option<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), labels).ok()
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

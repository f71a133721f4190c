//! `/metrics`, `/healthz`, `/readyz`: for the supervisor and the monitoring.

mod gauges;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use broker::{Broker, Topology};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus::{Encoder as _, TextEncoder};
use store::Store;
use tokio::net::TcpListener;

use crate::ingress::Served;
use crate::telemetry;

/// How long the store may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every metric as it is scraped, with its labels. Names are stable: dashboards and alerts rest on them.
pub const EXPORTED: &[(&str, &[&str])] = &[
    ("backhaul_intake_messages_total", &["connector", "result"]),
    ("backhaul_events_total", &["type", "verdict"]),
    ("backhaul_published_messages_total", &[]),
    ("backhaul_batch_events", &[]),
    (
        "backhaul_effect_attempts_total",
        &["connector", "kind", "what", "class"],
    ),
    ("backhaul_effects_in_flight", &["connector"]),
    ("backhaul_effect_kinds_kept_back", &["connector", "kind"]),
    ("backhaul_exceptions_opened_total", &["code", "connector"]),
    ("backhaul_queue_messages", &["queue"]),
    ("backhaul_effects", &["connector", "state"]),
    ("backhaul_returns", &["lifecycle", "code"]),
    ("backhaul_outbox_messages", &[]),
    ("backhaul_exceptions_open", &["code", "connector"]),
    ("backhaul_approvals_open", &[]),
    ("backhaul_reconcile_status", &["entity", "status"]),
    ("backhaul_reconcile_items", &["entity", "age"]),
    ("backhaul_reconcile_run_timestamp_seconds", &["entity"]),
];

/// What is watched.
pub struct Watched {
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    topology: Topology,
    ready: AtomicBool,
}

impl Watched {
    /// Watches a broker with that topology, and a store. Not ready yet.
    pub fn new(broker: Arc<dyn Broker>, store: Arc<dyn Store>, topology: Topology) -> Self {
        Self {
            broker,
            store,
            topology,
            ready: AtomicBool::new(false),
        }
    }

    /// Everything has started, or is about to stop.
    pub fn ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }
}

/// The admin listener.
pub struct Admin;

impl Admin {
    /// Serves it.
    pub fn serve(watched: Arc<Watched>, listener: TcpListener) -> std::io::Result<Served> {
        let router = Router::new()
            .route("/healthz", get(async || "alive\n"))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics))
            .with_state(watched);
        Served::start(listener, router, None)
    }
}

/// 200 when work can be done, else 503; the body says what is missing.
async fn readiness(State(watched): State<Arc<Watched>>) -> Response {
    let store = tokio::time::timeout(PATIENCE, watched.store.healthy())
        .await
        .unwrap_or(false);
    let broker = watched.broker.healthy();
    let started = watched.ready.load(Ordering::Relaxed);
    let ready = store && broker && started;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = serde_json::json!({
        "ready": ready, "broker": broker, "store": store, "started": started
    });
    (status, axum::Json(body)).into_response()
}

/// Prometheus text format, version 0.0.4.
async fn metrics(State(watched): State<Arc<Watched>>) -> Response {
    let mut families = telemetry::registry().gather();
    families.extend(gauges::gather(&watched).await);
    let mut text = Vec::new();
    match TextEncoder::new().encode(&families, &mut text) {
        Ok(()) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

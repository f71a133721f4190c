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

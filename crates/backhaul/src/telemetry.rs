//! What the sidecar says of itself: log lines, traces, metrics.
//!
//! Log fields are fixed: `rma.id`, `message.key`, `connector.name`, `attempt`, `failure.code`. Traces are made only when an
//! OTLP collector is configured.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use connector::Problem;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus::Registry;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{LogFormat, TelemetryBlock};

/// Telemetry that was started. [`Telemetry::flush`] it before the process ends.
#[derive(Debug)]
pub struct Telemetry {
    tracer: Option<SdkTracerProvider>,
}

/// Reads a level: "info", "info,router=debug". The exporters' own words are left out unless they are asked for.
pub fn filter(level: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(format!("opentelemetry=warn,{level}"))
}

/// Starts logging to standard error, traces if a collector is configured, and metrics. The first call in a process wins.
pub fn start(block: &TelemetryBlock) -> Result<Telemetry, Problem> {
    let level = filter(&block.level).map_err(|error| {
        Problem::new(
            "telemetry.level",
            error.to_string(),
            "write info, or info,router=debug",
        )
    })?;
    let tracer = block
        .otlp
        .as_deref()
        .map(|to| tracer(to, &block.service))
        .transpose()?;
    let traces = tracer.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("backhaul"))
            .with_filter(EnvFilter::new("info"))
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match block.log {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    };
    let first = tracing_subscriber::registry()
        .with(lines.with_filter(level))
        .with(traces)
        .try_init()
        .is_ok();
    if first && tracer.is_some() {
        router::trace::exporting();
    }
    registry();
    Ok(Telemetry { tracer })
}

impl Telemetry {
    /// Sends what was not sent yet.
    pub fn flush(self) {
        if let Some(provider) = self.tracer
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The metrics of this process. The first call installs the meter provider: before it, nothing is counted.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_target_info()
            .build();
        match exporter {
            Ok(exporter) => {
                let provider = SdkMeterProvider::builder().with_reader(exporter).build();
                opentelemetry::global::set_meter_provider(provider);
            }
            Err(error) => tracing::warn!(%error, "metrics are not kept"),
        }
        registry
    })
}

fn tracer(collector: &str, service: &str) -> Result<SdkTracerProvider, Problem> {
    let wrong = |what: String| {
        Problem::new(
            "telemetry.otlp",
            what,
            "write the collector's address, http://HOST:4318",
        )
    };
    let mut address = url::Url::parse(collector).map_err(|error| wrong(error.to_string()))?;
    if address.path().trim_matches('/').is_empty() {
        address.set_path("/v1/traces");
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(address.as_str())
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

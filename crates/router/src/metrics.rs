//! What is counted, once for the whole process. Names are stable: dashboards rest on them.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, UpDownCounter};

/// The instruments. Until the binary installs a meter provider they count into nothing.
pub struct Metrics {
    /// Raw messages taken in, by connector and result (stored, parked, not-now).
    pub intake: Counter<u64>,
    /// Events by type and verdict (applied, duplicate, parked, ignored, unknown-return).
    pub events: Counter<u64>,
    /// Messages published with confirm.
    pub published: Counter<u64>,
    /// Events per batch of the router.
    pub batch_size: Histogram<u64>,
    /// Attempts to deliver or look up effects, by connector and class.
    pub attempts: Counter<u64>,
    /// Effects being worked on, by connector.
    pub in_flight: UpDownCounter<i64>,
    /// Kinds of effects that their target does not take at the moment, by connector and kind (1 or 0).
    pub kept_back: UpDownCounter<i64>,
    /// Exceptions opened, by code and connector.
    pub exceptions: Counter<u64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("backhaul");
    Metrics {
        intake: meter.u64_counter("backhaul_intake_messages").build(),
        events: meter.u64_counter("backhaul_events").build(),
        published: meter.u64_counter("backhaul_published_messages").build(),
        batch_size: meter.u64_histogram("backhaul_batch_events").build(),
        attempts: meter.u64_counter("backhaul_effect_attempts").build(),
        in_flight: meter
            .i64_up_down_counter("backhaul_effects_in_flight")
            .build(),
        kept_back: meter
            .i64_up_down_counter("backhaul_effect_kinds_kept_back")
            .build(),
        exceptions: meter.u64_counter("backhaul_exceptions_opened").build(),
    }
});

/// The instruments of this process.
pub fn metrics() -> &'static Metrics {
    &METRICS
}

/// An attribute.
pub fn label(key: &'static str, value: impl Into<String>) -> KeyValue {
    KeyValue::new(key, value.into())
}

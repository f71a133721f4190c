//! One trace from the source to the ERP's answer, across the broker: W3C trace context in the envelopes and rows.
//!
//! Source: <https://www.w3.org/TR/trace-context/>. Without an exporter no span is made; a `traceparent` is still given to
//! each return and carried along, so that partners' traces stay whole and a later look-up finds all messages of it.

use std::sync::atomic::{AtomicBool, Ordering};

use canonical::key::short_hash;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

static EXPORTING: AtomicBool = AtomicBool::new(false);

/// Says that spans are exported. Called once by the binary, when it has set up an exporter.
pub fn exporting() {
    EXPORTING.store(true, Ordering::Relaxed);
}

/// True if spans are worth making.
pub fn on() -> bool {
    EXPORTING.load(Ordering::Relaxed)
}

/// Makes the span the child of a `traceparent`, if there is one and anybody looks.
pub fn adopt(span: &Span, traceparent: &str) {
    if !on() {
        return;
    }
    if let Some(parent) = parse(traceparent) {
        let context = opentelemetry::Context::new().with_remote_span_context(parent);
        if span.set_parent(context).is_err() {
            tracing::debug!("span is not recorded; the trace context is passed on unchanged");
        }
    }
}

/// The `traceparent` for what follows from this span; the given one when nobody looks.
pub fn of(span: &Span, otherwise: &str) -> String {
    if !on() {
        return otherwise.to_owned();
    }
    let context = span.context();
    let span_context = context.span().span_context().clone();
    if span_context.is_valid() {
        format(&span_context)
    } else {
        otherwise.to_owned()
    }
}

/// A `traceparent` derived from business identity, for what came without one.
pub fn derived(material: &str) -> String {
    let hash = short_hash(&["trace", material], 52);
    let hex = data_encoding::HEXLOWER.encode(hash.as_bytes());
    let (trace, rest) = hex.split_at_checked(32).unwrap_or((&hex, ""));
    let span = rest.get(..16).unwrap_or("0000000000000001");
    format!("00-{trace}-{span}-01")
}

/// True for a well-formed `traceparent`.
pub fn is_valid(traceparent: &str) -> bool {
    parse(traceparent).is_some()
}

fn format(context: &SpanContext) -> String {
    format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        context.trace_flags().to_u8()
    )
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if (version.len(), trace.len(), span.len(), flags.len()) != (2, 32, 16, 2) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_contexts_are_valid_and_stable() {
        let one = derived("rma:US01/RMA-1");
        assert!(is_valid(&one), "{one}");
        assert_eq!(one, derived("rma:US01/RMA-1"));
        assert_ne!(one, derived("rma:US01/RMA-2"));
    }

    #[test]
    fn nonsense_is_not_a_context() {
        for text in [
            "",
            "00-abc-def-01",
            "00-00000000000000000000000000000000-0000000000000000-01",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}

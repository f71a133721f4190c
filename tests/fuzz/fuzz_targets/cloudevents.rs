//! Canonical events in their envelopes, as the router reads them: what opens is written and opens again as the same.
#![no_main]

use canonical::envelope::{Context, Envelope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(envelope) = Envelope::parse(text) else {
        return;
    };
    let Ok(event) = envelope.open() else {
        return;
    };
    let context = Context {
        connector: envelope.connector().to_owned(),
        correlation_id: envelope.correlationid.clone(),
        causation_id: envelope.causationid.clone(),
        traceparent: envelope.traceparent.clone(),
        ingested_at: envelope.ingestedat,
    };
    let sealed = Envelope::seal(&event, &context).expect("what was read can be written");
    let again = sealed.open().expect("what was written can be read");
    assert_eq!(format!("{event:?}"), format!("{again:?}"));
});

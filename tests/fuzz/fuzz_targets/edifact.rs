//! EDIFACT interchanges: the codec of a customer, and the reader that takes a file piece by piece.
#![no_main]

use std::sync::{Arc, LazyLock};

use connector::Codec;
use libfuzzer_sys::fuzz_target;

static HANDEL: LazyLock<Arc<dyn Codec>> =
    LazyLock::new(|| fuzz::codec(&edi_partner::CONNECTOR, "handel"));

fuzz_target!(|data: &[u8]| {
    fuzz::twice(HANDEL.as_ref(), data);
    let parts = edi_partner::bench::stream_file(data);
    assert_eq!(parts, edi_partner::bench::stream_file(data));
});

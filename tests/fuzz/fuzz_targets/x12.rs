//! X12 interchanges: the codec of a customer, and the reader with and without the tables.
#![no_main]

use std::sync::{Arc, LazyLock};

use connector::Codec;
use libfuzzer_sys::fuzz_target;

static ACME: LazyLock<Arc<dyn Codec>> =
    LazyLock::new(|| fuzz::codec(&edi_partner::CONNECTOR, "acme"));

fuzz_target!(|data: &[u8]| {
    fuzz::twice(ACME.as_ref(), data);
    let numbers = edi_partner::bench::read_file(data, true);
    assert_eq!(numbers, edi_partner::bench::read_file(data, true));
    let envelopes = edi_partner::bench::check_envelopes(data);
    assert_eq!(envelopes.interchanges, numbers.interchanges);
});

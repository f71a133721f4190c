//! Answers of SOAP ERPs, head and body as they come over the wire, read by every profile that is built in.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert_eq!(
        erp_soap::door::meanings(data),
        erp_soap::door::meanings(data)
    );
});

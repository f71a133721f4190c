//! Answers of SOAP ERPs, head and body as they come over the wire, read by every profile that is built in.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (status, headers, body) = fuzz::answer(data);
    let first = erp_soap::door::meanings(status, headers.clone(), body.clone());
    assert_eq!(first, erp_soap::door::meanings(status, headers, body));
});

//! JSON of warehouses and portals: the bytes go to the codec of a warehouse and to that of a portal.
#![no_main]

use std::sync::{Arc, LazyLock};

use connector::Codec;
use libfuzzer_sys::fuzz_target;

static EAST: LazyLock<Arc<dyn Codec>> =
    LazyLock::new(|| fuzz::codec(&wms_json::CONNECTOR, "wms-east"));
static PORTAL: LazyLock<Arc<dyn Codec>> =
    LazyLock::new(|| fuzz::codec(&wms_json::CONNECTOR, "portal"));

fuzz_target!(|data: &[u8]| {
    fuzz::twice(EAST.as_ref(), data);
    fuzz::twice(PORTAL.as_ref(), data);
});

//! Flat files, read as caret rows, as semicolons and as fixed columns.
#![no_main]

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use connector::{Codec, Settings};
use libfuzzer_sys::fuzz_target;

const OPTIONS: [&str; 3] = [
    "",
    "layout = \"csv-returns\"\nsite = \"DC-WEST\"\nsites = { W1 = \"DC-WEST\" }",
    "layout = \"fixed-returns\"\nentity = \"US01\"",
];

static CODECS: LazyLock<[Arc<dyn Codec>; 3]> = LazyLock::new(|| {
    OPTIONS.map(|options| {
        let settings = Settings {
            instance: "dc-west".to_owned(),
            table: options.parse().expect("options"),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        };
        (warehouse_file::CONNECTOR.codec)(&settings).expect("a codec")
    })
});

fuzz_target!(|data: &[u8]| {
    for codec in CODECS.iter() {
        fuzz::twice(codec.as_ref(), data);
    }
});

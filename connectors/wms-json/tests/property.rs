//! Whatever comes in: no panic, declared codes, the same outcome twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::sync::{Arc, OnceLock};

use connector::{Codec, Decoded, Failure};
use proptest::prelude::*;
use testkit::golden::inbound;
use wms_json::CONNECTOR;

fn codecs() -> &'static [Arc<dyn Codec>] {
    static CODECS: OnceLock<Vec<Arc<dyn Codec>>> = OnceLock::new();
    CODECS.get_or_init(|| {
        common::readme_blocks()
            .iter()
            .map(|block| (CONNECTOR.codec)(block).unwrap())
            .collect()
    })
}

fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let folders = ["testdata", "testdata/portal", "testdata/3pl"];
        let files = folders
            .iter()
            .flat_map(|folder| std::fs::read_dir(common::home().join(folder)).unwrap());
        let paths = files.map(|file| file.unwrap().path());
        paths
            .filter(|path| path.to_string_lossy().ends_with(".in.json"))
            .map(|path| std::fs::read(path).unwrap())
            .collect()
    })
}

fn outcome(codec: &dyn Codec, bytes: &[u8]) -> Result<Vec<Decoded>, Failure> {
    codec.decode(&inbound(bytes.to_vec()))
}

fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    for codec in codecs() {
        let first = outcome(codec.as_ref(), bytes);
        prop_assert_eq!(&first, &outcome(codec.as_ref(), bytes));
        let failures: Vec<Failure> = match first {
            Ok(events) => events.into_iter().filter_map(Result::err).collect(),
            Err(failure) => vec![failure],
        };
        for failure in failures {
            let declared = CONNECTOR
                .failures
                .iter()
                .any(|code| code.code == failure.code);
            prop_assert!(declared, "{}", failure);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        judge(&bytes)?;
    }

    #[test]
    fn mutated_messages(
        sample in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = sample.get(samples()).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        judge(&bytes)?;
    }

    #[test]
    fn truncated_messages(sample in any::<prop::sample::Index>(), end in any::<prop::sample::Index>()) {
        let bytes = sample.get(samples());
        judge(&bytes[..end.index(bytes.len())])?;
    }

    #[test]
    fn values_of_other_kinds(
        sample in any::<prop::sample::Index>(),
        member in "\"(sku|qty|uom|lines|items|occurredAt|invoice|amount|date|line|serials|type|rma)\": ?",
        value in prop_oneof![
            Just("null"), Just("true"), Just("-0"), Just("1e400"), Just("1e-400"), Just("99999999999999999999999999"),
            Just("[]"), Just("{}"), Just("\"\""), Just("\"\\u0000\""), Just("\"\\ud800\""), Just("[[[[1]]]]"),
        ],
    ) {
        let text = String::from_utf8_lossy(sample.get::<Vec<u8>>(samples())).into_owned();
        let name = member.trim_end();
        let Some((before, after)) = text.split_once(name) else { return Ok(()) };
        let rest = after.find([',', '}', '\n']).and_then(|i| after.get(i..)).unwrap_or_default();
        judge(format!("{before}{name}{value}{rest}").as_bytes())?;
    }
}

/// The same receipt under another delivery id, in a batch, or over another instance of the connector: one key.
#[test]
fn a_fact_has_one_key() {
    let sample =
        std::fs::read_to_string(common::home().join("testdata/basic-receipt.in.json")).unwrap();
    let codec = &codecs()[0];
    let key = |text: &str, reference: &str, connector: &str| {
        let mut inbound = inbound(text.as_bytes().to_vec());
        inbound.origin.reference = reference.to_owned();
        inbound.origin.connector = connector.to_owned();
        codec.decode(&inbound).unwrap()[0]
            .as_ref()
            .unwrap()
            .key
            .clone()
    };
    let first = key(&sample, "wh-1", "wms-east");
    assert_eq!(first, key(&sample, "wh-2", "wms-east"));
    assert_eq!(first, key(&sample, "wh-1", "wms-east-queue"));
    assert_eq!(first, key(&format!("[{sample}]"), "", "wms-east"));
    assert_eq!(
        first,
        key(&sample.replace("evt-1", "evt-2"), "", "wms-east")
    );
    assert_ne!(
        first,
        key(
            &sample.replace("RCPT-RMA-1001-1", "RCPT-RMA-1001-2"),
            "",
            "wms-east"
        )
    );
}

//! Whatever comes in: no panic, declared codes, a place, the same outcome twice.

use std::sync::{Arc, OnceLock};

use connector::{Codec, Decoded, Failure};
use proptest::prelude::*;
use testkit::golden::inbound;
use warehouse_file::CONNECTOR;

use crate::blocks::{codec, home};

struct Sample {
    codec: Arc<dyn Codec>,
    bytes: Vec<u8>,
}

fn samples() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let mut samples = Vec::new();
        for (folder, options) in [
            ("caret", ""),
            ("strict", "on_bad_row = \"file\""),
            ("csv", "layout = \"csv-returns\"\nsite = \"W1\""),
            ("fixed", "layout = \"fixed-returns\""),
            (
                "foreign",
                "layout = \"testdata/foreign/pipe.toml\"\nsite = \"W1\"",
            ),
        ] {
            let codec = codec(options);
            for entry in std::fs::read_dir(home().join("testdata").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let ending = path.extension().unwrap().to_string_lossy().into_owned();
                let bytes = std::fs::read(&path).unwrap();
                if ["rtn", "csv", "txt"].contains(&ending.as_str()) && bytes.len() < 4000 {
                    let codec = Arc::clone(&codec);
                    samples.push(Sample { codec, bytes });
                }
            }
        }
        samples
    })
}

fn outcome(codec: &dyn Codec, bytes: &[u8]) -> Result<Vec<Decoded>, Failure> {
    codec.decode(&inbound(bytes.to_vec()))
}

fn judge(codec: &dyn Codec, bytes: &[u8]) -> Result<(), TestCaseError> {
    let first = outcome(codec, bytes);
    prop_assert_eq!(&first, &outcome(codec, bytes));
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
        prop_assert!(!failure.place.is_empty(), "{}", failure);
    }
    Ok(())
}

/// Every file, cut after each of its bytes, and with each of its bytes changed.
#[test]
fn every_cut_and_every_changed_byte() {
    for sample in samples().iter().filter(|sample| sample.bytes.len() < 500) {
        for at in 0..sample.bytes.len() {
            judge(sample.codec.as_ref(), &sample.bytes[..at]).unwrap();
            for byte in [b'\n', b'"', 0xFF] {
                let mut changed = sample.bytes.clone();
                changed[at] = byte;
                judge(sample.codec.as_ref(), &changed).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(
        sample in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        judge(sample.get(samples()).codec.as_ref(), &bytes)?;
    }

    #[test]
    fn arbitrary_rows(
        sample in any::<prop::sample::Index>(),
        text in "((RTNHDR|RTNTRL|RTNREV|RTNEND|D|T|H)[;^|][A-Z0-9;^|\"., -]{0,60}\r?\n){0,8}",
    ) {
        judge(sample.get(samples()).codec.as_ref(), text.as_bytes())?;
    }

    #[test]
    fn several_changes(
        sample in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let sample = sample.get(samples());
        let mut bytes = sample.bytes.clone();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        judge(sample.codec.as_ref(), &bytes)?;
    }
}

/// A corrected file: rows that were there before have the keys that they had, and say the same.
#[test]
fn a_row_has_one_key_in_whichever_file_it_stands() {
    let codec = codec("");
    let events = |name: &str| -> Vec<canonical::Event> {
        let bytes = std::fs::read(home().join("testdata/caret").join(name)).unwrap();
        let mut inbound = inbound(bytes);
        inbound.origin.reference = name.to_owned();
        let events = codec.decode(&inbound).unwrap();
        events.into_iter().map(Result::unwrap).collect()
    };
    let (first, corrected) = (events("basic.rtn"), events("corrected-file.rtn"));
    assert_eq!(first[0], corrected[0]);
    assert_eq!(first[1].key, corrected[1].key);
    assert_ne!(first[1].data, corrected[1].data);
    assert!(first.iter().all(|event| event.key != corrected[2].key));
}

/// A night's file of a large warehouse.
#[test]
fn twenty_thousand_rows() {
    let mut file = "RTNHDR^DC-WEST^RMA-1^^^^RS^^^03/02/2026^14:05:00^WK\n".to_owned();
    for line in 1..=20_000 {
        file.push_str("RTNTRL^");
        file.push_str(&line.to_string());
        file.push_str("^SKU^^1\n");
    }
    file.push_str("RTNEND^20001^20000\n");
    let events = codec("").decode(&inbound(file)).unwrap();
    let keys: std::collections::BTreeSet<_> = events
        .iter()
        .map(|event| event.as_ref().unwrap().key.clone())
        .collect();
    assert_eq!(keys.len(), 60_000);
}

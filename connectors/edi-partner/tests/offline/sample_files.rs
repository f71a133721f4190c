//! Real files, where they are at hand: `../../../shared/samples`.

use edi_partner::CONNECTOR;
use testkit::golden::inbound;

use crate::common;

fn sample(path: &str) -> Option<Vec<u8>> {
    let path = common::home().join("../../../shared/samples").join(path);
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        println!("skipped: {} is not here", path.display());
    }
    found
}

/// Whoever has nothing but a file sees what it says.
#[test]
fn messages_are_read_without_any_configuration() {
    let settings = connector::Settings {
        instance: "any".to_owned(),
        table: toml::Table::new(),
        base_dir: common::home(),
        published: connector::Published::default(),
    };
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    for (name, kind) in [
        ("customer/basic", "backhaul.return.requested.v1"),
        ("warehouse/all-good", "backhaul.receipt.recorded.v1"),
        ("edifact/basic", "backhaul.return.requested.v1"),
        ("edifact/eancom-1997", "backhaul.return.requested.v1"),
    ] {
        let parts = codec
            .decode(&inbound(common::message(&format!("{name}.edi"))))
            .unwrap();
        let kinds: Vec<&str> = parts
            .iter()
            .map(|part| part.as_ref().unwrap().data.type_name())
            .collect();
        assert_eq!(kinds, [kind], "{name}");
    }
}

/// A 944 as a warehouse really sent it: line feeds for terminators, and none behind the IEA.
#[test]
fn a_real_944_is_read_without_any_configuration() {
    let Some(bytes) = sample("npm__node-x12-edi/944.edi") else {
        return;
    };
    let settings = connector::Settings {
        instance: "any".to_owned(),
        table: toml::Table::new(),
        base_dir: common::home(),
        published: connector::Published::default(),
    };
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    let parts = codec.decode(&inbound(bytes)).unwrap();
    assert!(!parts.is_empty());
    for part in parts {
        match part {
            Ok(event) => assert_eq!(event.data.type_name(), "backhaul.receipt.recorded.v1"),
            Err(failure) => panic!("{failure}"),
        }
    }
}

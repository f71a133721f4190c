//! Blocks and commands that the tests share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use canonical::command::{Announcement, OrderLine};
use canonical::{Command, CommandData, EffectKey, EffectKind, Reason};
use connector::{Codec, Settings};
use warehouse_file::CONNECTOR;

/// Folder of this connector.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A block of these options.
pub(crate) fn block(options: &str, base_dir: &Path) -> Settings {
    Settings {
        instance: "dc-west".to_owned(),
        table: options.parse().unwrap(),
        base_dir: base_dir.to_owned(),
        published: connector::Published::default(),
    }
}

/// The codec of these options.
pub(crate) fn codec(options: &str) -> Arc<dyn Codec> {
    (CONNECTOR.codec)(&block(options, &home())).unwrap()
}

fn command(kind: EffectKind, material: &str, data: CommandData) -> Command {
    Command {
        effect_key: EffectKey::derive(&[material]),
        key_text: material.to_owned(),
        kind,
        return_id: "01JNB6Y2Q8PMM8VD3NWJ8W2Z5T".to_owned(),
        rma_number: "RMA-1001".to_owned(),
        legal_entity: "US01".to_owned(),
        site: "DC-WEST".to_owned(),
        channel: String::new(),
        customer_account: "C10010".to_owned(),
        correlation_id: "c-1".to_owned(),
        issued_at: "2026-03-02T14:05:00Z".parse().unwrap(),
        data,
    }
}

/// An announcement of three pieces with serials and two and a half of something else.
pub(crate) fn announcement() -> Command {
    let line = |line_no, qty: &str, serials: &[&str]| OrderLine {
        line_no,
        sku: format!("SKU-{line_no}"),
        qty: qty.parse().unwrap(),
        uom: "EA".to_owned(),
        reason: Reason::DamagedInTransit,
        order: None,
        invoice_ref: None,
        serials: serials.iter().map(|s| (*s).to_owned()).collect(),
    };
    let data = Announcement {
        expires_at: Some("2026-04-01T04:00:00Z".parse().unwrap()),
        lines: vec![line(1, "3", &["SN-1", "SN-2"]), line(2, "2.5", &[])],
    };
    command(
        EffectKind::WmsRmaAsn,
        "announce",
        CommandData::AnnounceReturn(data),
    )
}

//! Blocks of the README, commands, and what else tests need.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};

use canonical::command::{Announcement, AnnouncementCancel, Notification, OrderLine};
use canonical::{BusinessCode, Command, CommandData, EffectKey, EffectKind, Reason};
use connector::Settings;

/// Folder of this connector.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where the mappings of the product are.
pub(crate) fn deploy() -> PathBuf {
    home().join("../../deploy")
}

/// Every block of the README, as the sidecar hands it over.
pub(crate) fn readme_blocks() -> Vec<Settings> {
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    blocks
        .flat_map(|block| settings(block.split("```").next().unwrap(), &deploy()))
        .collect()
}

/// The block of that name in the README.
pub(crate) fn block(name: &str) -> Settings {
    let mut blocks = readme_blocks().into_iter();
    blocks.find(|block| block.instance == name).unwrap()
}

/// The blocks of a configuration.
pub(crate) fn settings(text: &str, base_dir: &Path) -> Vec<Settings> {
    let table: toml::Table = text.parse().unwrap();
    let connectors = table["connectors"].as_table().unwrap();
    let blocks = connectors.iter().map(|(instance, block)| {
        let mut table = block.as_table().unwrap().clone();
        assert_eq!(table.remove("type").unwrap().as_str(), Some("wms-json"));
        Settings {
            instance: instance.clone(),
            table,
            base_dir: base_dir.to_owned(),
            published: connector::Published::default(),
        }
    });
    blocks.collect()
}

/// The block `wms-east` of the README with another way out.
pub(crate) fn leading_to(base_url: &str, key: &str, timeout: &str) -> Settings {
    let mut settings = block("wms-east");
    let out = settings.table["out"].as_table_mut().unwrap();
    out.insert("base_url".into(), base_url.into());
    out.insert("timeout".into(), timeout.into());
    out["auth"]
        .as_table_mut()
        .unwrap()
        .insert("value".into(), key.into());
    settings
}

fn command(kind: EffectKind, material: &str, data: CommandData) -> Command {
    Command {
        effect_key: EffectKey::derive(&[material]),
        key_text: material.to_owned(),
        kind,
        return_id: "01JNB6Y2Q8PMM8VD3NWJ8W2Z5T".to_owned(),
        rma_number: "RMA-1001".to_owned(),
        legal_entity: "US01".to_owned(),
        site: "DC-EAST".to_owned(),
        channel: "b2b-portal".to_owned(),
        customer_account: "C10010".to_owned(),
        correlation_id: "c-1".to_owned(),
        issued_at: "2026-03-02T14:05:00Z".parse().unwrap(),
        data,
    }
}

/// An announcement of three pieces and two cases.
pub(crate) fn announcement() -> Command {
    let line = |line_no, qty: &str, uom: &str| OrderLine {
        line_no,
        sku: format!("SKU-{line_no}"),
        qty: qty.parse().unwrap(),
        uom: uom.to_owned(),
        reason: Reason::DamagedInTransit,
        order: None,
        invoice_ref: None,
        serials: Vec::new(),
    };
    let data = Announcement {
        expires_at: Some("2026-04-01T04:00:00Z".parse().unwrap()),
        lines: vec![line(1, "3", "EA"), line(2, "2", "XCS")],
    };
    command(
        EffectKind::WmsRmaAsn,
        "announce",
        CommandData::AnnounceReturn(data),
    )
}

/// Its withdrawal.
pub(crate) fn cancellation() -> Command {
    let data = AnnouncementCancel {
        announced_as: announcement().effect_key,
        reason: "withdrawn by the customer".to_owned(),
    };
    command(
        EffectKind::WmsRmaCancel,
        "cancel",
        CommandData::CancelAnnouncement(data),
    )
}

/// A message to the customer.
pub(crate) fn notification() -> Command {
    let data = Notification {
        milestone: BusinessCode::R540,
        milestone_seq: 1,
        channel: "email".to_owned(),
        recipient: "C10010".to_owned(),
        values: [("amount".to_owned(), "72.64 USD".to_owned())].into(),
    };
    command(EffectKind::Notify, "notify", CommandData::Notify(data))
}

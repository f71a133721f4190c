//! Blocks of the README, commands, and what else tests need.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use canonical::command::Notification;
use canonical::{BusinessCode, Command, CommandData, EffectKey, EffectKind};
use connector::Settings;

/// Folder of this connector.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The block of the README.
pub(crate) fn block() -> Settings {
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let (_, text) = readme.split_once("```toml\n").unwrap();
    settings(text.split("```").next().unwrap(), &home())
}

/// The block of a configuration.
pub(crate) fn settings(text: &str, base_dir: &Path) -> Settings {
    let table: toml::Table = text.parse().unwrap();
    let mut table = table["connectors"]["mail"].as_table().unwrap().clone();
    assert_eq!(table.remove("type").unwrap().as_str(), Some("mail"));
    Settings {
        instance: "mail".to_owned(),
        table,
        base_dir: base_dir.to_owned(),
        published: connector::Published::default(),
    }
}

/// The README's block, to a server on this host without TLS.
pub(crate) fn leading_to(port: u16, password: Option<&str>) -> Settings {
    let mut settings = block();
    let mut set = |name: &str, value: toml::Value| settings.table.insert(name.to_owned(), value);
    set("host", "127.0.0.1".into());
    set("port", i64::from(port).into());
    set("security", "none".into());
    set("timeout", "1s".into());
    if let Some(password) = password {
        set("password", password.into());
    } else {
        settings.table.remove("user");
        settings.table.remove("password");
    }
    settings
}

/// A message about that milestone to that account.
pub(crate) fn notification(
    milestone: BusinessCode,
    account: &str,
    values: &[(&str, &str)],
) -> Command {
    let mut all = BTreeMap::from([
        ("rma_number".to_owned(), "RMA-1001".to_owned()),
        ("status".to_owned(), milestone.sentence().to_owned()),
    ]);
    let more = values.iter();
    all.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let material = format!("{milestone}-{account}");
    Command {
        effect_key: EffectKey::derive(&[&material]),
        key_text: material,
        kind: EffectKind::Notify,
        return_id: "01JNB6Y2Q8PMM8VD3NWJ8W2Z5T".to_owned(),
        rma_number: "RMA-1001".to_owned(),
        legal_entity: "US01".to_owned(),
        site: "DC-EAST".to_owned(),
        channel: "b2b-portal".to_owned(),
        customer_account: account.to_owned(),
        correlation_id: "c-1".to_owned(),
        issued_at: "2026-03-02T14:05:00Z".parse().unwrap(),
        data: CommandData::Notify(Notification {
            milestone,
            milestone_seq: 1,
            channel: "b2b-portal".to_owned(),
            recipient: account.to_owned(),
            values: all,
        }),
    }
}

/// What customers are told first.
pub(crate) fn authorised(account: &str) -> Command {
    let expires = [("expires_at", "2026-04-01T04:00:00Z")];
    notification(BusinessCode::R200, account, &expires)
}

/// What they are told last.
pub(crate) fn credited(account: &str) -> Command {
    notification(BusinessCode::R540, account, &[("credited", "72.64 USD")])
}

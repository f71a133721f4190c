//! Blocks of the README, mailboxes in temporary folders, and what else tests need.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use canonical::Command;
use connector::{Built, Failure, Inlet, Notes, Ports, Settings};
use testkit::notes::MemoryNotes;

/// Folder of this connector.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every block of the README, as the sidecar hands it over.
pub(crate) fn readme_blocks() -> Vec<Settings> {
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    blocks
        .flat_map(|block| settings(block.split("```").next().unwrap(), &home()))
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
        assert_eq!(table.remove("type").unwrap().as_str(), Some("edi-partner"));
        Settings {
            instance: instance.clone(),
            table,
            base_dir: base_dir.to_owned(),
            published: connector::Published::default(),
        }
    });
    blocks.collect()
}

/// The command of that condition.
pub(crate) fn command(condition: &str) -> Command {
    let path = home().join(format!("testdata/out/{condition}.command.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The command of that condition as one of many.
pub(crate) fn numbered(condition: &str, n: usize) -> Command {
    let mut command = command(condition);
    command.effect_key = canonical::EffectKey::derive(&[condition, &n.to_string()]);
    command
}

/// A message of that folder and condition.
pub(crate) fn message(name: &str) -> Vec<u8> {
    std::fs::read(home().join("testdata").join(name)).unwrap()
}

/// Ports whose notes outlive the connector.
pub(crate) struct Desk(pub(crate) Arc<MemoryNotes>);

impl Ports for Desk {
    fn http(&self, _path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        unreachable!("an EDI partner has no HTTP")
    }

    fn amqp(&self, _queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        unreachable!("an EDI partner has no queue")
    }

    fn notes(&self, _instance: &str) -> Arc<dyn Notes> {
        Arc::clone(&self.0) as Arc<dyn Notes>
    }
}

/// A block with a mailbox in a temporary folder.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) notes: Arc<MemoryNotes>,
    pub(crate) settings: Settings,
}

impl Site {
    /// The block of that name; `adjust` is laid over its profile.
    pub(crate) fn new(name: &str, adjust: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = block(name);
        folder.path().clone_into(&mut settings.base_dir);
        let mailbox = toml::toml! {
            kind = "folder"
            path = "mail"
            stable_for = "0s"
        };
        settings
            .table
            .insert("mailbox".into(), toml::Value::Table(mailbox));
        settings.table.insert("poll".into(), "5ms".into());
        let adjust: toml::Table = adjust.parse().unwrap();
        let own = settings
            .table
            .entry("adjust")
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        for (name, value) in adjust {
            own.as_table_mut().unwrap().insert(name, value);
        }
        let site = Self {
            folder,
            notes: Arc::new(MemoryNotes::default()),
            settings,
        };
        for name in ["in", "work", "done", "rejected", "out"] {
            std::fs::create_dir_all(site.path(name)).unwrap();
        }
        site
    }

    /// One of the five folders.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("mail").join(name)
    }

    /// The connector over this mailbox and these notes: each time as after a restart.
    pub(crate) fn build(&self) -> Built {
        let ports = Desk(Arc::clone(&self.notes));
        (edi_partner::CONNECTOR.build)(&self.settings, &ports).unwrap()
    }

    /// Puts a file into the inbox.
    pub(crate) fn drop_file(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path("in").join(name), bytes).unwrap();
    }

    /// Names of the files in one of the five folders.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    /// The text of a file in the outbox.
    pub(crate) fn out(&self, name: &str) -> String {
        std::fs::read_to_string(self.path("out").join(name)).unwrap()
    }
}

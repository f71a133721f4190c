//! What every mailbox must do. The partner's side of each is a folder of this machine: there the tests play the partner.
#![allow(dead_code, reason = "each test program uses what it needs")]

pub(crate) mod finishing;
pub(crate) mod names;
pub(crate) mod putting;
pub(crate) mod taking;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailbox::{Claimed, Fate, Mailbox, MailboxError, Options};
use serde::Deserialize as _;
use toml::{Table, Value};

/// A mailbox under test.
pub(crate) struct World {
    /// Its options.
    pub(crate) options: Table,
    /// The folder of this machine where its five folders are.
    pub(crate) root: PathBuf,
}

impl World {
    /// Opens the mailbox as another process would.
    pub(crate) fn open(&self) -> Arc<dyn Mailbox> {
        self.open_with(&[])
    }

    /// The same with some options set.
    pub(crate) fn open_with(&self, set: &[(&str, Value)]) -> Arc<dyn Mailbox> {
        self.options_with(set).open(Path::new("/")).unwrap()
    }

    pub(crate) fn options_with(&self, set: &[(&str, Value)]) -> Options {
        let mut table = self.options.clone();
        for (key, value) in set {
            table.insert((*key).to_owned(), value.clone());
        }
        Options::deserialize(Value::Table(table)).unwrap()
    }

    pub(crate) fn path(&self, folder: &str, name: &str) -> PathBuf {
        self.root.join(folder).join(name)
    }

    /// The partner writes a file, in one go.
    pub(crate) fn write(&self, folder: &str, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.root.join(folder)).unwrap();
        fs::write(self.path(folder, name), bytes).unwrap();
    }

    pub(crate) fn read(&self, folder: &str, name: &str) -> Vec<u8> {
        fs::read(self.path(folder, name)).unwrap()
    }

    /// Names of everything in a folder, in order; nothing if there is no such folder.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(items) = fs::read_dir(self.root.join(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = items
            .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Names of the files that are listed.
pub(crate) async fn listed(mailbox: &dyn Mailbox) -> Vec<String> {
    let entries = mailbox.list().await.unwrap();
    entries.into_iter().map(|entry| entry.name).collect()
}

/// Claims a file that is there.
pub(crate) async fn claim(mailbox: &dyn Mailbox, name: &str) -> Claimed {
    let claimed = mailbox.claim(name).await.unwrap().unwrap();
    assert_eq!(claimed.name, name);
    claimed
}

/// Claims a file, reads it, finishes it.
pub(crate) async fn take(mailbox: &dyn Mailbox, name: &str) -> Vec<u8> {
    let claimed = claim(mailbox, name).await;
    let content = mailbox.read(&claimed, u64::MAX).await.unwrap();
    mailbox.finish(&claimed, Fate::Done).await.unwrap();
    content.bytes.to_vec()
}

pub(crate) fn misconfigured<T: std::fmt::Debug>(result: Result<T, MailboxError>) -> String {
    match result {
        Err(MailboxError::Misconfigured(message)) => message,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn unavailable<T: std::fmt::Debug>(result: Result<T, MailboxError>) -> String {
    match result {
        Err(MailboxError::Unavailable(message)) => message,
        other => panic!("{other:?}"),
    }
}

/// True for the name under which a file is written before it appears.
pub(crate) fn is_hidden(seen: &str, name: &str) -> bool {
    let between = seen.strip_prefix(&format!(".{name}."));
    between.is_some_and(|rest| rest.strip_suffix(".tmp").is_some())
}

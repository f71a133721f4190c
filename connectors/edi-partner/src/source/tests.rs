//! Over a mailbox that is awkward: it refuses files, and it does one thing at a time, as an SFTP account does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use bytes::Bytes;
use connector::Settings;
use mailbox::{Content, Entry, Folder, MailboxError, Placed};
use tokio::sync::Mutex;

use super::*;
use crate::registration;

/// A folder with one line to it, on which each answer takes a while.
struct Awkward {
    inner: Folder,
    line: Mutex<()>,
    /// A file that cannot be claimed.
    unclaimable: &'static str,
    /// A file that cannot be finished.
    stuck: &'static str,
}

impl Awkward {
    async fn answer<T>(&self, of: impl Future<Output = T>) -> T {
        let _line = self.line.lock().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        of.await
    }
}

#[async_trait]
impl Mailbox for Awkward {
    async fn list(&self) -> Result<Vec<Entry>, MailboxError> {
        self.answer(self.inner.list()).await
    }

    async fn claim(&self, name: &str) -> Result<Option<Claimed>, MailboxError> {
        if name == self.unclaimable {
            let what = format!("{name}: we may not read it");
            return Err(MailboxError::Misconfigured(what));
        }
        self.answer(self.inner.claim(name)).await
    }

    async fn claimed(&self) -> Result<Vec<Claimed>, MailboxError> {
        self.answer(self.inner.claimed()).await
    }

    async fn read(&self, claimed: &Claimed, max_bytes: u64) -> Result<Content, MailboxError> {
        self.answer(self.inner.read(claimed, max_bytes)).await
    }

    async fn finish(&self, claimed: &Claimed, fate: Fate) -> Result<(), MailboxError> {
        if claimed.name == self.stuck {
            let what = format!("{}: it cannot be moved", claimed.name);
            return Err(MailboxError::Unavailable(what));
        }
        self.answer(self.inner.finish(claimed, fate)).await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError> {
        self.answer(self.inner.put(name, bytes)).await
    }

    async fn placed(&self, name: &str) -> Result<Option<Bytes>, MailboxError> {
        self.answer(self.inner.placed(name)).await
    }

    async fn probe(&self) -> Result<String, MailboxError> {
        self.inner.probe().await
    }
}

fn source(folder: &Path, unclaimable: &'static str, stuck: &'static str) -> EdiSource {
    let settings = Settings {
        instance: "acme".to_owned(),
        table: "profile = \"x12-4010\"\npoll = \"1ms\"".parse().unwrap(),
        base_dir: folder.to_owned(),
        published: connector::Published::default(),
    };
    let folder_options: mailbox::FolderOptions =
        toml::from_str("path = \".\"\nstable_for = \"0s\"").unwrap();
    let mailbox = Arc::new(Awkward {
        inner: Folder::new(&folder_options, folder),
        line: Mutex::default(),
        unclaimable,
        stuck,
    });
    let Ok((options, codec)) = registration::codec(&settings, &connector::InForce::default())
    else {
        panic!("the block is right");
    };
    let notes = Arc::<testkit::notes::MemoryNotes>::default();
    let ledger = Ledger::new(notes, "out".to_owned());
    let partner = Arc::clone(&codec.partner);
    EdiSource::new("acme", &options, partner, mailbox, ledger, Arc::default()).unwrap()
}

fn drop_in(folder: &Path, names: &[&str]) {
    let inbox = folder.join("in");
    std::fs::create_dir_all(&inbox).unwrap();
    for name in names {
        std::fs::write(inbox.join(name), format!("rubbish {name}")).unwrap();
    }
}

fn done(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("done")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_file_that_cannot_be_claimed_keeps_no_other_out() {
    let folder = tempfile::tempdir().unwrap();
    drop_in(folder.path(), &["a", "b", "c"]);
    let mut source = source(folder.path(), "a", "");
    let (mut taken, mut said) = (Vec::new(), 0);
    for _ in 0..6 {
        match tokio::time::timeout(Duration::from_secs(5), source.next()).await {
            Ok(Ok(Some(inbound))) => taken.push(inbound.origin.reference),
            Ok(Err(_)) => said += 1,
            Ok(Ok(None)) | Err(_) => panic!("the source ended or hangs"),
        }
    }
    assert_eq!(taken, ["b", "c"]);
    assert!(said > 0, "what hinders is said");
}

/// The router asks for more without waiting, gives that up, and settles what it has.
#[tokio::test]
async fn a_look_that_was_given_up_does_not_hold_the_line() {
    let folder = tempfile::tempdir().unwrap();
    drop_in(folder.path(), &["a"]);
    let mut source = source(folder.path(), "", "");
    for turn in 1..=5 {
        let first = source.next().await.unwrap().unwrap();
        drop_in(folder.path(), &[&format!("more{turn}")]);
        tokio::time::sleep(Duration::from_millis(3)).await;
        let more = tokio::time::timeout(Duration::from_millis(1), source.next()).await;
        assert!(more.is_err(), "{more:?}");
        let settled = source.settle(&first.origin, Settlement::Stored);
        let settled = tokio::time::timeout(Duration::from_secs(5), settled).await;
        settled.expect("the look holds the line").unwrap();
        assert_eq!(done(folder.path()), turn);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_finished_keeps_no_other_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    drop_in(folder.path(), &["a", "b", "c"]);
    let mut source = source(folder.path(), "", "a");
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(source.next().await.unwrap().unwrap());
    }
    // All of them failed once: the mailbox was away.
    for inbound in open {
        source.unsettled.push_back((inbound.origin.token, false));
    }
    let begun = Instant::now();
    while source.unsettled.len() > 1 {
        assert!(begun.elapsed().as_secs() < 5, "{:?}", source.unsettled);
        let wait = tokio::time::timeout(Duration::from_millis(7), source.next()).await;
        assert!(wait.is_err(), "{wait:?}");
    }
    assert_eq!(done(folder.path()), 2);
}

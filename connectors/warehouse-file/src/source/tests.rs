//! Over a mailbox that is awkward: it is slow, does one thing at a time, or refuses a file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use connector::Settings;
use mailbox::{Claimed, Content, Entry, Fate, Folder, MailboxError, Placed};
use tokio::sync::Mutex;

use super::*;
use crate::registration;

/// A folder with one line to it, on which each answer takes a while, as of an SFTP account.
struct Awkward {
    inner: Folder,
    line: Mutex<()>,
    takes: Duration,
    /// A file that cannot be claimed.
    refuses: &'static str,
}

impl Awkward {
    async fn answer<T>(&self, of: impl Future<Output = T>) -> T {
        let _line = self.line.lock().await;
        tokio::time::sleep(self.takes).await;
        of.await
    }
}

#[async_trait]
impl Mailbox for Awkward {
    async fn list(&self) -> Result<Vec<Entry>, MailboxError> {
        self.answer(self.inner.list()).await
    }

    async fn claim(&self, name: &str) -> Result<Option<Claimed>, MailboxError> {
        if name == self.refuses {
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

fn source(folder: &Path, takes: Duration, refuses: &'static str) -> FileSource {
    let settings = Settings {
        instance: "dc-west".to_owned(),
        table: toml::Table::new(),
        base_dir: folder.to_owned(),
        published: connector::Published::default(),
    };
    let options: mailbox::FolderOptions =
        toml::from_str("path = \".\"\nstable_for = \"0s\"").unwrap();
    let codec = Arc::new(registration::governed(&settings).unwrap());
    FileSource::new(Ways {
        instance: settings.instance,
        mailbox: Arc::new(Awkward {
            inner: Folder::new(&options, folder),
            line: Mutex::default(),
            takes,
            refuses,
        }),
        ledger: Ledger(Arc::<testkit::notes::MemoryNotes>::default()),
        codec,
        poll: Duration::from_millis(5),
        max_bytes: 1_000_000,
        pattern: "*".to_owned(),
        acknowledge: true,
        sequence: None,
    })
}

#[tokio::test]
async fn a_file_that_cannot_be_claimed_keeps_no_other_out() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("in");
    std::fs::create_dir(&inbox).unwrap();
    for name in ["a.rtn", "b.rtn", "c.rtn"] {
        std::fs::write(inbox.join(name), name).unwrap();
    }
    let mut source = source(folder.path(), Duration::ZERO, "a.rtn");
    let (mut taken, mut said) = (Vec::new(), 0);
    for _ in 0..6 {
        match tokio::time::timeout(Duration::from_secs(5), source.next()).await {
            Ok(Ok(Some(inbound))) => taken.push(inbound.origin.reference),
            Ok(Err(failure)) => {
                assert_eq!(failure.code, crate::failures::MISCONFIGURED);
                said += 1;
            }
            Ok(Ok(None)) | Err(_) => panic!("the source ended or hangs"),
        }
    }
    assert_eq!(taken, ["b.rtn", "c.rtn"]);
    assert!(said > 0, "what hinders is said");
}

/// Whoever waits gives up before the mailbox has given a single answer, again and again: nothing is lost, nothing hangs, and
/// a file that was taken before is ended.
#[tokio::test]
async fn a_wait_that_is_given_up_at_every_point_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("in");
    std::fs::create_dir(&inbox).unwrap();
    for name in ["a.rtn", "b.rtn", "c.rtn"] {
        std::fs::write(inbox.join(name), name).unwrap();
    }
    let mut source = source(folder.path(), Duration::from_millis(20), "");
    let done = || std::fs::read_dir(folder.path().join("done")).map_or(0, Iterator::count);
    let begun = std::time::Instant::now();
    let (mut taken, mut copied) = (Vec::new(), false);
    while done() < 4 {
        assert!(begun.elapsed().as_secs() < 20, "{taken:?}");
        let next = tokio::time::timeout(Duration::from_millis(7), source.next());
        if let Ok(next) = next.await {
            let inbound = next.unwrap().unwrap();
            // The router asks for more without waiting, and then settles what it has.
            let more = tokio::time::timeout(Duration::from_millis(7), source.next());
            assert!(more.await.is_err());
            let settled = source.settle(&inbound.origin, Settlement::Stored);
            let settled = tokio::time::timeout(Duration::from_secs(5), settled);
            settled.await.expect("a step holds the line").unwrap();
            taken.push(inbound.origin.reference);
        }
        if taken.len() == 3 && !copied {
            // The same bytes once more: ended without a word.
            std::fs::write(inbox.join("again.rtn"), "b.rtn").unwrap();
            copied = true;
        }
    }
    taken.sort();
    assert_eq!(taken, ["a.rtn", "b.rtn", "c.rtn"]);
    let left = std::fs::read_dir(folder.path().join("work")).unwrap();
    assert_eq!(left.count(), 0);
}

//! The port: what a mailbox must do, wherever it is.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// A file that waits in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without a folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: Timestamp,
}

/// A file that was taken, and is nobody else's until it is finished.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claimed {
    /// The name that the partner gave it.
    pub name: String,
    /// Its name among the claimed ones.
    pub claim: String,
}

/// What a claimed file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The bytes, at most as many as asked for.
    pub bytes: Bytes,
    /// Size of the whole file.
    pub size: u64,
    /// Last change by the partner.
    pub modified: Timestamp,
}

impl Content {
    /// True if the file is larger than what was read.
    pub fn is_cut(&self) -> bool {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX) < self.size
    }
}

/// Where a finished file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// To `done`.
    Done,
    /// To `rejected`.
    Rejected,
}

/// What became of a file that was put into the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It is there now.
    New,
    /// The same file was there before.
    Already,
}

/// Why a mailbox did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// Surely nothing done: no connection, no such host, disk full, refused without a reason.
    #[error("{0}")]
    Unavailable(String),
    /// The connection broke while a file was being renamed: it may be here or there.
    #[error("{0}")]
    InDoubt(String),
    /// Wrong key, password, host key or folder: a person must mend the configuration.
    #[error("{0}")]
    Misconfigured(String),
    /// A file of that name is there and holds something else.
    #[error("{name} is there already and holds something else")]
    Conflict {
        /// The file.
        name: String,
    },
}

/// Where files are exchanged with a partner.
///
/// # Behaviour
/// - Names that begin with a dot, or end in `.tmp`, `.part` or `.filepart`, are never listed: somebody is writing them.
/// - A file is listed only when two looks found it unchanged, as far apart as configured, or when its marker lies beside it.
/// - Of several that claim the same file one gets it.
/// - A claim whose outcome was not heard (an error in doubt, a future that was dropped) is listed again by the same mailbox.
/// - Names are shown with odd bytes as `%XX`; what is passed in is what was shown.
/// - A failure of one file says nothing of its neighbours. Nothing is tried again in here: the caller looks again later.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Files that wait in the inbox, in the order of their names.
    async fn list(&self) -> Result<Vec<Entry>, MailboxError>;

    /// Takes a file. None: it is gone, somebody else has it.
    async fn claim(&self, name: &str) -> Result<Option<Claimed>, MailboxError>;

    /// Files that were claimed and not finished: left by an earlier run. Also those on which this or another process works: ask at
    /// the start.
    async fn claimed(&self) -> Result<Vec<Claimed>, MailboxError>;

    /// Reads a claimed file, at most that many bytes of it.
    async fn read(&self, claimed: &Claimed, max_bytes: u64) -> Result<Content, MailboxError>;

    /// Moves a claimed file away. One that is gone already was finished before: no error. A name that is taken there gets
    /// a number.
    async fn finish(&self, claimed: &Claimed, fate: Fate) -> Result<(), MailboxError>;

    /// Puts a file into the outbox, whole and durable. The same name with the same bytes again is [`Placed::Already`],
    /// with other bytes [`MailboxError::Conflict`].
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError>;

    /// Bytes of a file in the outbox (none: not there, or taken away by the partner).
    async fn placed(&self, name: &str) -> Result<Option<Bytes>, MailboxError>;

    /// Reaches it without changing anything. A sentence for people.
    async fn probe(&self) -> Result<String, MailboxError>;
}

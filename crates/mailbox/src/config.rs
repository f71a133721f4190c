//! Options of a mailbox, as connectors take them into their blocks.

mod check;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::folder::Folder;
use crate::port::{Mailbox, MailboxError};
use crate::sftp::Sftp;

/// Where files are exchanged: `{ kind = "folder", … }` or `{ kind = "sftp", … }`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schemars(rename = "Mailbox")]
pub enum Options {
    /// A folder of this machine, or of a share that is mounted here.
    Folder(FolderOptions),
    /// An account on an SFTP server.
    Sftp(Box<SftpOptions>),
}

/// Options of a folder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FolderOptions {
    /// The folder, relative to the configuration file.
    pub path: PathBuf,
    /// Names of the five folders below it; an absolute path stands for itself.
    #[serde(default)]
    pub folders: Folders,
    /// True to make the folders that are missing. Set it to false for a share: one that is not mounted must not look like an
    /// empty inbox.
    #[serde(default = "yes")]
    pub create: bool,
    /// How long a file must not have changed before it is taken. "0s": at once, for partners that write under another name
    /// and rename.
    #[serde(default = "two_seconds")]
    #[schemars(with = "String")]
    pub stable_for: SignedDuration,
    /// Ending of the empty file by which the partner says that a file is whole: ".done" for `NAME.done`. With it, files
    /// without one are not taken, and `stable_for` is not asked.
    pub done_marker: Option<String>,
}

/// Options of an SFTP account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SftpOptions {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// Our user there.
    pub user: String,
    /// The server's key, as the partner tells it: `ssh-ed25519 AAAA…`, or its fingerprint `SHA256:…`. Without it nothing is
    /// exchanged: the error says the fingerprint that was seen.
    pub host_key: Option<String>,
    /// File with our private key (OpenSSH or PEM; ed25519 or ECDSA), relative to the configuration file.
    pub key_file: Option<PathBuf>,
    /// Passphrase of the private key, if it has one.
    #[schemars(with = "Option<String>")]
    pub passphrase: Option<SecretString>,
    /// Password, for servers that take no keys.
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// Folder there that the five folders are relative to. Empty: the one where the login leads.
    #[serde(default)]
    pub path: String,
    /// Names of the five folders below it; an absolute path stands for itself.
    #[serde(default)]
    pub folders: Folders,
    /// True to make the folders that are missing.
    #[serde(default = "yes")]
    pub create: bool,
    /// How long a file must not have changed before it is taken. "0s": at once, for partners that write under another name
    /// and rename.
    #[serde(default = "ten_seconds")]
    #[schemars(with = "String")]
    pub stable_for: SignedDuration,
    /// Ending of the empty file by which the partner says that a file is whole: ".done" for `NAME.done`. With it, files
    /// without one are not taken, and `stable_for` is not asked.
    pub done_marker: Option<String>,
    /// Longest time to get a connection, with key exchange and login.
    #[serde(default = "ten_seconds")]
    #[schemars(with = "String")]
    pub connect_timeout: SignedDuration,
    /// Longest time for one request to the server (not for a whole file).
    #[serde(default = "thirty_seconds")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
}

/// Names of the five folders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Folders {
    /// Where the partner puts files for us.
    #[serde(rename = "in")]
    pub inbox: String,
    /// Where files are while we work on them.
    pub work: String,
    /// Where files go that were taken in.
    pub done: String,
    /// Where files go that were refused.
    pub rejected: String,
    /// Where we put files for the partner.
    pub out: String,
}

impl Default for Folders {
    fn default() -> Self {
        Self {
            inbox: "in".to_owned(),
            work: "work".to_owned(),
            done: "done".to_owned(),
            rejected: "rejected".to_owned(),
            out: "out".to_owned(),
        }
    }
}

impl Options {
    /// The mailbox. Relative paths start from `base_dir`, the folder of the configuration file. Reaches nobody yet, and makes
    /// no folders; reads the key file.
    pub fn open(&self, base_dir: &Path) -> Result<Arc<dyn Mailbox>, MailboxError> {
        if let Some((option, what, fix)) =
            self.check(base_dir).into_iter().find(|p| p.0 != HOST_KEY)
        {
            let message = format!("mailbox: {option}: {what}; {fix}");
            return Err(MailboxError::Misconfigured(message));
        }
        Ok(match self {
            Self::Folder(options) => Arc::new(Folder::new(options, base_dir)),
            Self::Sftp(options) => Arc::new(Sftp::new(options, base_dir)?),
        })
    }

    /// Everything wrong with it, as (option, what is wrong, what to do). Reaches nobody.
    pub fn check(&self, base_dir: &Path) -> Vec<(String, String, String)> {
        check::check(self, base_dir)
    }
}

/// Its absence is a problem, and yet the mailbox opens: reaching the server tells its fingerprint.
const HOST_KEY: &str = "host_key";

const fn yes() -> bool {
    true
}

const fn ssh_port() -> u16 {
    22
}

const fn two_seconds() -> SignedDuration {
    SignedDuration::from_secs(2)
}

const fn ten_seconds() -> SignedDuration {
    SignedDuration::from_secs(10)
}

const fn thirty_seconds() -> SignedDuration {
    SignedDuration::from_secs(30)
}

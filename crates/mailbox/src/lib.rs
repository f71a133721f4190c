#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod config;
mod doubt;
mod folder;
mod name;
mod number;
mod port;
mod ready;
mod sftp;

pub use config::{FolderOptions, Folders, Options, SftpOptions};
pub use folder::Folder;
pub use port::{Claimed, Content, Entry, Fate, Mailbox, MailboxError, Placed};
pub use sftp::Sftp;

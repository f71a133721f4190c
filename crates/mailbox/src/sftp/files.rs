//! Files on the server: what lies in a folder, what one holds.

use bytes::Bytes;
use jiff::Timestamp;
use russh_sftp::client::fs::Metadata;
use tokio::io::AsyncReadExt as _;

use super::line::{Line, Trouble};
use crate::name;
use crate::port::{Content, Entry, MailboxError};

/// Bytes that are asked for at once.
const CHUNK: usize = 64 * 1024;

/// What lies in a folder.
pub(super) struct Found {
    /// Plain files whose names are text, in order. Links, folders and pipes are left out, and hidden files.
    pub(super) plain: Vec<Entry>,
    /// Names that are not UTF-8: the server cannot be asked for such a file.
    pub(super) garbled: Vec<String>,
}

/// Lists a folder.
pub(super) async fn list(line: &Line, folder: &str) -> Result<Found, MailboxError> {
    let items = line
        .ask(line.sftp().read_dir(folder))
        .await
        .map_err(|trouble| trouble.harmless("the folder cannot be read", folder))?;
    let mut found = Found {
        plain: Vec::new(),
        garbled: Vec::new(),
    };
    for item in items {
        let (name, data) = (item.file_name(), item.metadata());
        if name.starts_with('.') || name.contains('/') || !is_plain(&data) {
            continue;
        }
        if name.contains(char::REPLACEMENT_CHARACTER) {
            found.garbled.push(name);
        } else {
            found.plain.push(entry(name::shown(name.as_bytes()), &data));
        }
    }
    found.plain.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

pub(super) fn entry(name: String, data: &Metadata) -> Entry {
    Entry {
        name,
        size: data.size.unwrap_or(0),
        modified: modified(data),
    }
}

/// Servers that tell no kind have nothing but files.
fn is_plain(data: &Metadata) -> bool {
    data.permissions.is_none() || data.is_regular() && !data.is_symlink()
}

fn modified(data: &Metadata) -> Timestamp {
    data.mtime
        .and_then(|second| Timestamp::from_second(i64::from(second)).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What has a name.
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// A plain file.
    File(Metadata),
    /// Something else: a folder, a link, a pipe.
    Other,
}

/// What has that name, by one question: what comes or goes meanwhile is seen as one or the other.
pub(super) async fn there(line: &Line, path: &str) -> Result<There, Trouble> {
    match line.ask(line.sftp().symlink_metadata(path)).await {
        Ok(data) if is_plain(&data) => Ok(There::File(data)),
        Ok(_) => Ok(There::Other),
        Err(Trouble::Missing) => Ok(There::Nothing),
        Err(trouble) => Err(trouble),
    }
}

/// What is known of a plain file. None: it is not there, or something else.
pub(super) async fn look(line: &Line, path: &str) -> Result<Option<Metadata>, Trouble> {
    Ok(match there(line, path).await? {
        There::File(data) => Some(data),
        There::Nothing | There::Other => None,
    })
}

/// True if anything has that name.
pub(super) async fn exists(line: &Line, path: &str) -> Result<bool, Trouble> {
    Ok(!matches!(there(line, path).await?, There::Nothing))
}

/// Reads a file, at most that many bytes of it.
pub(super) async fn read(line: &Line, path: &str, max_bytes: u64) -> Result<Content, Trouble> {
    let file = line.ask(line.sftp().open(path)).await?;
    let data = line.ask(file.metadata()).await?;
    let mut rest = file.take(max_bytes);
    let mut bytes = Vec::new();
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        if line.step(rest.read_buf(&mut chunk)).await? == 0 {
            break;
        }
        bytes.append(&mut chunk);
    }
    line.step(rest.into_inner().close()).await?;
    Ok(Content {
        size: data.size.unwrap_or(0),
        modified: modified(&data),
        bytes: Bytes::from(bytes),
    })
}

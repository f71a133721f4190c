//! Puts files into the outbox: written under a hidden name, checked, and given its own name at once.

use bytes::Bytes;
use russh_sftp::protocol::OpenFlags;
use tokio::io::AsyncWriteExt as _;

use super::files::{self, There};
use super::line::{Line, Trouble};
use super::place::{Place, joined};
use crate::name;
use crate::port::{MailboxError, Placed};

/// Bytes that are written at once.
const CHUNK: usize = 32 * 1024;
/// Nothing that we put is larger.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Puts it.
pub(super) async fn put(
    line: &Line,
    place: &Place,
    name: &str,
    bytes: &[u8],
) -> Result<Placed, MailboxError> {
    let target = joined(&place.out, name);
    if let Some(placed) = again(line, &target, name, bytes).await? {
        return Ok(placed);
    }
    let temporary = joined(&place.out, &name::temporary(name, bytes));
    if let Err(trouble) = write(line, &temporary, bytes).await {
        return Err(trouble.harmless("the file cannot be written", &target));
    }
    let named = match appear(line, &temporary, &target).await {
        // A link leaves the hidden name behind.
        Ok(Appeared::Linked) => {
            forget(line, &temporary).await;
            return Ok(Placed::New);
        }
        Ok(Appeared::Moved) => return Ok(Placed::New),
        Err(Trouble::Lost(why)) => {
            let message = format!("{target}: while it was being put {why}");
            return Err(MailboxError::InDoubt(message));
        }
        Err(trouble) => trouble,
    };
    // Refused: usually because somebody else put it meanwhile.
    let there = again(line, &target, name, bytes).await;
    // OpenSSH renames by a link and the removal of the old name, and takes the new name back if the old one has
    // gone meanwhile. So while another process may be renaming the same bytes, the hidden file stays; the next put
    // of the same bytes takes it.
    if line.links() || !matches!(there, Ok(Some(_))) {
        forget(line, &temporary).await;
    }
    there?.ok_or_else(|| named.harmless("the file cannot be put", &target))
}

/// How the file got its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Appeared {
    Linked,
    Moved,
}

/// Gives the written file its name, unless that is taken: by a link where the server has them, which nobody takes
/// back, and else by a rename.
async fn appear(line: &Line, temporary: &str, target: &str) -> Result<Appeared, Trouble> {
    if line.links() {
        match line.ask(line.sftp().hardlink(temporary, target)).await {
            Ok(true) => return Ok(Appeared::Linked),
            // The name is taken, or its file system knows no links.
            Err(Trouble::Refused(why)) if files::exists(line, target).await? => {
                return Err(Trouble::Refused(why));
            }
            Ok(false) | Err(Trouble::Refused(_) | Trouble::Denied(_)) => line.set_linkless(),
            Err(trouble) => return Err(trouble),
        }
    }
    line.ask(line.sftp().rename(temporary, target)).await?;
    Ok(Appeared::Moved)
}

/// Removes the hidden file. If it stays, the next put of the same bytes takes it.
async fn forget(line: &Line, temporary: &str) {
    drop(line.ask(line.sftp().remove_file(temporary)).await);
}

/// Is a file of that name there, and is it the same?
async fn again(
    line: &Line,
    target: &str,
    name: &str,
    bytes: &[u8],
) -> Result<Option<Placed>, MailboxError> {
    let cannot = |trouble: Trouble| trouble.harmless("the file cannot be compared", target);
    let conflict = || MailboxError::Conflict {
        name: name.to_owned(),
    };
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    match files::there(line, target).await.map_err(cannot)? {
        There::Nothing => return Ok(None),
        There::File(data) if data.size == Some(size) => {}
        There::File(_) | There::Other => return Err(conflict()),
    }
    match files::read(line, target, size.saturating_add(1)).await {
        Ok(content) if content.bytes == bytes => Ok(Some(Placed::Already)),
        Ok(_) => Err(conflict()),
        Err(Trouble::Missing) => Ok(None),
        Err(trouble) => Err(cannot(trouble)),
    }
}

/// Writes it, whole. Does not cut the file first: another process may be writing the same bytes there.
async fn write(line: &Line, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let flags = OpenFlags::CREATE | OpenFlags::WRITE;
    let mut file = line.ask(line.sftp().open_with_flags(path, flags)).await?;
    for chunk in bytes.chunks(CHUNK) {
        line.step(file.write_all(chunk)).await?;
    }
    line.step(file.flush()).await?;
    // Not every server can; OpenSSH does.
    match line.ask(file.sync_all()).await {
        Ok(()) => {}
        Err(Trouble::Missing | Trouble::Denied(_) | Trouble::Refused(_)) => {
            tracing::debug!("the server does not make a written file durable");
        }
        Err(lost) => return Err(lost),
    }
    // Asked by its handle: another process that put the same file may have renamed it by now.
    let size = line.ask(file.metadata()).await?.size;
    line.step(file.close()).await?;
    if size.is_some_and(|size| u64::try_from(bytes.len()) != Ok(size)) {
        drop(line.ask(line.sftp().remove_file(path)).await);
        let why = format!("{} bytes were written and {size:?} are there", bytes.len());
        return Err(Trouble::Refused(why));
    }
    Ok(())
}

/// What a file of the outbox holds.
pub(super) async fn placed(
    line: &Line,
    place: &Place,
    name: &str,
) -> Result<Option<Bytes>, MailboxError> {
    let path = joined(&place.out, name);
    let cannot = |trouble: Trouble| trouble.harmless("the file cannot be read", &path);
    if files::look(line, &path).await.map_err(cannot)?.is_none() {
        return Ok(None);
    }
    match files::read(line, &path, LARGEST).await {
        Ok(content) if content.is_cut() => Err(MailboxError::Conflict {
            name: name.to_owned(),
        }),
        Ok(content) => Ok(Some(content.bytes)),
        Err(Trouble::Missing) => Ok(None),
        Err(trouble) => Err(cannot(trouble)),
    }
}

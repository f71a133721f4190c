//! Takes files from the inbox: find, claim, read.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;

use super::fault::{doubt, fault};
use super::place::{Place, file, sync};
use crate::doubt::{Doubts, Pending};
use crate::name;
use crate::port::{Claimed, Content, Entry, MailboxError};
use crate::ready::Ready;

/// Plain files in the inbox, whole or not. Links, folders and pipes are nobody's mail.
pub(super) fn found(place: &Place) -> Result<Vec<Entry>, MailboxError> {
    files(&place.inbox)
}

fn files(folder: &Path) -> Result<Vec<Entry>, MailboxError> {
    let cannot = |error: &std::io::Error| fault("the folder cannot be read", folder, error);
    let mut entries = Vec::new();
    for item in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let item = item.map_err(|error| cannot(&error))?;
        let name = name::shown(item.file_name().as_bytes());
        if name.starts_with('.') {
            continue;
        }
        if let Some(data) = plain(&item.path())? {
            entries.push(Entry {
                name,
                size: data.len(),
                modified: modified(&data),
            });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What is known of a plain file. None: it is gone, or something else.
pub(super) fn plain(path: &Path) -> Result<Option<Metadata>, MailboxError> {
    match fs::symlink_metadata(path) {
        Ok(data) => Ok(data.is_file().then_some(data)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("the file is not reached", path, &error)),
    }
}

fn modified(data: &Metadata) -> Timestamp {
    data.modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Claims a file. None: somebody else has it.
pub(super) fn claim(
    place: &Place,
    pending: Pending,
    marker: Option<&str>,
) -> Result<Option<Pending>, MailboxError> {
    let from = file(&place.inbox, name::of_claim(pending.claim()));
    let to = file(&place.work, pending.claim());
    // Before it is ours: a file that cannot be read stays where it is, and what the partner wrote becomes durable.
    match plain(&from).map(|data| data.map(|_| File::open(&from).and_then(|f| f.sync_all()))) {
        Ok(Some(Ok(()))) => {}
        Ok(None) => return Ok(none(pending)),
        Ok(Some(Err(error))) if error.kind() == ErrorKind::NotFound => return Ok(none(pending)),
        Ok(Some(Err(error))) => {
            pending.not_made();
            return Err(fault("the file cannot be read", &from, &error));
        }
        Err(error) => {
            pending.not_made();
            return Err(error);
        }
    }
    match fs::rename(&from, &to) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(none(pending)),
        Err(error) => {
            pending.not_made();
            return Err(fault("the file cannot be claimed", &from, &error));
        }
    }
    // From here on it is among the claimed ones: an error leaves it in doubt, and it is listed again.
    sync(&place.work)
        .and_then(|()| sync(&place.inbox))
        .map_err(|error| doubt("the claim may not last", &to, &error))?;
    if let Some(marker) = marker {
        remove_marker(place, marker);
    }
    Ok(Some(pending))
}

fn none(pending: Pending) -> Option<Pending> {
    pending.not_made();
    None
}

/// A marker that stays would make the next file of that name look whole at once.
fn remove_marker(place: &Place, marker: &str) {
    let path = file(&place.inbox, marker);
    match fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(
                file.name = marker,
                "a done-marker cannot be removed: {error}"
            );
        }
    }
}

/// True if a file of that name is among the claimed ones.
pub(super) fn is_claimed(place: &Place, claim: &str) -> Result<bool, MailboxError> {
    Ok(plain(&file(&place.work, claim))?.is_some())
}

/// Adds the files whose claim is in doubt, and forgets those whose claim was not made after all.
pub(super) fn add_doubts(
    place: &Place,
    doubts: &Doubts,
    entries: &mut Vec<Entry>,
) -> Result<(), MailboxError> {
    for claimed in doubts.all() {
        match plain(&file(&place.work, &claimed.claim))? {
            Some(data) => {
                entries.retain(|entry| entry.name != claimed.name);
                entries.push(Entry {
                    name: claimed.name,
                    size: data.len(),
                    modified: modified(&data),
                });
            }
            None => drop(doubts.take(&claimed.name)),
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Files that were claimed and not finished.
pub(super) fn claimed(place: &Place, ready: &Ready) -> Result<Vec<Claimed>, MailboxError> {
    let mut claimed = Vec::new();
    for entry in files(&place.work)? {
        let name = name::of_claim(&entry.name).to_owned();
        // The run that claimed it may have ended before it removed the marker.
        if let Some(marker) = ready.marker(&name)
            && plain(&file(&place.inbox, &name))?.is_none()
        {
            remove_marker(place, &marker);
        }
        claimed.push(Claimed {
            name,
            claim: entry.name,
        });
    }
    claimed.sort();
    Ok(claimed)
}

/// Reads a claimed file.
pub(super) fn read(place: &Place, claim: &str, max_bytes: u64) -> Result<Content, MailboxError> {
    let path = file(&place.work, claim);
    let cannot = |error: &std::io::Error| fault("the claimed file cannot be read", &path, error);
    if plain(&path)?.is_none() {
        let message = format!("{} is not among the claimed files any more", path.display());
        return Err(MailboxError::Unavailable(message));
    }
    let opened = File::open(&path).map_err(|error| cannot(&error))?;
    let data = opened.metadata().map_err(|error| cannot(&error))?;
    let mut bytes = Vec::new();
    let read = opened.take(max_bytes).read_to_end(&mut bytes);
    read.map_err(|error| cannot(&error))?;
    Ok(Content {
        bytes: Bytes::from(bytes),
        size: data.len(),
        modified: modified(&data),
    })
}

//! Puts files into the outbox: written under a hidden name, made durable, and linked to their own name at once.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use bytes::Bytes;

use super::fault::{doubt, fault};
use super::place::{Place, sync};
use super::taking::plain;
use crate::name;
use crate::port::{MailboxError, Placed};

/// Puts it.
pub(super) fn put(place: &Place, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError> {
    let target = place.out.join(name);
    if fs::symlink_metadata(&target).is_ok() {
        return again(place, name, bytes);
    }
    let temporary = place.out.join(name::temporary(name, bytes));
    write(&temporary, bytes).map_err(|error| {
        drop(fs::remove_file(&temporary));
        fault("the file cannot be written", &target, &error)
    })?;
    let linked = link(&temporary, &target);
    let moved = linked.as_ref().is_ok_and(|how| *how == Appeared::Moved);
    if !moved {
        // If it stays, the next put of the same bytes takes it.
        drop(fs::remove_file(&temporary));
    }
    match linked {
        Ok(_) => {}
        // Somebody else put it meanwhile.
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            return again(place, name, bytes);
        }
        Err(error) => return Err(fault("the file cannot be put", &target, &error)),
    }
    sync(&place.out).map_err(|error| doubt("the file may not last", &target, &error))?;
    Ok(Placed::New)
}

/// How the file got its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Appeared {
    Linked,
    Moved,
}

/// Gives the written file its name, unless that is taken.
fn link(temporary: &Path, target: &Path) -> std::io::Result<Appeared> {
    match fs::hard_link(temporary, target) {
        Ok(()) => Ok(Appeared::Linked),
        // A file system that knows no links.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::Unsupported
            ) && fs::symlink_metadata(target).is_err() =>
        {
            fs::rename(temporary, target).map(|()| Appeared::Moved)
        }
        Err(error) => Err(error),
    }
}

/// Does not cut the file first: another process may be writing the same bytes there.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.write_all(bytes)?;
    file.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    file.sync_all()
}

/// A file of that name is there: is it the same?
fn again(place: &Place, name: &str, bytes: &[u8]) -> Result<Placed, MailboxError> {
    let target = place.out.join(name);
    let conflict = || MailboxError::Conflict {
        name: name.to_owned(),
    };
    let cannot = |error: &std::io::Error| fault("the file cannot be compared", &target, error);
    let data = match fs::symlink_metadata(&target) {
        Ok(data) if data.is_file() => data,
        Ok(_) => return Err(conflict()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("{} was there and is gone: {error}", target.display());
            return Err(MailboxError::Unavailable(message));
        }
        Err(error) => return Err(cannot(&error)),
    };
    if data.len() != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(conflict());
    }
    let mut file = File::open(&target).map_err(|error| cannot(&error))?;
    let mut there = Vec::with_capacity(bytes.len());
    file.read_to_end(&mut there)
        .map_err(|error| cannot(&error))?;
    if there != bytes {
        return Err(conflict());
    }
    // The run that put it may have ended before it was durable.
    file.sync_all()
        .and_then(|()| sync(&place.out))
        .map_err(|error| doubt("the file may not last", &target, &error))?;
    Ok(Placed::Already)
}

/// What a file of the outbox holds.
pub(super) fn placed(place: &Place, name: &str) -> Result<Option<Bytes>, MailboxError> {
    let path = place.out.join(name);
    if plain(&path)?.is_none() {
        return Ok(None);
    }
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("the file cannot be read", &path, &error)),
    }
}

//! Where the five folders are, and that they are there.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::fault::fault;
use super::taking;
use crate::config::FolderOptions;
use crate::name;
use crate::port::{Fate, MailboxError};

/// The five folders.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) inbox: PathBuf,
    pub(super) work: PathBuf,
    done: PathBuf,
    rejected: PathBuf,
    pub(super) out: PathBuf,
    create: bool,
}

impl Place {
    pub(super) fn new(options: &FolderOptions, base_dir: &Path) -> Self {
        let root = base_dir.join(&options.path);
        let folders = &options.folders;
        Self {
            inbox: root.join(&folders.inbox),
            work: root.join(&folders.work),
            done: root.join(&folders.done),
            rejected: root.join(&folders.rejected),
            out: root.join(&folders.out),
            create: options.create,
        }
    }

    /// Where finished files go.
    pub(super) fn fate(&self, fate: Fate) -> &Path {
        match fate {
            Fate::Done => &self.done,
            Fate::Rejected => &self.rejected,
        }
    }

    /// The folders that files are taken by: they are there, and on one file system.
    pub(super) fn prepare_in(&self) -> Result<(), MailboxError> {
        let device = self.prepare(&self.inbox)?;
        for folder in [&self.work, &self.done, &self.rejected] {
            if self.prepare(folder)? != device {
                return Err(apart(&self.inbox, folder));
            }
        }
        Ok(())
    }

    /// The folder that files are put into is there.
    pub(super) fn prepare_out(&self) -> Result<(), MailboxError> {
        self.prepare(&self.out).map(drop)
    }

    /// Makes a folder if it is missing and may be made. Its file system.
    fn prepare(&self, folder: &Path) -> Result<u64, MailboxError> {
        if let Some(device) = device(folder)? {
            return Ok(device);
        }
        if !self.create {
            let message = format!("{}: there is no such folder", folder.display());
            return Err(MailboxError::Misconfigured(message));
        }
        fs::create_dir_all(folder)
            .and_then(|()| folder.parent().map_or(Ok(()), sync))
            .map_err(|error| fault("the folder cannot be made", folder, &error))?;
        device(folder)?.ok_or_else(|| {
            let message = format!("{}: the folder was made and is gone", folder.display());
            MailboxError::Unavailable(message)
        })
    }
}

fn apart(one: &Path, other: &Path) -> MailboxError {
    MailboxError::Misconfigured(format!(
        "{} lies on another file system than {}: files are claimed by renaming them, so put both on one",
        other.display(),
        one.display()
    ))
}

/// The file system of a folder. None: it is not there.
fn device(folder: &Path) -> Result<Option<u64>, MailboxError> {
    match fs::metadata(folder) {
        Ok(data) if data.is_dir() => Ok(Some(data.dev())),
        Ok(_) => {
            let message = format!("{} is not a folder", folder.display());
            Err(MailboxError::Misconfigured(message))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("the folder is not reached", folder, &error)),
    }
}

/// Path of a file whose name is shown so.
pub(super) fn file(folder: &Path, shown: &str) -> PathBuf {
    folder.join(OsString::from_vec(name::raw(shown)))
}

/// Makes durable which files are in a folder.
pub(super) fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Looks at everything and changes nothing.
pub(super) fn probe(place: &Place) -> Result<String, MailboxError> {
    let mut missing = Vec::new();
    let mut devices = Vec::new();
    for folder in [
        &place.inbox,
        &place.work,
        &place.done,
        &place.rejected,
        &place.out,
    ] {
        match device(folder)? {
            Some(device) if folder != &place.out => devices.push((folder, device)),
            Some(_) => {}
            None if place.create => missing.push(folder.display().to_string()),
            None => {
                let message = format!("{}: there is no such folder", folder.display());
                return Err(MailboxError::Misconfigured(message));
            }
        }
    }
    if let [(first, device), others @ ..] = devices.as_slice()
        && let Some((other, _)) = others.iter().find(|(_, d)| d != device)
    {
        return Err(apart(first, other));
    }
    let waiting = match device(&place.inbox)? {
        Some(_) => taking::found(place)?
            .iter()
            .filter(|entry| !name::is_unfinished(&entry.name))
            .count(),
        None => 0,
    };
    let mut sentence = format!("folder {}: {waiting} waiting", place.inbox.display());
    if !missing.is_empty() {
        sentence.push_str("; will be made: ");
        sentence.push_str(&missing.join(", "));
    }
    Ok(sentence)
}

//! Takes files from the inbox: find, claim, read.

use super::files;
use super::line::{Line, Trouble};
use super::place::{Place, file};
use crate::doubt::{Doubts, Pending};
use crate::name;
use crate::port::{Claimed, Content, Entry, MailboxError};
use crate::ready::Ready;

/// Plain files in the inbox, whole or not.
pub(super) async fn found(
    line: &Line,
    place: &Place,
    ready: &Ready,
) -> Result<Vec<Entry>, MailboxError> {
    let found = files::list(line, &place.inbox).await?;
    for name in &found.garbled {
        ready.refuse(name, "its name is not UTF-8");
    }
    Ok(found.plain)
}

/// Claims a file. None: somebody else has it.
pub(super) async fn claim(
    line: &Line,
    place: &Place,
    pending: Pending,
    marker: Option<&str>,
) -> Result<Option<Claimed>, MailboxError> {
    let from = file(&place.inbox, name::of_claim(pending.claim()));
    let to = file(&place.work, pending.claim());
    let unsure = |trouble: Trouble| trouble.harmless("the file is not reached", &from);
    match files::look(line, &from).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            pending.not_made();
            return Ok(None);
        }
        Err(trouble) => {
            pending.not_made();
            return Err(unsure(trouble));
        }
    }
    match line
        .ask(line.sftp().rename(from.as_str(), to.as_str()))
        .await
    {
        Ok(()) => {}
        // The claim stays in doubt: the file is listed again, wherever it is.
        Err(Trouble::Lost(why)) => {
            let message = format!("{from}: while it was being claimed {why}");
            return Err(MailboxError::InDoubt(message));
        }
        Err(trouble) => {
            pending.not_made();
            return match files::look(line, &from).await {
                Ok(None) => Ok(None),
                Ok(Some(_)) => Err(trouble.harmless("the file cannot be claimed", &from)),
                Err(trouble) => Err(unsure(trouble)),
            };
        }
    }
    if let Some(marker) = marker {
        remove_marker(line, place, marker).await;
    }
    Ok(pending.made())
}

/// A marker that stays would make the next file of that name look whole at once.
async fn remove_marker(line: &Line, place: &Place, marker: &str) {
    let path = file(&place.inbox, marker);
    match line.ask(line.sftp().remove_file(path)).await {
        Ok(()) | Err(Trouble::Missing) => {}
        Err(trouble) => {
            tracing::warn!(
                file.name = marker,
                "a done-marker cannot be removed: {trouble:?}"
            );
        }
    }
}

/// True if a file of that name is among the claimed ones.
pub(super) async fn is_claimed(
    line: &Line,
    place: &Place,
    claim: &str,
) -> Result<bool, MailboxError> {
    let path = file(&place.work, claim);
    let found = files::look(line, &path).await;
    Ok(found
        .map_err(|trouble| trouble.harmless("the file is not reached", &path))?
        .is_some())
}

/// Adds the files whose claim is in doubt, and forgets those whose claim was not made after all.
pub(super) async fn add_doubts(
    line: &Line,
    place: &Place,
    doubts: &Doubts,
    entries: &mut Vec<Entry>,
) -> Result<(), MailboxError> {
    for claimed in doubts.all() {
        let path = file(&place.work, &claimed.claim);
        let found = files::look(line, &path).await;
        match found.map_err(|trouble| trouble.harmless("the file is not reached", &path))? {
            Some(data) => {
                entries.retain(|entry| entry.name != claimed.name);
                entries.push(files::entry(claimed.name, &data));
            }
            None => drop(doubts.take(&claimed.name)),
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Files that were claimed and not finished.
pub(super) async fn claimed(
    line: &Line,
    place: &Place,
    ready: &Ready,
) -> Result<Vec<Claimed>, MailboxError> {
    let mut claimed = Vec::new();
    for entry in files::list(line, &place.work).await?.plain {
        let name = name::of_claim(&entry.name).to_owned();
        // The run that claimed it may have ended before it removed the marker.
        if let Some(marker) = ready.marker(&name) {
            let path = file(&place.inbox, &name);
            let another = files::exists(line, &path).await;
            if !another.map_err(|trouble| trouble.harmless("the file is not reached", &path))? {
                remove_marker(line, place, &marker).await;
            }
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
pub(super) async fn read(
    line: &Line,
    place: &Place,
    claim: &str,
    max_bytes: u64,
) -> Result<Content, MailboxError> {
    let path = file(&place.work, claim);
    files::read(line, &path, max_bytes)
        .await
        .map_err(|trouble| match trouble {
            Trouble::Missing => {
                MailboxError::Unavailable(format!("{path} is not among the claimed files any more"))
            }
            trouble => trouble.harmless("the claimed file cannot be read", &path),
        })
}

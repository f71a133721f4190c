//! Moves claimed files to where finished ones go.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::fault::{doubt, fault};
use super::place::{Place, file, sync};
use super::taking::plain;
use crate::name;
use crate::number::{Search, Step};
use crate::port::{Claimed, Fate, MailboxError};

/// Moves it. Nothing that lies there is overwritten.
pub(super) fn finish(place: &Place, claimed: &Claimed, fate: Fate) -> Result<(), MailboxError> {
    let from = file(&place.work, &claimed.claim);
    if plain(&from)?.is_none() {
        return Ok(());
    }
    let folder = place.fate(fate);
    let to = reserve(folder, &claimed.name)?;
    match fs::rename(&from, &to) {
        Ok(()) => {}
        Err(error) => {
            // The empty file that kept the name is ours; if it stays, it does no harm.
            drop(fs::remove_file(&to));
            return match error.kind() {
                // Somebody finished it meanwhile.
                ErrorKind::NotFound => Ok(()),
                _ => Err(fault("the file cannot be moved", &from, &error)),
            };
        }
    }
    sync(folder)
        .and_then(|()| sync(&place.work))
        .map_err(|error| doubt("the move may not last", &to, &error))
}

/// Makes an empty file of that name, or of that name with a number: nobody else can have it then.
fn reserve(folder: &Path, name: &str) -> Result<PathBuf, MailboxError> {
    let mut search = Search::default();
    loop {
        let (number, free) = match search.step() {
            Step::Look(number) => (number, false),
            Step::Free(number) => (number, true),
        };
        let path = file(folder, &name::numbered(name, number));
        if !free {
            search.learn(number, is_taken(&path)?);
            continue;
        }
        match File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => search.learn(number, true),
            Err(error) => return Err(fault("the file cannot be moved there", &path, &error)),
        }
    }
}

fn is_taken(path: &Path) -> Result<bool, MailboxError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(fault("the folder is not reached", path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;

    #[test]
    fn nobody_gets_a_name_that_another_has() {
        let dir = tempfile::tempdir().unwrap();
        let reserved = thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| -> Vec<PathBuf> {
                        let one = |_| reserve(dir.path(), "returns.csv").unwrap();
                        (0..50).map(one).collect()
                    })
                })
                .collect();
            let joined = racers.into_iter().map(|racer| racer.join().unwrap());
            joined.flatten().collect::<Vec<PathBuf>>()
        });
        assert_eq!(reserved.len(), 400);
        let different: BTreeSet<PathBuf> = reserved.into_iter().collect();
        assert_eq!(different.len(), 400);
        assert!(different.contains(&dir.path().join("returns.400.csv")));
    }
}

//! Moves claimed files to where finished ones go.

use super::files;
use super::line::{Line, Trouble};
use super::place::{Place, file};
use crate::name;
use crate::number::{Search, Step};
use crate::port::{Claimed, Fate, MailboxError};

/// How often a name may be snatched away by another process before we give up.
const SNATCHED: usize = 5;

/// Moves it. Nothing that lies there is overwritten.
pub(super) async fn finish(
    line: &Line,
    place: &Place,
    claimed: &Claimed,
    fate: Fate,
) -> Result<(), MailboxError> {
    let from = file(&place.work, &claimed.claim);
    let unsure = |trouble: Trouble| trouble.harmless("the file is not reached", &from);
    if files::look(line, &from).await.map_err(unsure)?.is_none() {
        return Ok(());
    }
    let mut search = Search::default();
    let mut last = Trouble::Missing;
    for _ in 0..SNATCHED {
        let number = free(line, place.fate(fate), &claimed.name, &mut search).await?;
        let to = file(place.fate(fate), &name::numbered(&claimed.name, number));
        match line
            .ask(line.sftp().rename(from.as_str(), to.as_str()))
            .await
        {
            Ok(()) => return Ok(()),
            Err(Trouble::Lost(why)) => {
                let message = format!("{from}: while it was being moved {why}");
                return Err(MailboxError::InDoubt(message));
            }
            Err(trouble) => last = trouble,
        }
        if files::look(line, &from).await.map_err(unsure)?.is_none() {
            return Ok(());
        }
        if !files::exists(line, &to).await.map_err(unsure)? {
            break;
        }
        search.learn(number, true);
    }
    Err(last.harmless("the file cannot be moved", &from))
}

/// A number that is free for that name there.
async fn free(
    line: &Line,
    folder: &str,
    name: &str,
    search: &mut Search,
) -> Result<u64, MailboxError> {
    loop {
        match search.step() {
            Step::Free(number) => return Ok(number),
            Step::Look(number) => {
                let path = file(folder, &name::numbered(name, number));
                let taken = files::exists(line, &path).await;
                let taken = taken
                    .map_err(|trouble| trouble.harmless("the folder is not reached", &path))?;
                search.learn(number, taken);
            }
        }
    }
}

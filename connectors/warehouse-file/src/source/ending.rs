//! The end of a file: acknowledged, noted, moved away. Each step may be done twice; none is forgotten.

use connector::Failure;
use jiff::Timestamp;
use mailbox::{Fate, Mailbox, MailboxError};

use super::Ways;
use super::worker::{File, Worker};
use crate::acknowledgement;
use crate::codec::Outcome;
use crate::ledger::Number;
use crate::mailbox_failure;

/// What is still to be done with a file.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) file: File,
    how: How,
    is_acknowledged: bool,
}

#[derive(Debug)]
enum How {
    /// Taken.
    Done,
    /// Nothing of it was taken.
    Rejected(Failure),
    /// The same bytes were taken before.
    Known,
}

impl Ending {
    pub(super) const fn done(file: File) -> Self {
        Self::new(file, How::Done)
    }

    pub(super) const fn rejected(file: File, failure: Failure) -> Self {
        Self::new(file, How::Rejected(failure))
    }

    pub(super) const fn known(file: File) -> Self {
        Self::new(file, How::Known)
    }

    const fn new(file: File, how: How) -> Self {
        Self {
            file,
            how,
            is_acknowledged: false,
        }
    }
}

impl Worker {
    /// Ends files. One that cannot be ended now is tried again at the next look, and does not keep others from their end.
    pub(super) async fn end(&mut self) -> Result<(), Failure> {
        let mut failed = None;
        for _ in 0..self.endings.len() {
            let Some(ending) = self.endings.front_mut() else {
                break;
            };
            match end(&self.ways, ending).await {
                Ok(()) => {
                    self.endings.pop_front();
                }
                Err(failure) => {
                    failed = failed.or(Some(failure));
                    self.endings.rotate_left(1);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

async fn end(ways: &Ways, ending: &mut Ending) -> Result<(), Failure> {
    if ways.acknowledge && !ending.file.is_answer && !ending.is_acknowledged {
        match acknowledge(ways, ending).await {
            Ok(()) => {}
            // Another process has ended it, or a person has taken it away: there is nothing left to acknowledge.
            Err(_) if is_gone(ways, &ending.file).await? => {
                let file = ending.file.claimed.name.as_str();
                tracing::warn!(file, "it is no longer among the claimed files");
            }
            Err(failure) => return Err(failure),
        }
        ending.is_acknowledged = true;
    }
    let (file, ledger) = (&ending.file, &ways.ledger);
    let fate = match &ending.how {
        How::Known => Fate::Done,
        How::Done => {
            if !file.is_answer {
                ledger.set_taken(&file.hash, &file.claimed.name).await?;
            }
            Fate::Done
        }
        How::Rejected(_) => {
            if let Some(number) = file.number {
                ledger.set_number(number, &Number::Refused).await?;
            }
            Fate::Rejected
        }
    };
    let finished = ways.mailbox.finish(&file.claimed, fate).await;
    finished.map_err(|error| mailbox_failure::of(&error))
}

async fn is_gone(ways: &Ways, file: &File) -> Result<bool, Failure> {
    let claimed = ways.mailbox.claimed().await;
    let claimed = claimed.map_err(|error| mailbox_failure::of(&error))?;
    Ok(!claimed.contains(&file.claimed))
}

/// Writes our answer. Reads the file again: so it need not be kept in memory until now.
async fn acknowledge(ways: &Ways, ending: &Ending) -> Result<(), Failure> {
    let Some(outgoing) = &ways.codec.plain().layout.acknowledgement else {
        return Ok(());
    };
    let lost = |error: MailboxError| mailbox_failure::of(&error);
    let file = &ending.file;
    let outcome: Result<Vec<Outcome>, Failure> = match (&file.refused, &ending.how) {
        (Some(failure), _) => Err(failure.clone()),
        (None, how) => {
            let content = ways.mailbox.read(&file.claimed, ways.max_bytes).await;
            let content = content.map_err(lost)?;
            match (
                ways.codec
                    .at(Timestamp::now())
                    .0
                    .rows(&ways.instance, &content.bytes),
                how,
            ) {
                // Refused by whoever stands behind us, though every row was understood.
                (Ok(rows), How::Rejected(failure)) if rows.iter().all(|r| r.events.is_ok()) => {
                    Err(failure.clone())
                }
                (rows, _) => rows,
            }
        }
    };
    let bytes = match acknowledgement::write(outgoing, &file.claimed.name, &outcome) {
        Ok(bytes) => bytes,
        Err(failure) => {
            // It never will be: the file is moved all the same.
            tracing::warn!(file = %file.claimed.name, failure.code = failure.code, "no acknowledgement: {failure}");
            return Ok(());
        }
    };
    for again in [false, true] {
        let name = acknowledgement::name(outgoing, &file.claimed.name, &file.hash, again);
        let Some(name) = name else {
            tracing::warn!(file = %file.claimed.name, "its name cannot be part of an acknowledgement's name");
            return Ok(());
        };
        match put(ways.mailbox.as_ref(), &name, &bytes).await {
            Err(MailboxError::Conflict { .. }) => {}
            other => return other.map_err(lost),
        }
    }
    tracing::warn!(file = %file.claimed.name, "its acknowledgement says something else than the one before");
    Ok(())
}

async fn put(mailbox: &dyn Mailbox, name: &str, bytes: &[u8]) -> Result<(), MailboxError> {
    mailbox.put(name, bytes).await.map(drop)
}

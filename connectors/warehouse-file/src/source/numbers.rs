//! Numbers of files: gaps and repetitions.

use connector::Failure;
use jiff::Timestamp;
use mailbox::Content;

use super::worker::{File, Open, Worker};
use crate::config::{NumberFrom, OnGap};
use crate::ledger::{Alarm, Number};
use crate::names;

/// Most missing numbers that are noted one by one.
const MOST_MISSING: u64 = 1000;

/// What a file's number means for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It may be taken.
    Fits,
    /// It waits for those before it.
    Waits,
}

impl Worker {
    pub(super) fn number_of(&self, name: &str, bytes: &[u8]) -> Option<u64> {
        match self.ways.sequence.as_ref()?.from {
            NumberFrom::Name => names::number(name),
            NumberFrom::Content => self.ways.codec.plain().sequence(bytes),
        }
    }

    /// Judges a number, and notes it. What people must see of it becomes an alarm, noted before anything else, so that a
    /// crash loses none.
    pub(super) async fn place(
        &mut self,
        number: u64,
        file: &File,
        content: &Content,
    ) -> Result<Place, Failure> {
        let ledger = self.ways.ledger.clone();
        let came = Number::Came(file.hash.clone());
        let highest = ledger.highest().await?;
        let Some(highest) = highest.filter(|highest| number <= *highest) else {
            if let Some(first) = highest.and_then(|highest| highest.checked_add(1))
                && first < number
            {
                if self.waits(content) {
                    return Ok(Place::Waits);
                }
                self.gap(first, number, file).await?;
            }
            ledger.set_number(number, &came).await?;
            ledger.set_highest(number).await?;
            return Ok(Place::Fits);
        };
        match ledger.number(number).await? {
            Some(Number::Came(hash)) if hash != file.hash => {
                let name = &file.claimed.name;
                let what = format!(
                    "{name} has number {number} of {highest}, which another file had before: a correction, or numbers that began anew?"
                );
                let short: String = file.hash.chars().take(16).collect();
                self.raise(format!("repeat-{number}-{short}"), false, what, name)
                    .await?;
                ledger.set_number(number, &came).await?;
            }
            Some(Number::Came(_)) => {}
            Some(Number::Missing | Number::Refused) | None => {
                ledger.set_number(number, &came).await?;
            }
        }
        Ok(Place::Fits)
    }

    /// True if files behind a gap wait, and this one has not waited long enough.
    fn waits(&self, content: &Content) -> bool {
        self.ways.sequence.as_ref().is_some_and(|sequence| {
            let waited = Timestamp::now().duration_since(content.modified);
            sequence.on_gap == OnGap::Hold && waited < sequence.gap_patience
        })
    }

    async fn gap(&mut self, first: u64, number: u64, file: &File) -> Result<(), Failure> {
        let last = number.saturating_sub(1);
        let missing = if first == last {
            format!("number {first} is")
        } else {
            format!("numbers {first} to {last} are")
        };
        let name = &file.claimed.name;
        let what = format!("{missing} missing: {name} has number {number}");
        self.raise(format!("gap-{first}-{last}"), true, what, name)
            .await?;
        for missing in (first..=last).take(usize::try_from(MOST_MISSING).unwrap_or(usize::MAX)) {
            if self.ways.ledger.number(missing).await?.is_none() {
                self.ways
                    .ledger
                    .set_number(missing, &Number::Missing)
                    .await?;
            }
        }
        Ok(())
    }

    async fn raise(
        &mut self,
        id: String,
        is_gap: bool,
        what: String,
        file: &str,
    ) -> Result<(), Failure> {
        let alarm = Alarm {
            is_gap,
            what,
            file: file.to_owned(),
            is_told: false,
        };
        // A file is judged again after a wait that was given up, or a crash: people are told once.
        let untold = self.ways.ledger.raise(&id, alarm).await?;
        let is_queued = self.alarms.iter().any(|(queued, _)| *queued == id);
        let is_open = |open: &Open| matches!(open, Open::Alarm(handed, _) if *handed == id);
        if let Some(alarm) = untold
            && !is_queued
            && !self.open.values().any(is_open)
        {
            self.alarms.push_back((id, alarm));
        }
        Ok(())
    }
}

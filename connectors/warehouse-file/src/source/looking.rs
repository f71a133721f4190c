//! A look at the mailbox: what is left of earlier, and what is new.

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector::Failure;

use super::worker::Worker;
use crate::{mailbox_failure, names};

/// Files claimed in one look: others may help.
const AT_ONCE: usize = 20;
/// How often it is looked for files that were claimed and not finished by a process that is no more.
const LOOK_BACK: Duration = Duration::from_mins(1);

impl Worker {
    /// Ends what is not ended, then takes what was claimed by an earlier run or given back, then claims new files. What
    /// hinders one of them hinders no other; it is said at the end.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let ended = self.end().await;
        if !self.looked_for_alarms {
            let alarms = self.ways.ledger.alarms().await?;
            self.alarms.extend(alarms);
            self.looked_for_alarms = true;
        }
        let back = self.look_back().await;
        self.ready.extend(self.held.drain(..));
        self.ready.make_contiguous().sort();
        let claimed = self.claim().await;
        ended.and(back).and(claimed)
    }

    /// Takes what an earlier run has claimed and not finished. Not at every look: another process may be at work on it.
    async fn look_back(&mut self) -> Result<(), Failure> {
        if self.looked_back.is_some_and(|at| at.elapsed() < LOOK_BACK) {
            return Ok(());
        }
        let claimed = self.ways.mailbox.claimed().await;
        let mut claimed = claimed.map_err(|error| mailbox_failure::of(&error))?;
        let in_hand = self.in_hand();
        claimed.retain(|claimed| !in_hand.contains(&claimed.claim));
        self.ready.extend(claimed);
        self.looked_back = Some(Instant::now());
        Ok(())
    }

    /// Claims new files.
    async fn claim(&mut self) -> Result<(), Failure> {
        let mailbox = Arc::clone(&self.ways.mailbox);
        let listed = mailbox.list().await;
        let listed = listed.map_err(|error| mailbox_failure::of(&error))?;
        let (mut new, mut failed) = (0, None);
        for entry in listed {
            // Those that wait do not count: perhaps they wait for one that is still to be claimed.
            if new >= AT_ONCE {
                break;
            }
            let is_ours = names::fits(&self.ways.pattern, &entry.name)
                || self.ways.codec.plain().is_answer(&entry.name);
            if !is_ours {
                continue;
            }
            match mailbox.claim(&entry.name).await {
                Ok(None) => {}
                Ok(Some(claimed)) => {
                    // One whose claim was given up half-way is listed once more, though it is in our hands already.
                    if !self.in_hand().contains(&claimed.claim) {
                        new += 1;
                        self.ready.push_back(claimed);
                    }
                }
                Err(error) => failed = failed.or_else(|| Some(mailbox_failure::of(&error))),
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

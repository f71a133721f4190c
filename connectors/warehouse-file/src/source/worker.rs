//! What a source has in its hands, and the next thing that it does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use connector::{Failure, Inbound, Settlement};
use mailbox::Claimed;

use super::Ways;
use super::ending::Ending;
use crate::ledger::Alarm;

/// The work of one block's way in, step by step. A step is never broken off.
pub(super) struct Worker {
    pub(super) ways: Ways,
    /// Claimed, and not handed over yet.
    pub(super) ready: VecDeque<Claimed>,
    /// Claimed by us, to be looked at again at the next look: they wait for others, or could not be stored.
    pub(super) held: Vec<Claimed>,
    /// When it was last looked what lies among the claimed files. None: to be looked for at the next look.
    pub(super) looked_back: Option<Instant>,
    /// To be handed over before anything else: id and alarm.
    pub(super) alarms: VecDeque<(String, Alarm)>,
    /// Alarms that earlier runs have left were looked for.
    pub(super) looked_for_alarms: bool,
    /// Handed over, and not settled.
    pub(super) open: BTreeMap<u64, Open>,
    /// Settled, and not moved away yet.
    pub(super) endings: VecDeque<Ending>,
    pub(super) next_token: u64,
}

/// What was handed over.
pub(super) enum Open {
    File(File),
    Alarm(String, Alarm),
}

/// A file that was handed over.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) claimed: Claimed,
    pub(super) hash: String,
    pub(super) number: Option<u64>,
    pub(super) is_answer: bool,
    /// Why the source itself refused it.
    pub(super) refused: Option<Failure>,
}

impl Worker {
    pub(super) const fn new(ways: Ways) -> Self {
        Self {
            ways,
            ready: VecDeque::new(),
            held: Vec::new(),
            looked_back: None,
            alarms: VecDeque::new(),
            looked_for_alarms: false,
            open: BTreeMap::new(),
            endings: VecDeque::new(),
            next_token: 1,
        }
    }

    pub(super) fn token(&mut self, open: Open) -> u64 {
        let token = self.next_token;
        self.next_token = token.wrapping_add(1);
        self.open.insert(token, open);
        token
    }

    /// Claims that this source has in its hands.
    pub(super) fn in_hand(&self) -> BTreeSet<String> {
        self.claims().map(|claimed| claimed.claim.clone()).collect()
    }

    /// Names of the files that it has in its hands.
    pub(super) fn unfinished(&self) -> Vec<String> {
        self.claims().map(|claimed| claimed.name.clone()).collect()
    }

    fn claims(&self) -> impl Iterator<Item = &Claimed> {
        let open = self.open.values().filter_map(|open| match open {
            Open::File(file) => Some(&file.claimed),
            Open::Alarm(..) => None,
        });
        let ending = self.endings.iter().map(|ending| &ending.file.claimed);
        open.chain(ending).chain(&self.ready).chain(&self.held)
    }

    /// True if there is nothing to do but to look at the mailbox.
    pub(super) fn is_idle(&self) -> bool {
        self.alarms.is_empty() && self.ready.is_empty()
    }

    /// One step: an alarm or a file is handed over, or the mailbox is looked at.
    pub(super) async fn step(&mut self) -> Result<Option<Inbound>, Failure> {
        if let Some((id, alarm)) = self.alarms.pop_front() {
            return Ok(Some(self.alarm(id, alarm)));
        }
        let Some(claimed) = self.ready.pop_front() else {
            self.look().await?;
            return Ok(None);
        };
        let taken = self.take(&claimed).await;
        if taken.is_err() {
            // It may be gone: only looking tells.
            self.looked_back = None;
        }
        taken
    }

    /// Says what became of what was handed over.
    pub(super) async fn settle(&mut self, token: u64, how: Settlement) -> Result<(), Failure> {
        match self.open.remove(&token) {
            None => Ok(()),
            Some(Open::Alarm(id, mut alarm)) => match how {
                Settlement::Stored | Settlement::Parked(_) => {
                    alarm.is_told = true;
                    self.ways.ledger.set_alarm(&id, &alarm).await
                }
                Settlement::NotNow => {
                    self.alarms.push_back((id, alarm));
                    Ok(())
                }
            },
            Some(Open::File(file)) => {
                let ending = match how {
                    Settlement::Stored => Ending::done(file),
                    Settlement::Parked(failure) => Ending::rejected(file, failure),
                    Settlement::NotNow => {
                        self.held.push(file.claimed);
                        return Ok(());
                    }
                };
                self.endings.push_back(ending);
                self.end().await
            }
        }
    }
}

//! Numbers and versions of receipt files, and files that are written later than they were made.

use std::time::Duration;

use jiff::Timestamp;

use super::jobs::Job;
use super::ledger::Outcome;
use super::state::{Cure, State};

const NOW: Duration = Duration::ZERO;

/// Why a file is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    Fresh,
    Corrects(usize, Cure),
}

/// Number, version and time of a file to be made.
pub(super) struct Identity {
    pub(super) sequence: u64,
    pub(super) version: u32,
    pub(super) at: Timestamp,
    pub(super) corrections: u32,
    pub(super) corrects: Option<String>,
}

impl State {
    pub(super) fn identity(&mut self, why: Why) -> Identity {
        let at = Timestamp::now();
        let corrected = match why {
            Why::Fresh => None,
            Why::Corrects(position, cure) => self.files.get(position).map(|file| (file, cure)),
        };
        if let Some((file, Cure::SameNumber)) = corrected {
            let latest = self
                .files
                .iter()
                .filter(|other| other.sent.sequence == file.sent.sequence)
                .map(|other| other.version)
                .max();
            return Identity {
                sequence: file.sent.sequence,
                version: latest.unwrap_or(file.version) + 1,
                at: file.at,
                corrections: file.corrections + 1,
                corrects: Some(file.sent.name.clone()),
            };
        }
        let corrects = corrected.map(|(file, _)| file.sent.name.clone());
        let corrections = corrected.map_or(0, |(file, _)| file.corrections + 1);
        self.sequence += 1;
        Identity {
            sequence: self.sequence,
            version: 1,
            at,
            corrections,
            corrects,
        }
    }

    /// Writes a file that was held back, unless it was already.
    pub(super) fn release(&mut self, position: usize) {
        let count = self.held.len();
        self.held.retain(|held| *held != position);
        if self.held.len() == count {
            return;
        }
        self.jobs.forget(position);
        if let Some(file) = self.files.get(position) {
            let (name, bytes) = (file.sent.name.clone(), file.bytes.clone());
            self.jobs.after(NOW, Job::Put { name, bytes });
        }
    }

    /// Sends a file again that nobody answered.
    pub(super) fn resend(&mut self, position: usize, patience: Option<u64>) {
        let (Some(file), Some(patience)) = (self.files.get_mut(position), patience) else {
            return;
        };
        if file.sent.outcome != Outcome::Unanswered || file.sent.corrected_by.is_some() {
            return;
        }
        file.sent.sent += 1;
        let (name, bytes) = (file.sent.name.clone(), file.bytes.clone());
        self.jobs.after(NOW, Job::Put { name, bytes });
        let again = Job::Resend { file: position };
        self.jobs.after(Duration::from_millis(patience), again);
    }
}

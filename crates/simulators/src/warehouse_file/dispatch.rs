//! Making receipt files: fresh ones, corrections, and what a fault makes of them. Writes nothing itself; it says what is to be written.

use std::time::Duration;

use super::jobs::Job;
use super::ledger::{Outcome, SentFile};
use super::numbering::Why;
use super::row::{Batch, Row};
use super::state::{Cure, File, State};
use super::{Yard, dialect};
use crate::decimal::Decimal;
use crate::draw;
use crate::faults::{Fault, Injection};

const LATE: Duration = Duration::from_millis(250);
const HELD_BACK: Duration = Duration::from_millis(1500);
const AGAIN: Duration = Duration::from_millis(150);
const CORRECTED: Duration = Duration::from_millis(1500);
const COMPLETED: Duration = Duration::from_millis(500);
const NOW: Duration = Duration::ZERO;

impl Yard {
    /// Rows that have waited long enough go into a file.
    pub(super) fn collect(&self, state: &mut State) {
        let patience = Duration::from_millis(self.config.batch_ms);
        if state
            .ready_since
            .is_none_or(|since| since.elapsed() < patience)
        {
            return;
        }
        state.ready_since = None;
        let rows = std::mem::take(&mut state.ready);
        self.make(state, rows, Why::Fresh);
    }

    /// A file whose content was wrong comes right, unless it did already.
    pub(super) fn correct(&self, state: &mut State, position: usize, cure: Cure) {
        let Some(file) = state.files.get(position) else {
            return;
        };
        if file.sent.corrected_by.is_some() {
            return;
        }
        let rows = file.rows.clone();
        let correction = self.make(state, rows, Why::Corrects(position, cure));
        if let Some(file) = state.files.get_mut(position) {
            file.sent.corrected_by = Some(correction);
            state.jobs.forget(position);
        }
    }

    /// Makes a file and gives its name.
    fn make(&self, state: &mut State, rows: Vec<Row>, why: Why) -> String {
        let identity = state.identity(why);
        let (sequence, version) = (identity.sequence, identity.version);
        let ending = dialect::ending(self.config.dialect);
        let base = format!("RTN{sequence:06}");
        let first_name = format!("{base}.{ending}");
        let name = match letter(version) {
            Some(letter) => format!("{base}{letter}.{ending}"),
            None => first_name.clone(),
        };
        // A later version is right.
        let injection = match version {
            1 => self.faults.draw("FILE write", &first_name, Fault::WRITING),
            _ => None,
        };
        let fault = injection.map(|injection| injection.fault);
        let right = Batch::right(sequence, rows.clone(), identity.at);
        let (batch, wrong) = self.spoil(right, fault, &name);
        let bytes = dialect::receipts(self.config.dialect, &self.zone, &batch);
        let position = state.files.len();
        let sent = SentFile {
            name: name.clone(),
            sequence,
            rows: batch.rows.len(),
            row_ids: batch.rows.iter().map(Row::id).collect(),
            fault,
            corrects: identity.corrects,
            corrected_by: None,
            outcome: Outcome::Unanswered,
            sent: 1,
        };
        state.files.push(File {
            sent,
            rows,
            bytes,
            corrections: identity.corrections,
            version,
            at: identity.at,
            wrong,
        });
        self.schedule(state, position, injection);
        name
    }

    /// What a fault makes of a right batch, and how that comes right.
    fn spoil(&self, right: Batch, fault: Option<Fault>, name: &str) -> (Batch, Option<Cure>) {
        let count = right.rows.len();
        match fault {
            Some(Fault::WrongTotals) => {
                let off_by = Decimal::ONE;
                (Batch { off_by, ..right }, Some(Cure::SameNumber))
            }
            Some(Fault::BadRow) => {
                let positions: Vec<usize> = (0..count).collect();
                let spoilt = draw::pick(self.config.seed, &["bad-row", name], &positions);
                let spoilt = spoilt.copied();
                (Batch { spoilt, ..right }, Some(Cure::NextNumber))
            }
            Some(Fault::Overlap) => {
                let missing = count.div_ceil(10).min(count.saturating_sub(1));
                let rows = right.rows.into_iter().take(count - missing).collect();
                (Batch { rows, ..right }, Some(Cure::NextNumber))
            }
            _ => (right, None),
        }
    }

    /// Says when a file is written, and what comes after.
    fn schedule(&self, state: &mut State, position: usize, injection: Option<Injection>) {
        let Some(file) = state.files.get(position) else {
            return;
        };
        let (name, bytes) = (file.sent.name.clone(), file.bytes.clone());
        let put = |name: &str| Job::Put {
            name: name.to_owned(),
            bytes: bytes.clone(),
        };
        let after = |usual: Duration| injection.and_then(|it| it.delay).unwrap_or(usual);
        let fault = injection.map(|injection| injection.fault);
        let jobs = match fault {
            Some(Fault::Slow) => vec![(after(LATE), put(&name))],
            Some(Fault::Reorder) => {
                state.held.push(position);
                vec![(after(HELD_BACK), Job::Release { file: position })]
            }
            Some(Fault::Truncate) => {
                let half = Job::PutHalf {
                    name: name.clone(),
                    bytes: bytes.clone(),
                };
                let rest = Job::PutRest {
                    name,
                    bytes: bytes.clone(),
                };
                vec![(NOW, half), (after(LATE), rest)]
            }
            Some(Fault::Duplicate) => {
                let copy = self.copy_name(&name);
                state.aliases.insert(copy.clone(), position);
                vec![(NOW, put(&name)), (after(AGAIN), put(&copy))]
            }
            Some(Fault::Garbage) => {
                let rubbish = rubbish(&name, &bytes);
                state.rubbish.insert(rubbish.0.clone());
                let (name_of_rubbish, bytes_of_rubbish) = rubbish;
                let rubbish = Job::Put {
                    name: name_of_rubbish,
                    bytes: bytes_of_rubbish,
                };
                vec![(NOW, put(&name)), (NOW, rubbish)]
            }
            Some(Fault::WrongTotals | Fault::BadRow) => {
                let correct = Job::Correct { file: position };
                vec![(NOW, put(&name)), (after(CORRECTED), correct)]
            }
            Some(Fault::Overlap) => {
                let correct = Job::Correct { file: position };
                vec![(NOW, put(&name)), (after(COMPLETED), correct)]
            }
            _ => vec![(NOW, put(&name))],
        };
        for (delay, job) in jobs {
            state.jobs.after(delay, job);
        }
        if let Some(patience) = self.config.resend_ms {
            let resend = Job::Resend { file: position };
            state.jobs.after(Duration::from_millis(patience), resend);
        }
        if fault != Some(Fault::Reorder) {
            // What was held back comes after this one.
            for file in state.held.clone() {
                state.jobs.after(LATE, Job::Release { file });
            }
        }
    }

    /// The same name, or one beside it.
    fn copy_name(&self, name: &str) -> String {
        let renamed = draw::below(self.config.seed, &["copy", name], 2) == 1;
        match name.rsplit_once('.') {
            Some((stem, ending)) if renamed => format!("{stem}copy.{ending}"),
            _ => name.to_owned(),
        }
    }
}

/// The letter of a version: none for the first, then `b`, `c` …
fn letter(version: u32) -> Option<char> {
    let step = version.checked_sub(1).filter(|step| *step > 0)?;
    char::from_u32(u32::from('a') + step.min(25))
}

/// Half of the file without its beginning, under a name without a number.
fn rubbish(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let stem = name.split('.').next().unwrap_or_default();
    let as_letter = |digit: char| match digit.to_digit(10) {
        Some(digit) => char::from_u32(u32::from('a') + digit).unwrap_or('z'),
        None => digit,
    };
    let stem: String = stem
        .trim_start_matches("RTN")
        .chars()
        .map(as_letter)
        .collect();
    let ending = name.rsplit('.').next().unwrap_or_default();
    let half = bytes.iter().copied().skip(10).take(bytes.len() / 2);
    (format!("SPOILT{stem}.{ending}"), half.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_letters_and_rubbish_has_no_number() {
        assert_eq!(letter(1), None);
        assert_eq!(letter(2), Some('b'));
        assert_eq!(letter(3), Some('c'));
        let (name, bytes) = rubbish("RTN000012.rtn", b"0123456789abcdefghij");
        assert_eq!(name, "SPOILTaaaabc.rtn");
        assert_eq!(bytes, b"abcdefghij");
    }
}

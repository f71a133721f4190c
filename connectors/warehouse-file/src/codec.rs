//! Bytes ↔ canonical: by the layout into rows, then translation.

use std::sync::Arc;

use canonical::{Command, Event};
use connector::{Codec, Decoded, Failure, FailureKind, Inbound};

use crate::config::BadRow;
use crate::layout::Prepared;
use crate::translate::{self, Partner};
use crate::{answer, failures, names, out, wire};

/// The codec of a block.
#[derive(Debug)]
pub(crate) struct FileCodec {
    pub(crate) partner: Arc<Partner>,
    pub(crate) layout: Arc<Prepared>,
    pub(crate) on_bad_row: BadRow,
    pub(crate) max_bytes: u64,
    /// Names of the warehouse's acknowledgements.
    pub(crate) answers: Option<String>,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its line.
    pub(crate) line: u64,
    /// Its id, if it could be read.
    pub(crate) id: Option<String>,
    /// Its events, or why it was refused.
    pub(crate) events: Result<Vec<Event>, Failure>,
}

impl FileCodec {
    /// The rows of a file, each with what became of it. The error: nothing of the file was taken.
    pub(crate) fn rows(&self, connector: &str, bytes: &[u8]) -> Result<Vec<Outcome>, Failure> {
        let told = wire::read(&self.layout.receipts, bytes)?;
        let rows = told.lines.into_iter().map(|line| match line.row {
            Err(failure) => Outcome {
                line: line.line,
                id: None,
                events: Err(failure),
            },
            Ok(row) => Outcome {
                line: line.line,
                id: Some(translate::id(&self.partner, &row)),
                events: translate::translate(&self.partner, connector, &row),
            },
        });
        let mut rows: Vec<Outcome> = rows.collect();
        let first = rows
            .iter()
            .find_map(|row| row.events.as_ref().err())
            .cloned();
        if let (Some(first), BadRow::File) = (first, self.on_bad_row) {
            withhold(&mut rows, &first);
        }
        Ok(rows)
    }

    /// The file's own number, if it has one.
    pub(crate) fn sequence(&self, bytes: &[u8]) -> Option<u64> {
        wire::read(&self.layout.receipts, bytes).ok()?.sequence
    }

    /// True for the name of an acknowledgement of the warehouse.
    pub(crate) fn is_answer(&self, name: &str) -> bool {
        let pattern = self.answers.as_ref();
        pattern.is_some_and(|pattern| names::fits(pattern, name))
    }
}

/// A file is taken wholly or not at all: good rows beside a bad one are not taken either.
fn withhold(rows: &mut [Outcome], first: &Failure) {
    for row in rows.iter_mut() {
        if row.events.is_ok() {
            let what = format!("the row is good, and not taken because of another: {first}");
            let failure = Failure::new(FailureKind::Rejected, failures::FILE_REFUSED, what);
            row.events = Err(failure.at(format!("line {}", row.line)));
        }
    }
}

impl Codec for FileCodec {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let length = u64::try_from(raw.raw.len()).unwrap_or(u64::MAX);
        if length > self.max_bytes {
            let what = format!("the file has {length} bytes, more than {}", self.max_bytes);
            let failure = Failure::malformed(failures::TOO_LARGE, what);
            return Err(failure.at(format!("byte {}", self.max_bytes)));
        }
        if self.is_answer(&raw.origin.reference) {
            answer::read(&self.layout, &raw.raw)?;
            return Ok(Vec::new());
        }
        let rows = self.rows(&raw.origin.connector, &raw.raw)?;
        let mut decoded = Vec::new();
        for row in rows {
            match row.events {
                Ok(events) => decoded.extend(events.into_iter().map(Ok)),
                Err(failure) => decoded.push(Err(failure)),
            }
        }
        Ok(decoded)
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        out::encode(&self.layout, &self.partner, command)
    }
}

//! Interchanges out of a reader, for files larger than memory: what is held is a window of one segment, or one
//! interchange within the bounds.

use std::io::Read;

use super::cut::{Cutter, Step};
use super::limits::Limits;
use super::model::{Fault, Level, Separators, Syntax};

/// A part of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// The header of an interchange: ISA, or UNB with its UNA.
    Header {
        /// Its bytes, terminator and all.
        bytes: Vec<u8>,
        /// Its syntax.
        syntax: Syntax,
        /// Its separators.
        separators: Separators,
    },
    /// A segment, terminator and all.
    Segment(Vec<u8>),
    /// The interchange is over; whether its trailer was met.
    End {
        /// Whether IEA or UNZ was the last segment.
        has_trailer: bool,
    },
    /// Bytes between interchanges, in parts.
    Junk(Vec<u8>),
}

/// Yields the segments of every interchange of a reader. Holds no more than the longest segment.
#[derive(Debug)]
pub(crate) struct Segments<R> {
    reader: R,
    window: Vec<u8>,
    /// Bytes of the window that are done with.
    used: usize,
    is_last: bool,
    cutter: Cutter,
    /// An end that is owed behind a trailer.
    ends: bool,
    /// Nothing follows: the reader is at its end, or failed.
    is_over: bool,
}

/// Bytes asked of the reader at once.
const CHUNK: usize = 64 * 1024;

impl<R: Read> Segments<R> {
    /// Segments of a reader within the bounds.
    pub(crate) fn new(reader: R, limits: &Limits) -> Self {
        Self {
            reader,
            window: Vec::new(),
            used: 0,
            is_last: false,
            cutter: Cutter::new(limits.max_segment_bytes),
            ends: false,
            is_over: false,
        }
    }

    /// Bytes that are held now.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.window.len()
    }

    fn fill(&mut self) -> Result<(), Fault> {
        self.window.drain(..self.used.min(self.window.len()));
        self.used = 0;
        let mut chunk = Vec::with_capacity(CHUNK);
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(limit).read_to_end(&mut chunk);
        let read = read.map_err(|error| {
            let text = format!("the file cannot be read: {error}");
            Fault::new(Level::Interchange, "023", text)
        })?;
        self.is_last = read == 0;
        self.window.append(&mut chunk);
        Ok(())
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let bytes = self.window.get(self.used..self.used + length);
        let bytes = bytes.unwrap_or_default().to_vec();
        self.used += length;
        bytes
    }

    /// The next part, if the step makes one.
    fn item(&mut self, step: &Step) -> Option<Item> {
        match *step {
            Step::More | Step::Done => None,
            Step::Blank(length) => {
                self.used += length;
                None
            }
            Step::Junk(length) => Some(Item::Junk(self.take(length))),
            Step::Header(length) => {
                let (syntax, separators) = self.cutter.inside()?;
                Some(Item::Header {
                    bytes: self.take(length),
                    syntax,
                    separators,
                })
            }
            Step::Segment(length) => Some(Item::Segment(self.take(length))),
            Step::Trailer(length) => {
                self.ends = true;
                Some(Item::Segment(self.take(length)))
            }
            Step::Cut => Some(Item::End { has_trailer: false }),
        }
    }
}

impl<R: Read> Iterator for Segments<R> {
    type Item = Result<Item, Fault>;

    fn next(&mut self) -> Option<Result<Item, Fault>> {
        if std::mem::take(&mut self.ends) {
            return Some(Ok(Item::End { has_trailer: true }));
        }
        while !self.is_over {
            let window = self.window.get(self.used..).unwrap_or_default();
            let step = self.cutter.step(window, self.is_last);
            let filled = match step {
                Ok(Step::More) => self.fill(),
                Ok(Step::Done) => {
                    self.is_over = true;
                    Ok(())
                }
                Ok(step) => match self.item(&step) {
                    Some(item) => return Some(Ok(item)),
                    None => Ok(()),
                },
                Err(fault) => Err(fault),
            };
            if let Err(fault) = filled {
                self.is_over = true;
                return Some(Err(fault));
            }
        }
        None
    }
}

/// An interchange or the junk before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is junk; a long one is cut.
    pub(crate) junk: bool,
}

/// Yields the interchanges of a reader one at a time, each within the bounds. An interchange that breaks them is an error
/// and ends the stream.
#[derive(Debug)]
pub(crate) struct Interchanges<R> {
    segments: Segments<R>,
    max_bytes: usize,
    /// What was met behind the last part.
    next: Option<Item>,
}

impl<R: Read> Interchanges<R> {
    /// Interchanges of a reader within the bounds.
    pub(crate) fn new(reader: R, limits: &Limits) -> Self {
        Self {
            segments: Segments::new(reader, limits),
            max_bytes: limits.max_bytes,
            next: None,
        }
    }

    fn item(&mut self) -> Option<Result<Item, Fault>> {
        match self.next.take() {
            Some(item) => Some(Ok(item)),
            None => self.segments.next(),
        }
    }

    fn interchange(&mut self, mut bytes: Vec<u8>) -> Result<Part, Fault> {
        loop {
            match self.item() {
                Some(Ok(Item::Segment(segment))) => bytes.extend(segment),
                Some(Err(fault)) => return Err(fault),
                Some(Ok(Item::End { .. })) | None => break,
                Some(Ok(other)) => {
                    self.next = Some(other);
                    break;
                }
            }
            if bytes.len() > self.max_bytes {
                self.segments.is_over = true;
                let text = "the interchange is longer than is taken at once";
                return Err(Fault::new(Level::Interchange, "024", text));
            }
        }
        let junk = false;
        Ok(Part { bytes, junk })
    }

    fn junk(&mut self, mut bytes: Vec<u8>) -> Result<Part, Fault> {
        while let Some(item) = self.item() {
            match item? {
                Item::Junk(more) => {
                    let room = CHUNK.saturating_sub(bytes.len());
                    bytes.extend(more.into_iter().take(room));
                }
                other => {
                    self.next = Some(other);
                    break;
                }
            }
        }
        let junk = true;
        Ok(Part { bytes, junk })
    }
}

impl<R: Read> Iterator for Interchanges<R> {
    type Item = Result<Part, Fault>;

    fn next(&mut self) -> Option<Result<Part, Fault>> {
        loop {
            match self.item()? {
                Err(fault) => return Some(Err(fault)),
                Ok(Item::Header { bytes, .. }) => return Some(self.interchange(bytes)),
                Ok(Item::Junk(bytes)) => return Some(self.junk(bytes)),
                Ok(Item::Segment(_) | Item::End { .. }) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;

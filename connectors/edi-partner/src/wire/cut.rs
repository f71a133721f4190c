//! Cuts a stream of bytes into interchanges and junk, a step at a time and with a window of bounded size: the one rule
//! for files in memory and for files larger than it.

use memchr::{memchr2, memchr2_iter};

use super::edifact_header;
use super::model::{Fault, Level, Separators, Syntax};
use super::scan;
use super::x12_header;

/// What the next bytes of the window are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing can be said without more bytes.
    More,
    /// So many bytes are blank.
    Blank(usize),
    /// So many bytes are no part of an interchange.
    Junk(usize),
    /// A header of so many bytes: an interchange begins.
    Header(usize),
    /// A segment of so many bytes.
    Segment(usize),
    /// The trailer, of so many bytes: the interchange ends behind it.
    Trailer(usize),
    /// The interchange ends here without a trailer: another one begins, or the bytes are over.
    Cut,
    /// The bytes are over.
    Done,
}

/// Knows whether it is inside of an interchange.
#[derive(Debug, Clone)]
pub(crate) struct Cutter {
    inside: Option<(Syntax, Separators)>,
    /// A segment that is longer never ends.
    max_segment: usize,
}

/// More than any header: when so much is at hand, a header that is still cut is none.
const WINDOW: usize = 2048;

impl Cutter {
    /// A cutter that stands before the first interchange.
    pub(crate) fn new(max_segment: usize) -> Self {
        let inside = None;
        Self {
            inside,
            max_segment,
        }
    }

    /// Syntax and separators of the interchange that it is in.
    pub(crate) fn inside(&self) -> Option<(Syntax, Separators)> {
        self.inside
    }

    /// What `window` begins with. `is_last`: no bytes follow behind it. An error: a segment that does not end within
    /// the bound.
    pub(crate) fn step(&mut self, window: &[u8], is_last: bool) -> Result<Step, Fault> {
        match self.inside {
            None => Ok(self.outside(window, is_last)),
            Some((syntax, separators)) => self.segment(window, is_last, syntax, separators),
        }
    }

    fn outside(&mut self, window: &[u8], is_last: bool) -> Step {
        let blanks = scan::blanks_outside(window);
        if blanks > 0 {
            return Step::Blank(blanks);
        }
        if window.is_empty() {
            return if is_last { Step::Done } else { Step::More };
        }
        let is_whole = is_last || window.len() >= WINDOW;
        match header(window) {
            Some(Ok((syntax, separators, length))) => {
                self.inside = Some((syntax, separators));
                Step::Header(length)
            }
            Some(Err(HeaderEnds::Later)) if !is_whole => Step::More,
            None if !is_whole && may_begin(window) => Step::More,
            _ => Step::Junk(junk(window, is_whole)),
        }
    }

    fn segment(
        &mut self,
        window: &[u8],
        is_last: bool,
        syntax: Syntax,
        separators: Separators,
    ) -> Result<Step, Fault> {
        let blanks = scan::blanks(window, separators);
        if blanks > 0 {
            return Ok(Step::Blank(blanks));
        }
        if window.is_empty() {
            if !is_last {
                return Ok(Step::More);
            }
            self.inside = None;
            return Ok(Step::Cut);
        }
        // Only headers and trailers begin so: most segments need no closer look.
        let is_marked = matches!(window.first(), Some(b'I' | b'U'));
        let is_whole = is_last || window.len() >= WINDOW;
        if is_marked && !is_whole && may_begin(window) {
            return Ok(Step::More);
        }
        if is_marked && begins_header(window) && matches!(header(window), Some(Ok(_))) {
            self.inside = None;
            return Ok(Step::Cut);
        }
        let end = scan::terminator(window, separators).map(|end| end + 1);
        if end.unwrap_or(window.len()) > self.max_segment {
            let text = "the segment is longer than is taken, or its terminator is missing";
            return Err(Fault::new(Level::Interchange, "024", text));
        }
        let end = match end {
            None if !is_last => return Ok(Step::More),
            None => window.len(),
            Some(end) => end,
        };
        let body = window.get(..end).unwrap_or(window);
        if !is_marked || !is_trailer(body, syntax, separators) {
            return Ok(Step::Segment(end));
        }
        self.inside = None;
        Ok(Step::Trailer(trailer_end(body)))
    }
}

/// Why a header cannot be read yet.
enum HeaderEnds {
    /// More bytes may help.
    Later,
    /// It is none.
    Never,
}

type Header = Result<(Syntax, Separators, usize), HeaderEnds>;

/// The header that the window begins with. None if it begins with something else.
fn header(window: &[u8]) -> Option<Header> {
    if window.starts_with(b"ISA") {
        return Some(match x12_header::parse(window) {
            Ok(header) => Ok((Syntax::X12, header.separators, header.length)),
            Err(fault) if fault.code == x12_header::CUT => Err(HeaderEnds::Later),
            Err(_) => Err(HeaderEnds::Never),
        });
    }
    if window.starts_with(b"UNA") || window.starts_with(b"UNB") {
        return Some(match edifact_header::parse(window) {
            Ok(header) => Ok((Syntax::Edifact, header.separators, header.length)),
            Err(fault) if fault.code == edifact_header::CUT => Err(HeaderEnds::Later),
            Err(_) => Err(HeaderEnds::Never),
        });
    }
    None
}

const STARTS: [&[u8]; 3] = [b"ISA", b"UNA", b"UNB"];

fn begins_header(window: &[u8]) -> bool {
    STARTS.iter().any(|start| window.starts_with(start))
}

/// Whether a header may begin here: its first letters, or the whole of its name without its end.
fn may_begin(window: &[u8]) -> bool {
    let begins = |start: &&[u8]| window.starts_with(start) || start.starts_with(window);
    STARTS.iter().any(begins)
}

/// How much junk stands before the next place where a header may begin.
fn junk(window: &[u8], is_whole: bool) -> usize {
    let rest = window.get(1..).unwrap_or_default();
    let mut marks = memchr2_iter(b'I', b'U', rest);
    let next = marks.find(|at| rest.get(*at..).is_some_and(begins_header));
    match next {
        Some(next) => next + 1,
        // The last two bytes may be the beginning of a header.
        None if is_whole && window.len() > 2 => window.len() - 2,
        None => window.len().saturating_sub(2).max(1),
    }
}

fn is_trailer(body: &[u8], syntax: Syntax, separators: Separators) -> bool {
    let id: &[u8] = match syntax {
        Syntax::X12 => b"IEA",
        Syntax::Edifact => b"UNZ",
    };
    // A wrapped line may break its name.
    let head = scan::unwrap_lines(body.get(..12).unwrap_or(body), separators);
    let ends = |byte: &u8| *byte == separators.element || *byte == separators.terminator;
    head.strip_prefix(id)
        .is_some_and(|rest| rest.first().is_none_or(ends))
}

/// A trailer without a terminator ends at the line end before the next header.
fn trailer_end(body: &[u8]) -> usize {
    let mut from = 0;
    while let Some(rest) = body.get(from..) {
        let Some(end) = memchr2(b'\r', b'\n', rest) else {
            break;
        };
        let rest = rest.get(end..).unwrap_or_default();
        let blanks = scan::blanks_outside(rest);
        if rest.get(blanks..).is_some_and(begins_header) {
            return from + end;
        }
        from += end + blanks.max(1);
    }
    body.len()
}

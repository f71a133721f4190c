//! The scanner: segments and their parts as slices, nothing copied.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::model::Separators;

/// A segment as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Offset behind its terminator.
    pub(crate) end: usize,
    /// Its bytes without the terminator.
    pub(crate) body: &'a [u8],
}

/// Yields the segments of an interchange.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    separators: Separators,
}

impl<'a> Scanner<'a> {
    /// Scans from offset `at` on.
    pub(crate) fn new(bytes: &'a [u8], at: usize, separators: Separators) -> Self {
        Self {
            bytes,
            at,
            separators,
        }
    }

    /// Goes on at an offset: behind binary data of a known length.
    pub(crate) fn jump(&mut self, at: usize) {
        self.at = at;
    }

    /// What is not scanned yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        loop {
            self.at += blanks(self.rest(), self.separators);
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            let length = terminator(rest, self.separators);
            let start = self.at;
            let body = rest.get(..length.unwrap_or(rest.len())).unwrap_or(rest);
            self.at += length.map_or(rest.len(), |length| length + 1);
            let body = trim_end(body);
            if !body.is_empty() {
                let end = self.at;
                return Some(Raw { start, end, body });
            }
        }
    }
}

/// Bytes that may stand between segments: blanks, line ends, the padding of old file transfers. Never a separator.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x1a)
}

/// How many blanks come first.
pub(crate) fn blanks(bytes: &[u8], separators: Separators) -> usize {
    let is_data = |byte: u8| !is_blank(byte) || byte == separators.element;
    let data = bytes.iter().position(|byte| is_data(*byte));
    data.unwrap_or(bytes.len())
}

/// How many blanks come first, where no separators are known: between interchanges. A byte order mark is a blank.
pub(crate) fn blanks_outside(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"\xef\xbb\xbf") {
            at += 3;
        } else if rest.first().is_some_and(|byte| is_blank(*byte)) {
            at += 1;
        } else {
            return at;
        }
    }
}

/// A carriage return before a line feed that is the terminator belongs to the line end.
fn trim_end(body: &[u8]) -> &[u8] {
    body.strip_suffix(b"\r").unwrap_or(body)
}

/// Offset of the terminator of the segment that begins here: the first one that is not released.
pub(crate) fn terminator(bytes: &[u8], separators: Separators) -> Option<usize> {
    find(bytes, separators.terminator, separators.release)
}

/// Offset of the first `wanted` that is not released.
fn find(bytes: &[u8], wanted: u8, release: Option<u8>) -> Option<usize> {
    let Some(release) = release else {
        return memchr(wanted, bytes);
    };
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let found = memchr2(wanted, release, rest)?;
        if rest.get(found) == Some(&wanted) {
            return Some(at + found);
        }
        at += found + 2;
    }
}

/// The parts of `bytes` between a separator that is not released. At least one; released characters stay as they are.
#[derive(Debug, Clone)]
pub(crate) struct Parts<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
    release: Option<u8>,
}

/// Cuts at a separator.
pub(crate) fn parts(bytes: &[u8], separator: u8, release: Option<u8>) -> Parts<'_> {
    let rest = Some(bytes);
    Parts {
        rest,
        separator,
        release,
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        match find(rest, self.separator, self.release) {
            None => Some(rest),
            Some(at) => {
                self.rest = rest.get(at + 1..);
                rest.get(..at)
            }
        }
    }
}

/// The release character that matters for a segment: none if it does not hold one.
pub(crate) fn release_in(body: &[u8], separators: Separators) -> Option<u8> {
    let release = separators.release?;
    memchr(release, body).map(|_| release)
}

/// Takes the release characters out. One at the very end stands for itself.
pub(crate) fn unrelease(bytes: &[u8], release: Option<u8>) -> Cow<'_, [u8]> {
    let Some(release) = release else {
        return Cow::Borrowed(bytes);
    };
    if memchr(release, bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        if *byte == release {
            plain.push(*bytes.next().unwrap_or(byte));
        } else {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}

/// A segment's bytes without line ends in the midst of it: a network that wraps lines at 80 columns does not ask where.
pub(crate) fn unwrap_lines(body: &[u8], separators: Separators) -> Cow<'_, [u8]> {
    let is_mark = |byte: u8| [separators.terminator, separators.element].contains(&byte);
    if is_mark(b'\n') || is_mark(b'\r') || memchr2(b'\r', b'\n', body).is_none() {
        return Cow::Borrowed(body);
    }
    let is_data = |byte: &u8| !matches!(byte, b'\r' | b'\n');
    Cow::Owned(body.iter().copied().filter(is_data).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const EDIFACT: Separators = Separators {
        element: b'+',
        component: b':',
        repetition: None,
        release: Some(b'?'),
        terminator: b'\'',
        decimal: b'.',
    };

    fn bodies(bytes: &[u8], separators: Separators) -> Vec<String> {
        let scanner = Scanner::new(bytes, 0, separators);
        let text = |raw: Raw<'_>| String::from_utf8(raw.body.to_vec()).unwrap();
        scanner.map(text).collect()
    }

    #[test]
    fn line_ends_blanks_and_indents_between_segments_are_dropped() {
        let bytes = b"A+1'\r\n  B+2'\n\n\tC+3'\x1a";
        assert_eq!(bodies(bytes, EDIFACT), ["A+1", "B+2", "C+3"]);
    }

    #[test]
    fn a_released_terminator_does_not_end_but_a_released_release_before_it_does() {
        assert_eq!(bodies(b"A+o?'clock'B'", EDIFACT), ["A+o?'clock", "B"]);
        assert_eq!(bodies(b"A+why??'B'", EDIFACT), ["A+why??", "B"]);
    }

    #[test]
    fn the_last_terminator_may_be_missing() {
        assert_eq!(bodies(b"A+1'B+2", EDIFACT), ["A+1", "B+2"]);
    }

    #[test]
    fn a_line_feed_may_terminate_with_a_carriage_return_before_it() {
        let separators = Separators {
            release: None,
            terminator: b'\n',
            ..EDIFACT
        };
        assert_eq!(bodies(b"A+1\r\nB+2\nC", separators), ["A+1", "B+2", "C"]);
    }

    #[test]
    fn parts_keep_released_separators_together() {
        let cut: Vec<&[u8]> = parts(b"a?+b+c++", b'+', Some(b'?')).collect();
        assert_eq!(cut, [&b"a?+b"[..], b"c", b"", b""]);
        assert_eq!(*unrelease(b"a?+b??", Some(b'?')), *b"a+b?");
        assert_eq!(*unrelease(b"end?", Some(b'?')), *b"end?");
    }

    #[test]
    fn wrapped_lines_are_joined_unless_a_line_end_separates() {
        assert_eq!(*unwrap_lines(b"N1+ST+AC\r\nME", EDIFACT), *b"N1+ST+ACME");
        let separators = Separators {
            terminator: b'\r',
            ..EDIFACT
        };
        assert_eq!(*unwrap_lines(b"N1+AC\nME", separators), *b"N1+AC\nME");
    }
}

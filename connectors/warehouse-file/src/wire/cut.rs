//! Text → lines, each cut into columns.

use connector::Failure;

use super::open_quote::lines_of_row;
use super::raw::Raw;
use crate::failures;
use crate::layout::{Form, FormKind, Lengths, Unit};

/// A line of the file, or several that one row goes over.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    /// Number of its first line, from 1.
    pub(super) line: u64,
    pub(super) raw: Result<Raw<'a>, Failure>,
}

/// Cuts, line by line: a large file is never held in pieces. `bytes` are the bytes of the text, without a byte order mark.
pub(super) fn cut<'a>(
    form: &'a Form,
    text: &'a str,
    bytes: &'a [u8],
) -> Box<dyn Iterator<Item = Piece<'a>> + 'a> {
    match form.kind {
        FormKind::Delimited => {
            let mut rest = Rest {
                text: Some(text),
                at: 0,
            };
            Box::new(std::iter::from_fn(move || delimited(form, &mut rest)))
        }
        FormKind::Fixed => {
            // An encoding of two bytes a character has no line ends to split bytes at; such places count characters.
            let raws = bytes.split(|b| *b == b'\n').map(without_cr_bytes);
            let raws = raws.chain(std::iter::repeat(b"".as_slice()));
            let lines = text.split('\n').map(without_cr).zip(raws).enumerate();
            Box::new(lines.filter_map(|(at, (text, bytes))| fixed(form, at, text, bytes)))
        }
    }
}

/// What is not read yet. Lines are looked for as they are needed: a file of nothing but line ends has as many as bytes.
struct Rest<'a> {
    /// None: the last line was taken.
    text: Option<&'a str>,
    /// Number of the next line, from 0.
    at: usize,
}

impl<'a> Rest<'a> {
    /// The lines that come.
    fn lines(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text.map(|text| text.split('\n').map(without_cr));
        text.into_iter().flatten()
    }

    /// Takes so many lines.
    fn take(&mut self, lines: usize) {
        for _ in 0..lines {
            self.text = self
                .text
                .and_then(|text| text.split_once('\n').map(|(_, rest)| rest));
            self.at += 1;
        }
    }
}

/// The next row.
fn delimited<'a>(form: &Form, rest: &mut Rest<'_>) -> Option<Piece<'a>> {
    let is_blank = |line: &str| line.len() <= form.max_line && line.trim().is_empty();
    while rest.lines().next().is_some_and(is_blank) {
        rest.take(1);
    }
    let line = rest.lines().next()?;
    let number = number(rest.at);
    if line.len() > form.max_line {
        rest.take(1);
        let raw = Err(too_long(form, line.len(), number));
        return Some(Piece { line: number, raw });
    }
    let taken = match form.quote {
        None => Some(1),
        Some(quote) => lines_of_row(rest.lines(), form.separator, quote, form.max_line),
    };
    let lines = rest.lines();
    rest.take(taken.unwrap_or(1));
    let raw = match taken {
        Some(1) => Ok(Raw::Cells(cells(form, line))),
        Some(several) => {
            let row: Vec<&str> = lines.take(several).collect();
            let row = row.join("\n");
            Ok(Raw::Cells(cells(form, &row)))
        }
        None => {
            let what = "a quote opens in this line and does not close";
            let failure = Failure::malformed(failures::OPEN_QUOTE, what);
            Err(failure.at(format!("line {number}")))
        }
    };
    Some(Piece { line: number, raw })
}

/// The columns of one row.
fn cells(form: &Form, row: &str) -> Vec<String> {
    let Some(quote) = form.quote else {
        return row.split(form.separator).map(str::to_owned).collect();
    };
    if !row.contains(quote) {
        return row.split(form.separator).map(str::to_owned).collect();
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(byte(form.separator))
        .quote(byte(quote))
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(row.len().max(1))
        .from_reader(row.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

/// Separators and quotes are ASCII: a layout with others is refused.
fn byte(c: char) -> u8 {
    u8::try_from(c).unwrap_or(b',')
}

fn fixed<'a>(form: &Form, at: usize, text: &'a str, bytes: &'a [u8]) -> Option<Piece<'a>> {
    let number = number(at);
    let length = match form.unit {
        Unit::Bytes => bytes.len(),
        Unit::Characters => text.chars().count(),
    };
    if text.len() > form.max_line {
        let raw = Err(too_long(form, text.len(), number));
        return Some(Piece { line: number, raw });
    }
    if text.trim().is_empty() {
        return None;
    }
    let raw = match wrong_length(form, length) {
        Some(what) => {
            let failure = Failure::malformed(failures::WRONG_SHAPE, what);
            Err(failure.at(format!("line {number}")))
        }
        None => Ok(Raw::Places { bytes, text }),
    };
    Some(Piece { line: number, raw })
}

fn wrong_length(form: &Form, length: usize) -> Option<String> {
    let wanted = form.length?;
    let is_wrong = match form.lines {
        Lengths::Exact => length != wanted,
        Lengths::Pad => length > wanted,
        Lengths::Ragged => false,
    };
    is_wrong.then(|| format!("the line has {length} places instead of {wanted}"))
}

fn too_long(form: &Form, length: usize, number: u64) -> Failure {
    let what = format!("the line has {length} bytes, more than {}", form.max_line);
    Failure::malformed(failures::LINE_TOO_LONG, what).at(format!("line {number}"))
}

fn number(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1)
}

fn without_cr(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

fn without_cr_bytes(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

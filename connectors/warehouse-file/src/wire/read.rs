//! Reads a file: lines, records, headers over rows, controls.

use std::collections::BTreeMap;

use connector::Failure;

use super::charset::{self, Decoded};
use super::controls::Section;
use super::cut::{Piece, cut};
use super::moment;
use super::raw::{Finder, Header, Raw};
use super::row::{Cell, Row, Value};
use super::text;
use crate::failures;
use crate::layout::{Document, Field, Kind, Name, Need, Record, Role, Unknown};

/// What a file says.
#[derive(Debug)]
pub(crate) struct Told {
    /// Its rows, in the order in which they stand, and what could not be read.
    pub(crate) lines: Vec<Line>,
    /// Its number.
    pub(crate) sequence: Option<u64>,
}

/// A row, or why it could not be read.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) line: u64,
    pub(crate) row: Result<Row, Failure>,
}

/// Rows of a file at the most: each is some hundred bytes when it is read, however short its line is.
const MOST_ROWS: usize = 250_000;

/// Reads. The error: nothing of the file can be trusted.
pub(crate) fn read(document: &Document, bytes: &[u8]) -> Result<Told, Failure> {
    let Decoded {
        text,
        encoding,
        mark,
    } = charset::decode(document.encoding, bytes)?;
    let form = &document.form;
    let mut pieces = cut(form, &text, bytes.get(mark..).unwrap_or_default());
    let mut last = None;
    let header = if form.header_line {
        let first = pieces.next();
        last = first.as_ref().map(|piece| piece.line);
        first.map(|piece| names(document, piece)).transpose()?
    } else {
        None
    };
    let mut reading = Reading {
        document,
        finder: Finder {
            form,
            encoding,
            header: header.as_ref(),
        },
        headers: BTreeMap::new(),
        section: Section::new(),
        trailers: 0,
        lines: Vec::new(),
        sequence: None,
    };
    for piece in pieces {
        last = Some(piece.line);
        reading.take(piece)?;
        if reading.lines.len() > MOST_ROWS {
            let what = format!("the file has more than {MOST_ROWS} rows: have it split");
            return Err(Failure::malformed(failures::TOO_LARGE, what).at(place(last)));
        }
    }
    let Some(last) = last else {
        let what = "the file has no record";
        return Err(Failure::malformed(failures::EMPTY, what).at("line 1"));
    };
    let needs_trailer = document.controls.trailer == Need::Required
        && document.records.iter().any(|r| r.role == Role::Trailer);
    if needs_trailer && (reading.trailers == 0 || !reading.section.is_empty()) {
        return Err(truncated("the file has no trailer", last));
    }
    if form.final_newline && !text.ends_with('\n') {
        return Err(truncated("the last line does not end", last));
    }
    reading.section.close(document.controls.count, None)?;
    Ok(Told {
        lines: reading.lines,
        sequence: reading.sequence,
    })
}

fn place(line: Option<u64>) -> String {
    format!("line {}", line.unwrap_or_default())
}

fn truncated(what: &str, line: u64) -> Failure {
    let what = format!("{what}: this is half a file");
    Failure::malformed(failures::TRUNCATED, what).at(format!("line {line}"))
}

/// The header line: every name that the layout uses must be there once.
fn names(document: &Document, piece: Piece<'_>) -> Result<Header, Failure> {
    let Raw::Cells(cells) = piece.raw? else {
        return Ok(Header::new());
    };
    let mut names = Header::new();
    for (number, name) in cells.iter().enumerate() {
        names
            .entry(name.trim().to_owned())
            .and_modify(|there| *there = None)
            .or_insert(Some(number));
    }
    for (field, column) in document.records.iter().flat_map(|r| &r.fields) {
        let Some(Name::Named(name)) = &column.name else {
            continue;
        };
        let what = match names.get(name) {
            Some(None) => format!("the header line has {name:?} more than once"),
            None if column.required => {
                format!(
                    "the header line has no {name:?}, where {} must be",
                    field.name()
                )
            }
            Some(Some(_)) | None => continue,
        };
        let failure = Failure::malformed(failures::WRONG_SHAPE, what);
        return Err(failure.at(format!("line {}", piece.line)));
    }
    // The number of columns, for rows that must have as many.
    names.insert(String::new(), Some(cells.len()));
    Ok(names)
}

struct Reading<'a> {
    document: &'a Document,
    finder: Finder<'a>,
    /// What headers say, by the number of their record; the failure of one that could not be read.
    headers: BTreeMap<usize, Result<BTreeMap<Field, Cell>, Failure>>,
    section: Section,
    trailers: u64,
    lines: Vec<Line>,
    sequence: Option<u64>,
}

impl Reading<'_> {
    fn take(&mut self, piece: Piece<'_>) -> Result<(), Failure> {
        let line = piece.line;
        let (number, raw) = match piece
            .raw
            .and_then(|raw| Ok((self.record(&raw, line)?, raw)))
        {
            Ok((Some(number), raw)) => (number, raw),
            Ok((None, _)) => return Ok(()),
            Err(failure) => {
                self.section.bad_row();
                self.lines.push(Line {
                    line,
                    row: Err(failure),
                });
                return Ok(());
            }
        };
        let Some(record) = self.document.records.get(number) else {
            return Ok(());
        };
        match record.role {
            Role::Ignored => {}
            Role::Header => {
                let cells = self.cells(record, &raw, line);
                match &cells {
                    Ok(cells) => {
                        self.number_of_file(cells);
                        self.section.header(cells);
                    }
                    Err(failure) => {
                        self.section.bad_header();
                        self.lines.push(Line {
                            line,
                            row: Err(failure.clone()),
                        });
                    }
                }
                self.headers.insert(number, cells);
            }
            Role::Row => {
                let row = self.row(record, &raw, line);
                match &row {
                    Ok(row) => self.section.row(row.text(Field::Qty)),
                    Err(_) => self.section.bad_row(),
                }
                self.lines.push(Line { line, row });
            }
            Role::Trailer => {
                let cells = self.cells(record, &raw, line)?;
                self.number_of_file(&cells);
                self.section
                    .close(self.document.controls.count, Some(&cells))?;
                self.trailers += 1;
                self.headers.clear();
            }
        }
        Ok(())
    }

    /// Number of the record that this line is. `None`: a line that is skipped.
    fn record(&self, raw: &Raw<'_>, line: u64) -> Result<Option<usize>, Failure> {
        let form = &self.document.form;
        let Some(place) = &form.type_at else {
            return Ok(Some(0));
        };
        let column = place.column();
        let at = format!("line {line}, {}", column.place());
        let code = text::text(&self.finder, raw, &column)
            .map_err(|failure| failure.at(at.as_str()))?
            .unwrap_or_default();
        let records = self.document.records.iter();
        let found = records
            .enumerate()
            .find(|(_, record)| record.type_code.as_deref() == Some(code.as_str()));
        match found {
            Some((number, _)) => Ok(Some(number)),
            None if form.unknown_records == Unknown::Skip => Ok(None),
            None => {
                let shown: String = code.chars().take(30).collect();
                let what = format!("record type {shown:?} is not in the layout");
                Err(Failure::malformed(failures::UNKNOWN_RECORD, what).at(at))
            }
        }
    }

    fn cells(
        &self,
        record: &Record,
        raw: &Raw<'_>,
        line: u64,
    ) -> Result<BTreeMap<Field, Cell>, Failure> {
        if let (Raw::Cells(cells), Some(header)) = (raw, self.finder.header)
            && let Some(Some(columns)) = header.get("")
            && !self.document.form.ragged
            && record.role != Role::Trailer
            && is_ragged(cells, *columns)
        {
            let what = format!(
                "the line has {} columns, the header line {columns}",
                cells.len()
            );
            return Err(Failure::malformed(failures::WRONG_SHAPE, what).at(format!("line {line}")));
        }
        text::cells(&self.finder, record, raw, line, &self.document.zone)
    }

    /// A row, with what the headers above it say. What it says itself stands above them.
    fn row(&self, record: &Record, raw: &Raw<'_>, line: u64) -> Result<Row, Failure> {
        let mut cells = self.cells(record, raw, line)?;
        for header in self.headers.values().rev() {
            match header {
                Ok(header) => {
                    for (field, cell) in header {
                        cells.entry(*field).or_insert_with(|| cell.clone());
                    }
                }
                Err(failure) => {
                    let what = format!("the header above this row cannot be read: {failure}");
                    let failure = Failure::malformed(failures::BAD_HEADER, what);
                    return Err(failure.at(format!("line {line}")));
                }
            }
        }
        let kind = self.kind(record, &cells)?;
        let happened_at = self.happened_at(&cells)?;
        Ok(Row {
            line,
            kind,
            cells,
            happened_at,
        })
    }

    fn kind(&self, record: &Record, cells: &BTreeMap<Field, Cell>) -> Result<Kind, Failure> {
        let Some(cell) = cells.get(&Field::Kind) else {
            return Ok(record.kind);
        };
        let Value::Text(word) = &cell.value else {
            return Ok(record.kind);
        };
        self.document.kinds.get(word).copied().ok_or_else(|| {
            let what = format!(
                "code {word:?} is not in the list \"kinds\" of the layout: add it, then replay"
            );
            Failure::rejected(failures::UNMAPPED_CODE, what).at(cell.at())
        })
    }

    fn happened_at(
        &self,
        cells: &BTreeMap<Field, Cell>,
    ) -> Result<Option<jiff::Timestamp>, Failure> {
        if let Some(Cell {
            value: Value::Moment(at),
            ..
        }) = cells.get(&Field::ReceivedAt)
        {
            return Ok(Some(*at));
        }
        let Some(cell) = cells.get(&Field::Date) else {
            return Ok(None);
        };
        let Value::Date(date) = &cell.value else {
            return Ok(None);
        };
        let time = match cells.get(&Field::Time).map(|cell| &cell.value) {
            Some(Value::Time(time)) => *time,
            _ => moment::of_day(),
        };
        let together = moment::together(*date, time, &self.document.zone);
        together.map(Some).map_err(|expected| {
            let what = format!("date and time are not {expected}");
            Failure::malformed(failures::BAD_VALUE, what).at(cell.at())
        })
    }

    fn number_of_file(&mut self, cells: &BTreeMap<Field, Cell>) {
        if let Some(cell) = cells.get(&Field::Sequence)
            && let Value::Text(text) = &cell.value
        {
            self.sequence = text.parse().ok().or(self.sequence);
        }
    }
}

/// True if it has other columns than that many; blank ones at its end do not count.
fn is_ragged(cells: &[String], columns: usize) -> bool {
    let more = cells.iter().skip(columns);
    cells.len() < columns || more.into_iter().any(|cell| !cell.trim().is_empty())
}

//! A line, cut into columns.

use std::collections::BTreeMap;

use connector::Failure;
use encoding_rs::Encoding;

use crate::failures;
use crate::layout::{Column, Form, Name, Unit};

/// A line's columns.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// Separated.
    Cells(Vec<String>),
    /// At fixed places: the bytes as they came, and their text.
    Places { bytes: &'a [u8], text: &'a str },
}

/// Names of the header line → number of the column from 0; `None` for a name that occurs twice.
pub(super) type Header = BTreeMap<String, Option<usize>>;

/// What is needed to find a column.
pub(super) struct Finder<'a> {
    pub(super) form: &'a Form,
    pub(super) encoding: &'static Encoding,
    pub(super) header: Option<&'a Header>,
}

impl Finder<'_> {
    /// The text at that place; `None` if the line ends before it.
    pub(super) fn find(&self, raw: &Raw<'_>, column: &Column) -> Result<Option<String>, Failure> {
        match raw {
            Raw::Cells(cells) => Ok(self
                .number(column)
                .and_then(|number| cells.get(number))
                .cloned()),
            Raw::Places { bytes, text } => {
                let (Some(start), Some(len)) = (column.start, column.len) else {
                    return Ok(None);
                };
                let first = start.saturating_sub(1);
                match self.form.unit {
                    Unit::Characters => {
                        let found: String = text.chars().skip(first).take(len).collect();
                        Ok((!found.is_empty()).then_some(found))
                    }
                    Unit::Bytes => {
                        let end = first.saturating_add(len).min(bytes.len());
                        let Some(found) = bytes.get(first..end).filter(|b| !b.is_empty()) else {
                            return Ok(None);
                        };
                        let text = self
                            .encoding
                            .decode_without_bom_handling_and_without_replacement(found);
                        match text {
                            Some(text) => Ok(Some(text.into_owned())),
                            None => Err(Failure::malformed(
                                failures::CHARSET,
                                "a character goes over the column's edge: places count bytes here",
                            )),
                        }
                    }
                }
            }
        }
    }

    fn number(&self, column: &Column) -> Option<usize> {
        match column.name.as_ref()? {
            Name::Number(number) => number.checked_sub(1),
            Name::Named(name) => self.header?.get(name).copied().flatten(),
        }
    }
}

//! Where a value stands, and how it is written there.

use std::sync::Arc;

use serde::Deserialize;

use super::Field;

/// A column.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Column {
    /// Delimited: its number from 1, or its name in the header line.
    #[serde(rename = "column")]
    pub(crate) name: Option<Name>,
    /// Fixed: its first place, from 1.
    pub(crate) start: Option<usize>,
    /// Fixed: how many places.
    pub(crate) len: Option<usize>,
    /// Delimited, written with a header line: its name there.
    pub(crate) title: Option<String>,
    /// Always this. Read: when it stands nowhere. Written: wherever it stands.
    pub(crate) value: Option<String>,
    /// This when it is blank.
    pub(crate) default: Option<String>,
    /// Must not be blank.
    pub(crate) required: bool,
    /// Which blanks around it are taken off.
    pub(crate) trim: Trim,
    /// Read: taken off at its left; "0" for numbers of rows that are filled up and named without.
    pub(crate) strip: Option<char>,
    /// Several values in one column, separated by this.
    pub(crate) split: Option<char>,
    /// Numbers: implied decimals; "0250" with 2 is 2.50.
    pub(crate) decimals: u32,
    /// Numbers: the decimal mark.
    pub(crate) mark: Option<char>,
    /// Numbers: separates thousands.
    pub(crate) thousands: Option<char>,
    /// Numbers: where a minus stands.
    pub(crate) sign: Sign,
    /// Dates and times: how they are written, in the signs of strftime.
    pub(crate) format: Option<String>,
    /// Fixed, written: true to stand at the right.
    pub(crate) right: bool,
    /// Fixed, written: filled up with this.
    pub(crate) fill: Option<char>,
    /// Where it stands and what it is, for people; made once for each layout.
    #[serde(skip)]
    pub(crate) shown: Arc<str>,
}

/// A column's number or name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Name {
    Number(usize),
    Named(String),
}

/// A place without more: where the record's type stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Delimited: number or name.
    #[serde(default)]
    pub(crate) column: Option<Name>,
    /// Fixed: first place, from 1.
    #[serde(default)]
    pub(crate) start: Option<usize>,
    /// Fixed: how many.
    #[serde(default)]
    pub(crate) len: Option<usize>,
    /// Delimited, written with a header line: its name there.
    #[serde(default)]
    pub(crate) title: Option<String>,
}

impl Place {
    /// As a column.
    pub(crate) fn column(&self) -> Column {
        Column {
            name: self.column.clone(),
            start: self.start,
            len: self.len,
            title: self.title.clone(),
            ..Column::default()
        }
    }
}

/// Which blanks are taken off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trim {
    #[default]
    Both,
    Left,
    Right,
    None,
}

/// Where a minus stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sign {
    #[default]
    Leading,
    Trailing,
    None,
}

impl Column {
    /// True if it stands somewhere.
    pub(crate) const fn is_placed(&self) -> bool {
        self.name.is_some() || self.start.is_some()
    }

    /// Where it stands and what it is, for people.
    pub(super) fn described(&self, field: Field) -> Arc<str> {
        if self.is_placed() {
            format!(", {} ({})", self.place(), field.name()).into()
        } else {
            format!(" ({})", field.name()).into()
        }
    }

    /// Where it stands, for people.
    pub(crate) fn place(&self) -> String {
        match (&self.name, self.start, self.len) {
            (Some(Name::Number(number)), _, _) => format!("column {number}"),
            (Some(Name::Named(name)), _, _) => format!("column {name:?}"),
            (None, Some(start), Some(len)) => {
                format!(
                    "places {start}-{}",
                    start.saturating_add(len).saturating_sub(1)
                )
            }
            _ => "no column".to_owned(),
        }
    }
}

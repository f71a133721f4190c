//! A row: values by name, each with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::layout::{Field, Kind};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text; of numbers, the plain decimal.
    Text(String),
    /// Several texts of one column.
    List(Vec<String>),
    /// A date.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A moment.
    Moment(Timestamp),
}

/// A value at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) value: Value,
    pub(crate) line: u64,
    pub(crate) place: Arc<str>,
}

impl Cell {
    /// Its place.
    pub(crate) fn at(&self) -> String {
        format!("line {}{}", self.line, self.place)
    }
}

/// A row, with what its headers say.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) kind: Kind,
    pub(crate) cells: BTreeMap<Field, Cell>,
    /// When it happened, if the row says so.
    pub(crate) happened_at: Option<Timestamp>,
}

impl Row {
    /// The text of that name.
    pub(crate) fn text(&self, field: Field) -> Option<&str> {
        match &self.cells.get(&field)?.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Date(_) | Value::Time(_) | Value::Moment(_) => None,
        }
    }

    /// The texts of that name.
    pub(crate) fn texts(&self, field: Field) -> Vec<String> {
        match self.cells.get(&field).map(|cell| &cell.value) {
            Some(Value::Text(text)) => vec![text.clone()],
            Some(Value::List(texts)) => texts.clone(),
            Some(Value::Date(_) | Value::Time(_) | Value::Moment(_)) | None => Vec::new(),
        }
    }

    /// The date of that name.
    pub(crate) fn date(&self, field: Field) -> Option<Date> {
        match self.cells.get(&field)?.value {
            Value::Date(date) => Some(date),
            Value::Text(_) | Value::List(_) | Value::Time(_) | Value::Moment(_) => None,
        }
    }

    /// Where it stands; the line if it does not.
    pub(crate) fn at(&self, field: Field) -> String {
        match self.cells.get(&field) {
            Some(cell) => cell.at(),
            None => format!("line {} ({})", self.line, field.name()),
        }
    }

    /// Everything that it says, the same for the same row in whichever file and line it stands.
    pub(crate) fn content(&self) -> String {
        let of_the_file =
            |field: &Field| matches!(field, Field::Sequence | Field::Count | Field::Total);
        let said = self.cells.iter().filter(|(field, _)| !of_the_file(field));
        let said = said.map(|(field, cell)| format!("{}={:?};", field.name(), cell.value));
        said.collect()
    }
}

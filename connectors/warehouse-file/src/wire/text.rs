//! The columns of one line → values by name.

use std::collections::BTreeMap;

use connector::Failure;
use jiff::tz::TimeZone;

use super::moment;
use super::number;
use super::raw::{Finder, Raw};
use super::row::{Cell, Value};
use crate::failures;
use crate::layout::{Column, Field, Nature, Record, Trim};

/// Longest text that is taken for a name, a number or a code.
const LONGEST: usize = 500;

/// What a record says.
pub(super) fn cells(
    finder: &Finder<'_>,
    record: &Record,
    raw: &Raw<'_>,
    line: u64,
    zone: &TimeZone,
) -> Result<BTreeMap<Field, Cell>, Failure> {
    if let (Raw::Cells(cells), Some(columns)) = (raw, record.columns)
        && cells.len() != columns
    {
        let what = format!("the line has {} columns instead of {columns}", cells.len());
        return Err(Failure::malformed(failures::WRONG_SHAPE, what).at(format!("line {line}")));
    }
    let mut found = BTreeMap::new();
    for (field, column) in &record.fields {
        let at = || format!("line {line}{}", column.shown);
        let text = text(finder, raw, column).map_err(|failure| failure.at(at()))?;
        let Some(text) = text else {
            if column.required {
                let what = format!("{} is missing", field.name());
                return Err(Failure::malformed(failures::MISSING_VALUE, what).at(at()));
            }
            continue;
        };
        let value = value(*field, column, &text, zone).map_err(|expected| {
            let shown: String = text.chars().take(60).collect();
            let what = format!("{shown:?} is not what is expected: {expected}");
            Failure::malformed(failures::BAD_VALUE, what).at(at())
        })?;
        let place = std::sync::Arc::clone(&column.shown);
        found.insert(*field, Cell { value, line, place });
    }
    Ok(found)
}

/// The text of a column, without blanks around it. `None`: there is none.
pub(super) fn text(
    finder: &Finder<'_>,
    raw: &Raw<'_>,
    column: &Column,
) -> Result<Option<String>, Failure> {
    if !column.is_placed() {
        return Ok(column.value.clone());
    }
    let found = finder.find(raw, column)?.map(|text| {
        let trimmed = match column.trim {
            Trim::Both => text.trim(),
            Trim::Left => text.trim_start(),
            Trim::Right => text.trim_end(),
            Trim::None => text.as_str(),
        };
        match column.strip {
            Some(filling) => trimmed.trim_start_matches(filling).to_owned(),
            None => trimmed.to_owned(),
        }
    });
    let said = found.filter(|text| !text.trim().is_empty());
    Ok(said.or_else(|| column.default.clone()))
}

/// The value; the error says what was expected.
fn value(field: Field, column: &Column, text: &str, zone: &TimeZone) -> Result<Value, String> {
    let nature = field.nature();
    let is_bad =
        |c: char| c.is_control() && !(nature == Nature::Text && matches!(c, '\n' | '\r' | '\t'));
    if text.chars().any(is_bad) {
        return Err("text without control characters".to_owned());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("at most {LONGEST} characters"));
    }
    let format = column.format.as_deref().unwrap_or_default();
    Ok(match nature {
        Nature::Word | Nature::Text => match column.split {
            None => Value::Text(text.to_owned()),
            Some(separator) => Value::List(
                text.split(separator)
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty())
                    .collect(),
            ),
        },
        Nature::Number => Value::Text(number::plain(column, text)?),
        Nature::Whole => {
            let plain = number::plain(column, text)?;
            if plain.contains(['.', '-']) {
                return Err("a whole number".to_owned());
            }
            Value::Text(plain)
        }
        Nature::Date => Value::Date(moment::date(format, text)?),
        Nature::Time => Value::Time(moment::time(format, text)?),
        Nature::Moment => Value::Moment(moment::moment(format, text, zone)?),
    })
}

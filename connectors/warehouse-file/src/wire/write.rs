//! Writes a file: header, rows, trailer. What cannot be written exactly is refused; a broken row is never sent.

use std::collections::BTreeMap;

use connector::Failure;
use encoding_rs::Encoding;

use super::controls::{scaled, shown};
use super::moment;
use super::number;
use super::row::Value;
use crate::failures;
use crate::layout::{
    Column, Counted, Document, Field, Form, FormKind, Name, Nature, Newline, Record, Role, Unit,
};

/// Values to write.
pub(crate) type Values = BTreeMap<Field, Value>;

/// Writes a document.
pub(crate) fn write(
    document: &Document,
    header: &Values,
    rows: &[Values],
) -> Result<Vec<u8>, Failure> {
    let mut lines = Vec::new();
    if document.form.kind == FormKind::Delimited && document.form.header_line {
        lines.push(titles(document)?);
    }
    let headers = document
        .records
        .iter()
        .filter(|r| r.role == Role::Header)
        .count();
    for record in &document.records {
        match record.role {
            Role::Ignored => {}
            Role::Header => lines.push(line(document, record, &[header])?),
            Role::Row => {
                for row in rows {
                    lines.push(line(document, record, &[row, header])?);
                }
            }
            Role::Trailer => {
                let mut sums = Values::new();
                let count = rows.len()
                    + match document.controls.count {
                        Counted::Rows => 0,
                        Counted::Body => headers,
                        Counted::All => headers + 1,
                    };
                sums.insert(Field::Count, Value::Text(count.to_string()));
                sums.insert(Field::Total, Value::Text(total(rows)));
                lines.push(line(document, record, &[&sums, header])?);
            }
        }
    }
    let end: &[u8] = match document.form.newline {
        Newline::Lf => b"\n",
        Newline::Crlf => b"\r\n",
    };
    Ok(lines
        .into_iter()
        .flat_map(|line| line.into_iter().chain(end.iter().copied()))
        .collect())
}

fn total(rows: &[Values]) -> String {
    let quantities = rows.iter().filter_map(|row| match row.get(&Field::Qty) {
        Some(Value::Text(text)) => scaled(text),
        _ => None,
    });
    shown(quantities.sum())
}

fn refused(what: impl Into<String>, at: impl Into<String>) -> Failure {
    Failure::rejected(failures::CANNOT_WRITE, what).at(at)
}

/// The texts of a record, with the columns where they stand.
fn placed<'a>(
    document: &'a Document,
    record: &'a Record,
    values: &[&Values],
) -> Result<Vec<(Column, String, String)>, Failure> {
    let mut placed = Vec::new();
    if let (Some(place), Some(code)) = (&document.form.type_at, &record.type_code) {
        placed.push((place.column(), code.clone(), "type".to_owned()));
    }
    for column in &record.constants {
        let text = column.value.clone().unwrap_or_default();
        placed.push((column.clone(), text, "constant".to_owned()));
    }
    for (field, column) in record
        .fields
        .iter()
        .filter(|(_, column)| column.is_placed())
    {
        let at = format!("{} ({})", column.place(), field.name());
        let value = values.iter().find_map(|values| values.get(field));
        let text = match (&column.value, value) {
            (Some(text), _) => text.clone(),
            (None, Some(value)) => text(*field, column, value, document).map_err(|what| {
                refused(
                    format!("{} cannot be written: {what}", field.name()),
                    at.as_str(),
                )
            })?,
            (None, None) => column.default.clone().unwrap_or_default(),
        };
        if text.is_empty() && column.required {
            return Err(refused(
                format!("{} is required and the command has none", field.name()),
                at,
            ));
        }
        placed.push((column.clone(), text, at));
    }
    Ok(placed)
}

fn text(
    field: Field,
    column: &Column,
    value: &Value,
    document: &Document,
) -> Result<String, String> {
    let format = column.format.as_deref().unwrap_or_default();
    match value {
        Value::Text(text) if matches!(field.nature(), Nature::Number | Nature::Whole) => {
            number::written(column, text)
        }
        Value::Text(text) => Ok(text.clone()),
        Value::List(texts) => match (column.split, texts.as_slice()) {
            (_, []) => Ok(String::new()),
            (_, [one]) => Ok(one.clone()),
            (Some(separator), several) => {
                if several.iter().any(|text| text.contains(separator)) {
                    return Err(format!("one of its values contains {separator:?}"));
                }
                Ok(several.join(&separator.to_string()))
            }
            (None, _) => Err("it has several values, and the column no `split`".to_owned()),
        },
        Value::Date(date) => moment::written_date(format, *date),
        Value::Time(time) => jiff::fmt::strtime::format(format, *time).map_err(|e| e.to_string()),
        Value::Moment(at) => moment::written(format, *at, &document.zone),
    }
}

fn line(document: &Document, record: &Record, values: &[&Values]) -> Result<Vec<u8>, Failure> {
    let placed = placed(document, record, values)?;
    match document.form.kind {
        FormKind::Delimited => delimited(document, record.columns, &placed),
        FormKind::Fixed => fixed(&document.form, document.encoding, &placed),
    }
}

/// The header line: the name of each column that any record uses.
fn titles(document: &Document) -> Result<Vec<u8>, Failure> {
    let mut titles = Vec::new();
    if let Some(place) = &document.form.type_at {
        let title = place.title.clone().unwrap_or_else(|| "type".to_owned());
        titles.push((place.column(), title, "type".to_owned()));
    }
    let columns = document.records.iter().flat_map(|record| &record.fields);
    for (field, column) in columns.filter(|(_, column)| column.is_placed()) {
        let title = column.title.clone().unwrap_or_else(|| field.name());
        titles.push((column.clone(), title, field.name()));
    }
    delimited(document, None, &titles)
}

fn delimited(
    document: &Document,
    columns: Option<usize>,
    placed: &[(Column, String, String)],
) -> Result<Vec<u8>, Failure> {
    let form = &document.form;
    let mut cells = BTreeMap::new();
    for (column, text, at) in placed {
        let Some(Name::Number(number)) = column.name else {
            return Err(refused(
                "a column that is written needs a number",
                at.as_str(),
            ));
        };
        encoded(document.encoding, text, at)?;
        cells.insert(number, escaped(form, text, at)?);
    }
    let last = cells
        .keys()
        .last()
        .copied()
        .unwrap_or(0)
        .max(columns.unwrap_or(0));
    let texts: Vec<String> = (1..=last)
        .map(|number| cells.remove(&number).unwrap_or_default())
        .collect();
    let line = texts.join(&form.separator.to_string());
    encoded(document.encoding, &line, "")
}

fn escaped(form: &Form, text: &str, at: &str) -> Result<String, Failure> {
    let breaks = |c: char| c == '\n' || c == '\r' || (c.is_control() && c != '\t');
    if text.chars().any(breaks) {
        return Err(refused(
            format!("{text:?} contains a line break or control character"),
            at,
        ));
    }
    match form.quote {
        None if text.contains(form.separator) => {
            let what = format!("{text:?} contains the separator {:?}", form.separator);
            Err(refused(what, at))
        }
        None => Ok(text.to_owned()),
        Some(quote) => {
            let edge = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
            if edge || text.contains(form.separator) || text.contains(quote) {
                let doubled = text.replace(quote, &format!("{quote}{quote}"));
                Ok(format!("{quote}{doubled}{quote}"))
            } else {
                Ok(text.to_owned())
            }
        }
    }
}

fn encoded(encoding: &'static Encoding, text: &str, at: &str) -> Result<Vec<u8>, Failure> {
    let (bytes, _, is_lossy) = encoding.encode(text);
    if is_lossy {
        let what = format!("{text:?} has characters that {} has not", encoding.name());
        return Err(refused(what, at));
    }
    Ok(bytes.into_owned())
}

fn fixed(
    form: &Form,
    encoding: &'static Encoding,
    placed: &[(Column, String, String)],
) -> Result<Vec<u8>, Failure> {
    let mut pieces = BTreeMap::new();
    for (column, text, at) in placed {
        let (Some(start), Some(len)) = (column.start, column.len) else {
            return Err(refused(
                "a column that is written needs start and len",
                at.as_str(),
            ));
        };
        if text.chars().any(char::is_control) {
            return Err(refused(
                format!("{text:?} contains control characters"),
                at.as_str(),
            ));
        }
        let used = match form.unit {
            Unit::Bytes => encoded(encoding, text, at)?.len(),
            Unit::Characters => text.chars().count(),
        };
        let Some(room) = len.checked_sub(used) else {
            let what = format!("{text:?} needs {used} places, the column has {len}");
            return Err(refused(what, at.as_str()));
        };
        let filling = column.fill.unwrap_or(' ').to_string().repeat(room);
        let filled = if column.right {
            format!("{filling}{text}")
        } else {
            format!("{text}{filling}")
        };
        pieces.insert(start.saturating_sub(1), (len, filled, at));
    }
    let (mut line, mut end) = (String::new(), 0_usize);
    for (start, (len, text, at)) in pieces {
        let Some(gap) = start.checked_sub(end) else {
            return Err(refused("two columns overlap in the layout", at.as_str()));
        };
        line.push_str(&" ".repeat(gap));
        line.push_str(&text);
        end = start.saturating_add(len);
    }
    let wanted = form.length.unwrap_or(end);
    line.push_str(&" ".repeat(wanted.saturating_sub(end)));
    encoded(encoding, &line, "")
}

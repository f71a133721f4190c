//! What cannot be in a layout: (place, what is wrong, what to do).

use std::collections::BTreeMap;

use encoding_rs::Encoding;

use super::column::Name;
use super::{Column, Field, Form, FormKind, Layout, Lengths, Nature, Record, Role, Unit};

type Problem = (String, String, String);

/// All of it.
pub(super) fn problems(layout: &Layout) -> Vec<Problem> {
    let mut report = Report(Vec::new());
    report.form("form", &layout.form, false);
    report.records("records", &layout.form, &layout.records);
    if !layout.records.iter().any(|r| r.role == Role::Row) {
        report.say(
            "records",
            "no record has the role \"row\"",
            "describe the rows",
        );
    }
    if layout.key.is_empty() {
        report.say("key", "it is empty", "use [\"import_key\", \"line\"]");
    }
    for (place, written) in [
        ("announce", &layout.announce),
        ("cancel", &layout.cancel),
        ("acknowledgement", &layout.acknowledgement),
    ] {
        let Some(written) = written else { continue };
        let form = written.form.as_ref().unwrap_or(&layout.form);
        report.form(&format!("{place}.form"), form, true);
        report.records(&format!("{place}.records"), form, &written.records);
        let wanted: &[&str] = if place == "acknowledgement" {
            &["{name}", "{stem}", "{hash}"]
        } else {
            &["{key}"]
        };
        if !wanted.iter().any(|name| written.name.contains(name)) {
            report.say(
                &format!("{place}.name"),
                "two documents would have the same name",
                &format!("put {} into it", wanted.join(" or ")),
            );
        }
    }
    if let Some(answer) = &layout.answer {
        let form = answer.form.as_ref().unwrap_or(&layout.form);
        report.form("answer.form", form, false);
        report.records("answer.records", form, &answer.records);
        let has = |field| answer.records.iter().any(|r| r.fields.contains_key(&field));
        if !has(Field::Status) || !(has(Field::Key) || has(Field::File)) {
            report.say(
                "answer.records",
                "no record has `status` and `key` (or `file`)",
                "describe where they stand",
            );
        }
    }
    report.0
}

struct Report(Vec<Problem>);

impl Report {
    fn say(&mut self, place: &str, what: &str, fix: &str) {
        self.0
            .push((place.to_owned(), what.to_owned(), fix.to_owned()));
    }

    fn form(&mut self, place: &str, form: &Form, is_written: bool) {
        let at = |option: &str| format!("{place}.{option}");
        match Encoding::for_label(form.encoding.as_bytes()) {
            None => self.say(
                &at("encoding"),
                &format!("{:?} is no encoding", form.encoding),
                "use utf-8, windows-1252, iso-8859-15 or utf-16",
            ),
            Some(encoding) if is_written && encoding.output_encoding() != encoding => self.say(
                &at("encoding"),
                "files are not written in this encoding",
                "give the document a form of its own, in utf-8",
            ),
            Some(encoding)
                if form.kind == FormKind::Fixed
                    && form.unit == Unit::Bytes
                    && encoding.output_encoding() != encoding =>
            {
                self.say(
                    &at("unit"),
                    "places cannot count bytes here",
                    "use \"characters\"",
                );
            }
            Some(_) => {}
        }
        if form.kind == FormKind::Delimited {
            let ascii =
                |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\n' && c != '\r';
            if !ascii(form.separator) || form.quote.is_some_and(|c| !ascii(c)) {
                self.say(
                    &at("separator"),
                    "it cannot separate",
                    "use , ; | ^ or a tab",
                );
            }
            if form.quote == Some(form.separator) {
                self.say(&at("quote"), "it is the separator too", "use \"");
            }
        }
        if form.kind == FormKind::Fixed && form.lines == Lengths::Exact && form.length.is_none() {
            self.say(
                &at("length"),
                "lines are exact and no length is given",
                "give it",
            );
        }
        if form.max_line == 0 {
            self.say(&at("max_line"), "it is 0", "use 65536");
        }
    }

    fn records(&mut self, place: &str, form: &Form, records: &[Record]) {
        let mut seen = BTreeMap::new();
        for (i, record) in records.iter().enumerate() {
            let at = format!("{place}.{i}");
            let code = record.type_code.as_deref().unwrap_or_default();
            if form.type_at.is_some() && code.is_empty() {
                self.say(
                    &format!("{at}.type"),
                    "records have types, and this one has none",
                    "give it",
                );
            }
            if form.type_at.is_none() && records.len() > 1 {
                self.say(
                    &format!("{at}.type"),
                    "there are several records and no place for their types",
                    "set form.type",
                );
            }
            if let Some(other) = seen.insert(code.to_owned(), i) {
                self.say(
                    &format!("{at}.type"),
                    &format!("record {other} has it too"),
                    "give each its own",
                );
            }
            for (field, column) in &record.fields {
                let at = format!("{at}.fields.{}", field.name());
                self.column(&at, form, Some(*field), column);
            }
            for (number, column) in record.constants.iter().enumerate() {
                let at = format!("{at}.constants.{number}");
                self.column(&at, form, None, column);
                if column.value.is_none() {
                    self.say(&at, "a constant has no value", "set value");
                }
            }
        }
        if let Some(place_of_type) = &form.type_at {
            self.column(
                &format!("{place}: form.type"),
                form,
                None,
                &place_of_type.column(),
            );
        }
    }

    fn column(&mut self, at: &str, form: &Form, field: Option<Field>, column: &Column) {
        let placed = match form.kind {
            FormKind::Delimited => match &column.name {
                Some(Name::Number(0)) => {
                    self.say(at, "columns count from 1", "use a number from 1");
                    true
                }
                Some(Name::Named(_)) if !form.header_line => {
                    self.say(
                        at,
                        "there is no header line with names",
                        "use the column's number",
                    );
                    true
                }
                Some(_) => column.start.is_none(),
                None => false,
            },
            FormKind::Fixed => {
                if column.start == Some(0) || column.len == Some(0) {
                    self.say(at, "places count from 1", "use a start and a length from 1");
                }
                let end = column
                    .start
                    .unwrap_or(1)
                    .saturating_add(column.len.unwrap_or(1));
                if form
                    .length
                    .is_some_and(|length| end.saturating_sub(1) > length)
                {
                    self.say(
                        at,
                        "it ends behind the line",
                        "compare start and len with form.length",
                    );
                }
                column.start.is_some() && column.len.is_some() && column.name.is_none()
            }
        };
        if !placed && column.value.is_none() {
            let fix = match form.kind {
                FormKind::Delimited => "set column, or value",
                FormKind::Fixed => "set start and len, or value",
            };
            self.say(at, "it stands nowhere", fix);
        }
        let nature = field.map(Field::nature);
        let is_dated = matches!(nature, Some(Nature::Date | Nature::Time | Nature::Moment));
        if is_dated && column.format.is_none() {
            self.say(
                at,
                "a date or time has no format",
                "set format, such as \"%Y-%m-%d\"",
            );
        }
        if column.decimals > 6 {
            self.say(at, "more than six decimals", "use at most 6");
        }
    }
}

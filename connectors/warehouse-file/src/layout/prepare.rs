//! A layout made ready: encodings and time zone looked up, one document for each kind of file.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use super::{Controls, Field, Form, Kind, Layout, Record, Written};

/// A layout made ready.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) key: Vec<Field>,
    pub(crate) receipts: Document,
    pub(crate) announce: Option<Outgoing>,
    pub(crate) cancel: Option<Outgoing>,
    pub(crate) acknowledgement: Option<Outgoing>,
    pub(crate) answer: Option<Answering>,
}

/// A kind of file.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) form: Form,
    pub(crate) records: Vec<Record>,
    pub(crate) encoding: &'static Encoding,
    pub(crate) zone: TimeZone,
    pub(crate) controls: Controls,
    pub(crate) kinds: BTreeMap<String, Kind>,
}

/// A kind of file that we write.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) name: String,
    pub(crate) document: Document,
    pub(crate) words: BTreeMap<String, String>,
}

/// Their acknowledgement.
#[derive(Debug, Clone)]
pub(crate) struct Answering {
    pub(crate) document: Document,
    pub(crate) accepted: Vec<String>,
    pub(crate) refused: Vec<String>,
}

/// Makes a layout ready. `zone` stands above the layout's own. The error: (place, what).
pub(crate) fn prepare(layout: &Layout, zone: Option<&str>) -> Result<Prepared, (String, String)> {
    let zone = match zone.or(layout.zone.as_deref()) {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| ("zone".to_owned(), format!("{name:?} is no time zone")))?,
    };
    let document = |place: &str, form: Option<&Form>, records: &[Record]| {
        let form = form.unwrap_or(&layout.form);
        let encoding = Encoding::for_label(form.encoding.as_bytes()).ok_or_else(|| {
            let what = format!("{:?} is no encoding", form.encoding);
            (format!("{place}encoding"), what)
        })?;
        Ok::<_, (String, String)>(Document {
            form: form.clone(),
            records: records.iter().map(described).collect(),
            encoding,
            zone: zone.clone(),
            controls: layout.controls,
            kinds: layout.kinds.clone(),
        })
    };
    let written = |place: &str, written: &Option<Written>| {
        let written = written.as_ref().map(|written| {
            Ok::<_, (String, String)>(Outgoing {
                name: written.name.clone(),
                document: document(
                    &format!("{place}.form."),
                    written.form.as_ref(),
                    &written.records,
                )?,
                words: written.words.clone(),
            })
        });
        written.transpose()
    };
    let answer = layout.answer.as_ref().map(|answer| {
        Ok::<_, (String, String)>(Answering {
            document: document("answer.form.", answer.form.as_ref(), &answer.records)?,
            accepted: answer.accepted.clone(),
            refused: answer.refused.clone(),
        })
    });
    Ok(Prepared {
        key: layout.key.clone(),
        receipts: document("form.", None, &layout.records)?,
        announce: written("announce", &layout.announce)?,
        cancel: written("cancel", &layout.cancel)?,
        acknowledgement: written("acknowledgement", &layout.acknowledgement)?,
        answer: answer.transpose()?,
    })
}

/// The record, with its columns described once.
fn described(record: &Record) -> Record {
    let mut record = record.clone();
    for (field, column) in &mut record.fields {
        column.shown = column.described(*field);
    }
    record
}

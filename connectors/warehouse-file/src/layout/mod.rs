//! A layout: the description of a partner's files, as data.
//!
//! One language for delimited files, files of record types and fixed columns; for reading and for writing.

mod check;
mod column;
mod field;
mod prepare;
mod shipped;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use column::{Column, Name, Place, Sign, Trim};
pub(crate) use field::{Field, Nature};
pub(crate) use prepare::{Document, Outgoing, Prepared, prepare};
pub(crate) use shipped::{SHIPPED, names, shipped};

use crate::config::Tables;

/// A layout, as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    /// For people.
    #[serde(default, rename = "description")]
    pub(crate) _description: String,
    /// Time zone of times without an offset: an IANA name.
    #[serde(default)]
    pub(crate) zone: Option<String>,
    /// What makes a row recognisable: its id is made of these.
    #[serde(default = "default_key")]
    pub(crate) key: Vec<Field>,
    /// The partner's words in the column `kind`.
    #[serde(default)]
    pub(crate) kinds: BTreeMap<String, Kind>,
    /// Form of all documents that have none of their own.
    pub(crate) form: Form,
    /// Records of the files that we take in.
    pub(crate) records: Vec<Record>,
    /// How counts and totals are meant.
    #[serde(default)]
    pub(crate) controls: Controls,
    /// The partner's codes = ours.
    #[serde(default)]
    pub(crate) codes: Tables,
    /// Announcements that we write.
    #[serde(default)]
    pub(crate) announce: Option<Written>,
    /// Withdrawals that we write.
    #[serde(default)]
    pub(crate) cancel: Option<Written>,
    /// Acknowledgements of their files that we write.
    #[serde(default)]
    pub(crate) acknowledgement: Option<Written>,
    /// Acknowledgements of our announcements that we read.
    #[serde(default)]
    pub(crate) answer: Option<Answered>,
}

/// A document that we write.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Name of the file; `{key}`, `{rma}`, `{name}`, `{stem}` and `{hash}` are put in.
    pub(crate) name: String,
    /// Its form, if other than the layout's.
    #[serde(default)]
    pub(crate) form: Option<Form>,
    /// Its records.
    pub(crate) records: Vec<Record>,
    /// Words for codes: our word = theirs.
    #[serde(default)]
    pub(crate) words: BTreeMap<String, String>,
}

/// An acknowledgement that we read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    /// Its form, if other than the layout's.
    #[serde(default)]
    pub(crate) form: Option<Form>,
    /// Its records.
    pub(crate) records: Vec<Record>,
    /// Words of the column `status` that mean yes.
    pub(crate) accepted: Vec<String>,
    /// Words of the column `status` that mean no.
    pub(crate) refused: Vec<String>,
}

/// How a file is cut into lines and columns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// Separated columns, or columns of fixed places.
    pub(crate) kind: FormKind,
    /// Name of the encoding (<https://encoding.spec.whatwg.org/#names-and-labels>).
    #[serde(default = "utf8")]
    pub(crate) encoding: String,
    /// Delimited: the separator.
    #[serde(default = "comma")]
    pub(crate) separator: char,
    /// Delimited: the quote. Without one, a value cannot contain the separator.
    #[serde(default)]
    pub(crate) quote: Option<char>,
    /// Delimited: true if the first line names the columns.
    #[serde(default)]
    pub(crate) header_line: bool,
    /// Delimited, with a header line: true to take rows of more or fewer columns than it has.
    #[serde(default)]
    pub(crate) ragged: bool,
    /// Fixed: length of a line without its end.
    #[serde(default)]
    pub(crate) length: Option<usize>,
    /// Fixed: what of lines of another length.
    #[serde(default)]
    pub(crate) lines: Lengths,
    /// Fixed: places count bytes or characters.
    #[serde(default)]
    pub(crate) unit: Unit,
    /// Where the record's type stands. Without it there is one type of record.
    #[serde(default, rename = "type")]
    pub(crate) type_at: Option<Place>,
    /// True if a file without an end of line at its end is half a file.
    #[serde(default)]
    pub(crate) final_newline: bool,
    /// Written ends of lines. Both are read.
    #[serde(default)]
    pub(crate) newline: Newline,
    /// Longest line, bytes.
    #[serde(default = "max_line")]
    pub(crate) max_line: usize,
    /// What of lines whose type is not described.
    #[serde(default)]
    pub(crate) unknown_records: Unknown,
}

/// Separated columns, or columns of fixed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FormKind {
    Delimited,
    Fixed,
}

/// What of lines of another length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Lengths {
    /// The line is refused.
    Exact,
    /// A shorter one is filled up with blanks; a longer one is refused.
    #[default]
    Pad,
    /// Any length is taken; what is missing is blank.
    Ragged,
}

/// What places count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    #[default]
    Bytes,
    Characters,
}

/// An end of line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Newline {
    #[default]
    Lf,
    Crlf,
}

/// What of lines whose type is not described.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unknown {
    #[default]
    Refuse,
    Skip,
}

/// A type of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// What stands in the type column.
    #[serde(default, rename = "type")]
    pub(crate) type_code: Option<String>,
    /// What it is for.
    pub(crate) role: Role,
    /// What a row tells, if it does not say so itself.
    #[serde(default)]
    pub(crate) kind: Kind,
    /// Number of columns, if it must have exactly so many.
    #[serde(default)]
    pub(crate) columns: Option<usize>,
    /// What stands where.
    #[serde(default)]
    pub(crate) fields: BTreeMap<Field, Column>,
    /// Written as they are; not read.
    #[serde(default)]
    pub(crate) constants: Vec<Column>,
}

/// What a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// What it says holds for all rows until the next of its type.
    Header,
    /// A fact.
    Row,
    /// The end: counts and totals.
    Trailer,
    /// Known, and of no interest.
    Ignored,
}

/// What a row tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Goods arrived; inspected and decided on as well, if it says so.
    #[default]
    Receipt,
    /// Goods were inspected.
    Inspection,
    /// It was decided what to do with goods.
    Disposition,
    /// A receipt is taken back.
    Reversal,
}

/// How counts and totals are meant.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Controls {
    /// What `count` counts.
    pub(crate) count: Counted,
    /// Whether a file without a trailer is half a file.
    pub(crate) trailer: Need,
}

/// Whether it must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    #[default]
    Required,
    Optional,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Counted {
    /// Rows.
    #[default]
    Rows,
    /// Headers and rows.
    Body,
    /// Headers, rows and trailer.
    All,
}

impl Layout {
    /// Reads a layout's file, with `adjust` laid over it.
    pub(crate) fn read(text: &str, adjust: &toml::Table) -> Result<Self, String> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map(|span| text.get(..span.start).unwrap_or_default());
            let line = line.map_or(1, |before| before.matches('\n').count() + 1);
            format!("line {line}: {}", error.message())
        })?;
        lay_over(&mut table, adjust);
        Self::deserialize(toml::Value::Table(table)).map_err(|error| error.message().to_owned())
    }

    /// Everything in it that cannot be: (place in the layout, what, fix).
    pub(crate) fn problems(&self) -> Vec<(String, String, String)> {
        check::problems(self)
    }
}

/// Tables are merged, everything else is replaced.
fn lay_over(table: &mut toml::Table, above: &toml::Table) {
    for (name, value) in above {
        match (table.get_mut(name), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            _ => {
                table.insert(name.clone(), value.clone());
            }
        }
    }
}

fn default_key() -> Vec<Field> {
    vec![Field::ImportKey, Field::Line]
}

fn utf8() -> String {
    "utf-8".to_owned()
}

const fn comma() -> char {
    ','
}

const fn max_line() -> usize {
    64 * 1024
}

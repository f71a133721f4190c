//! Crosswalks as CSV (RFC 4180): one entry a row, in one order, so that what is exported is imported and exported again byte
//! for byte. What a spreadsheet would compute has a quote before it in the file, which reading takes away.

use std::collections::BTreeMap;

use canonical::crosswalk::Direction;
use jiff::Timestamp;
use router::crosswalk::govern::Proposal;
use router::spreadsheet::{self, cell};
use store::CrosswalkRow;

use super::Ended;

/// Columns, in the order of an export.
pub(super) const COLUMNS: [&str; 8] = [
    "list",
    "system",
    "direction",
    "source_code",
    "canonical_code",
    "effective_from",
    "effective_to",
    "owner",
];
/// Columns that every file must have.
const NEEDED: [&str; 4] = ["list", "system", "source_code", "canonical_code"];

/// What is wrong at a place of a file.
pub(super) struct Misread {
    /// Line, from 1.
    pub(super) line: u64,
    /// Column, or empty for the whole row.
    pub(super) column: String,
    /// What is wrong.
    pub(super) what: String,
}

/// A row of a file.
pub(super) struct Read {
    /// Line, from 1.
    pub(super) line: u64,
    /// What it proposes.
    pub(super) proposal: Proposal,
}

/// Reads a file whole: the rows that can be read, and everything that is wrong with the others; or says what is wrong with
/// its header.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Read>, Vec<Misread>), Vec<Misread>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let whole = |line: u64, what: String| Misread {
        line,
        column: String::new(),
        what,
    };
    let header = reader
        .headers()
        .map_err(|error| vec![whole(1, error.to_string())])?
        .clone();
    let mut wrong = Vec::new();
    for name in &header {
        if !COLUMNS.contains(&name) {
            let what = format!("there is no column {name:?}: use {}", COLUMNS.join(", "));
            wrong.push(whole(1, what));
        }
    }
    for name in NEEDED {
        if !header.iter().any(|column| column == name) {
            wrong.push(whole(1, format!("the column {name:?} is missing")));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                wrong.push(whole(line, error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let what = format!(
                "the row has {} fields, the header has {}",
                record.len(),
                header.len()
            );
            wrong.push(whole(line, what));
            continue;
        }
        let meant = record.iter().map(spreadsheet::meant);
        let cells: BTreeMap<&str, &str> = header.iter().zip(meant).collect();
        match proposal(&cells) {
            Ok(proposal) => rows.push(Read { line, proposal }),
            Err(faults) => wrong.extend(faults.into_iter().map(|(column, what)| Misread {
                line,
                column: column.to_owned(),
                what,
            })),
        }
    }
    Ok((rows, wrong))
}

fn proposal(cells: &BTreeMap<&str, &str>) -> Result<Proposal, Vec<(&'static str, String)>> {
    let cell = |column: &str| cells.get(column).copied().unwrap_or_default();
    let mut wrong = Vec::new();
    let direction = match cell("direction") {
        "" => Some(Direction::In),
        word => Direction::from_word(word),
    };
    if direction.is_none() {
        let what = format!("{:?} is neither IN nor OUT", cell("direction"));
        wrong.push(("direction", what));
    }
    let mut instant = |column: &'static str| match cell(column) {
        "" => None,
        text => text
            .parse::<Timestamp>()
            .map_err(|_| {
                let what = format!(
                    "{text:?} is no instant: write it as 2026-01-31T00:00:00Z, or leave it empty"
                );
                wrong.push((column, what));
            })
            .ok(),
    };
    let (from, to) = (instant("effective_from"), instant("effective_to"));
    match direction {
        Some(direction) if wrong.is_empty() => Ok(Proposal {
            list: cell("list").to_owned(),
            system: cell("system").to_owned(),
            direction,
            source_code: cell("source_code").to_owned(),
            canonical_code: cell("canonical_code").to_owned(),
            from,
            to,
            owner: cell("owner").to_owned(),
        }),
        _ => Err(wrong),
    }
}

/// Writes entries, in the order of what they are about.
pub(super) fn write(rows: &[&CrosswalkRow]) -> Result<Vec<u8>, Ended> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| {
        let key = |r: &CrosswalkRow| {
            (
                r.list.clone(),
                r.system.clone(),
                r.direction.clone(),
                r.source_code.clone(),
                r.effective_from,
            )
        };
        key(a).cmp(&key(b))
    });
    let failed = |error: csv::Error| Ended::Failed(format!("writing CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for row in rows {
        let to = row.effective_to.map(|to| to.to_string());
        writer
            .write_record([
                cell(&row.list).as_ref(),
                cell(&row.system).as_ref(),
                cell(&row.direction).as_ref(),
                cell(&row.source_code).as_ref(),
                cell(&row.canonical_code).as_ref(),
                &row.effective_from.to_string(),
                &to.unwrap_or_default(),
                cell(&row.owner).as_ref(),
            ])
            .map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Ended::Failed(format!("writing CSV: {error}")))
}

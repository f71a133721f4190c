//! Printing: tables for people, JSON for programs.

use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::Ended;

/// Prints a line. A reader that has gone (`| head`) is not an error.
pub(super) fn line(text: impl AsRef<str>) -> Result<(), Ended> {
    bytes(format!("{}\n", text.as_ref()).as_bytes())
}

/// Prints bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Ended> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a value as JSON, indented.
pub(super) fn json(value: &impl Serialize) -> Result<(), Ended> {
    line(serde_json::to_string_pretty(value)?)
}

/// Says on standard error what went wrong.
pub(super) fn complain(text: &str) {
    let mut err = io::stderr().lock();
    if writeln!(err, "backhaul: {text}").is_err() {
        // Nobody listens; the exit code still tells.
    }
}

/// Prints a table, or the sentence when it would be empty.
pub(super) fn table(
    header: &[&str],
    rows: Vec<Vec<String>>,
    when_empty: &str,
) -> Result<(), Ended> {
    if rows.is_empty() {
        return line(when_empty);
    }
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec())
        .add_rows(rows);
    line(table.trim_fmt())
}

/// Money for people: "USD 12.50". Amounts are in minor units of their currency.
pub(super) fn money(minor: Option<i64>, currency: Option<&str>) -> String {
    let Some((minor, currency)) = minor.zip(currency) else {
        return String::new();
    };
    match currency.parse::<canonical::Currency>() {
        Ok(known) => canonical::Money::new(minor, known).to_string(),
        Err(_) => format!("{currency} {minor} (minor units)"),
    }
}

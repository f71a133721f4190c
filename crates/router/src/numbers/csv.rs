//! The numbers as CSV (RFC 4180), for spreadsheets.

use std::borrow::Cow;

use super::{Number, Told};
use crate::spreadsheet::cell;

/// Columns of the CSV.
const COLUMNS: [&str; 13] = [
    "metric",
    "part",
    "group",
    "currency",
    "unit",
    "numerator",
    "denominator",
    "value",
    "n",
    "p50",
    "p90",
    "p95",
    "longest",
];

impl Number {
    /// Its group in words; empty over all.
    pub fn group_text(&self) -> String {
        let pairs = self.group.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(" ")
    }
}

/// Writes them.
///
/// # Errors
/// If they cannot be written; never, as they are written to memory.
pub fn csv(told: &Told) -> Result<Vec<u8>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("writing CSV: {error}");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| failed(&error))?;
    for number in &told.numbers {
        let text = |value: Option<i64>| value.map_or_else(String::new, |v| v.to_string());
        let spread = number.spread.as_ref();
        writer
            .write_record(
                [
                    number.metric,
                    &number.part,
                    &number.group_text(),
                    &number.currency,
                    number.unit,
                    &number.numerator,
                    number.denominator.as_deref().unwrap_or_default(),
                    number.value.as_deref().unwrap_or_default(),
                    &spread.map_or_else(String::new, |s| s.n.to_string()),
                    &text(spread.and_then(|s| s.p50)),
                    &text(spread.and_then(|s| s.p90)),
                    &text(spread.and_then(|s| s.p95)),
                    &text(spread.and_then(|s| s.longest)),
                ]
                .map(cell)
                .map(Cow::into_owned),
            )
            .map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

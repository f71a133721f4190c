//! What does not agree in a run, as CSV (RFC 4180), for spreadsheets.

use super::item::Item;
use crate::spreadsheet::cell;

/// Columns of the CSV.
const COLUMNS: [&str; 18] = [
    "run_id",
    "entity",
    "match",
    "class",
    "priority",
    "key",
    "business_date",
    "left",
    "right",
    "delta_minor",
    "currency",
    "age_days",
    "carried",
    "first_seen",
    "connector",
    "return_id",
    "exception_id",
    "reason",
];

/// Writes the items of that run of that legal entity.
///
/// # Errors
/// If they cannot be written; never, as they are written to memory.
pub fn items_csv<'a>(
    run_id: &str,
    entity: &str,
    items: impl IntoIterator<Item = &'a Item>,
) -> Result<Vec<u8>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("writing CSV: {error}");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| failed(&error))?;
    for item in items {
        let delta = item.delta_minor.map_or_else(String::new, |d| d.to_string());
        let currency = item.currency.as_ref().map_or("", canonical::Currency::code);
        writer
            .write_record([
                run_id,
                &cell(entity),
                item.matched.word(),
                item.class.word(),
                item.priority.word(),
                &cell(&item.key),
                &item.business_date.to_string(),
                &cell(&item.left),
                &cell(&item.right),
                &delta,
                currency,
                &item.age_days.to_string(),
                if item.carried { "yes" } else { "no" },
                &item.first_seen.to_string(),
                &cell(&item.connector),
                &cell(&item.return_id),
                &cell(&item.exception_id),
                &cell(&item.reason),
            ])
            .map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

//! Small questions about rows.

use canonical::crosswalk::CrosswalkStatus;
use jiff::Timestamp;
use store::{CrosswalkBook, CrosswalkRow};

/// True if it is in that state.
pub(super) fn is(row: &CrosswalkRow, status: CrosswalkStatus) -> bool {
    row.status == status.word()
}

/// True for entries of the same code: only one of them can hold at an instant.
pub(super) fn same_code(a: &CrosswalkRow, b: &CrosswalkRow) -> bool {
    (&a.list, &a.system, &a.direction, &a.source_code)
        == (&b.list, &b.system, &b.direction, &b.source_code)
}

/// True if both hold at some instant.
pub(super) fn overlap(a: &CrosswalkRow, b: &CrosswalkRow) -> bool {
    let begins_before_end = |one: &CrosswalkRow, other: &CrosswalkRow| {
        other.effective_to.is_none_or(|to| one.effective_from < to)
    };
    let holds_ever = |row: &CrosswalkRow| row.effective_to.is_none_or(|to| row.effective_from < to);
    begins_before_end(a, b) && begins_before_end(b, a) && holds_ever(a) && holds_ever(b)
}

/// True if it holds at that instant.
pub(super) fn holds_at(row: &CrosswalkRow, at: Timestamp) -> bool {
    row.effective_from <= at && row.effective_to.is_none_or(|to| at < to)
}

/// Version of a list: that of its last publication; 0 before the first.
pub(super) fn version(book: &CrosswalkBook, list: &str) -> u64 {
    let rows = book.rows.iter().filter(|row| row.list == list);
    rows.map(|row| row.version).max().unwrap_or(0)
}

/// An entry for people: `uom wms-east IN "CS" → "XCS"`.
pub(super) fn told(row: &CrosswalkRow) -> String {
    format!(
        "{} {} {} {:?} → {:?}",
        row.list, row.system, row.direction, row.source_code, row.canonical_code
    )
}

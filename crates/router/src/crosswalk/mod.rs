//! Governed crosswalks: drafted by one person, approved by another, in force for all processes, and what was blocked goes on.
//!
//! [`govern`] decides, purely; [`rerun`] gives back what waited for a code; [`follow`] keeps a running process at the last
//! publication.

pub mod follow;
pub mod govern;
pub mod rerun;
mod row;

use canonical::crosswalk::{CrosswalkEntry, CrosswalkStatus, Direction};
use connector::Publication;
use store::{CrosswalkBook, CrosswalkRow};

/// What a book publishes. A row with a word that this version does not know is left out: it was never in force here.
pub fn publication(book: &CrosswalkBook) -> Publication {
    Publication {
        number: book.publication,
        entries: book.rows.iter().filter_map(entry).collect(),
    }
}

/// An entry that was published; none for a draft.
pub fn entry(row: &CrosswalkRow) -> Option<CrosswalkEntry> {
    let status = CrosswalkStatus::from_word(&row.status)?;
    if status == CrosswalkStatus::Draft {
        return None;
    }
    Some(CrosswalkEntry {
        list: row.list.clone(),
        system: row.system.clone(),
        direction: Direction::from_word(&row.direction)?,
        source_code: row.source_code.clone(),
        canonical_code: row.canonical_code.clone(),
        effective_from: row.effective_from,
        effective_to: row.effective_to,
        status,
        owner: row.owner.clone(),
        approved_by: Some(row.approved_by.clone()),
        version: u32::try_from(row.version).unwrap_or(u32::MAX),
    })
}

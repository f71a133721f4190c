//! Who may change what: drafts, their approval by somebody else, the end of an entry. Pure; each answer is one change of the
//! book, all or nothing.

use std::collections::BTreeMap;

use canonical::crosswalk::{CrosswalkStatus, Direction};
use connector::codes;
use connector::published::EVERY_SYSTEM;
use jiff::Timestamp;
use serde_json::json;
use store::{AuditEntry, CrosswalkBook, CrosswalkChange, CrosswalkRow};
use workflow::Approvers;
use workflow::approvers::are_one;

use super::row::{holds_at, is, overlap, same_code, told, version};

/// An entry that somebody proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Code list.
    pub list: String,
    /// Connector instance, or "*".
    pub system: String,
    /// Direction.
    pub direction: Direction,
    /// The code to translate.
    pub source_code: String,
    /// What it becomes.
    pub canonical_code: String,
    /// In force from; none: since ever for a code that is new, from now on for one that had a meaning.
    pub from: Option<Timestamp>,
    /// Until (exclusive); none: without end.
    pub to: Option<Timestamp>,
    /// Who looks after it; empty: whoever drafts it.
    pub owner: String,
}

/// What a connector's configuration says of a code: it holds while no entry is published for the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Code list.
    pub list: String,
    /// Connector instance.
    pub system: String,
    /// Direction.
    pub direction: Direction,
    /// The code to translate.
    pub source_code: String,
    /// What it becomes.
    pub canonical_code: String,
}

/// What the configuration says of the code of an entry, where no entry held for it before: of an entry for every system
/// the first of the instances that say something.
pub fn configured_for<'a>(
    configured: &'a [Configured],
    book: &CrosswalkBook,
    row: &CrosswalkRow,
) -> Option<&'a Configured> {
    let is_published = |other: &CrosswalkRow| {
        same_code(other, row) && other.number != row.number && holds_at(other, row.effective_from)
    };
    if book.rows.iter().any(is_published) {
        return None;
    }
    says(configured, row).next()
}

/// What instances say of the code of an entry by their configuration.
fn says<'a>(
    configured: &'a [Configured],
    row: &CrosswalkRow,
) -> impl Iterator<Item = &'a Configured> {
    let (list, system) = (row.list.clone(), row.system.clone());
    let (direction, code) = (row.direction.clone(), row.source_code.clone());
    configured.iter().filter(move |one| {
        let is_its = one.list == list && one.direction.word() == direction;
        is_its && one.source_code == code && (one.system == system || system == EVERY_SYSTEM)
    })
}

/// Why a proposal cannot be a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which proposal, from 0.
    pub n: usize,
    /// Which part of it, by its column.
    pub column: &'static str,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Who drafts, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Drafting<'a> {
    /// Who.
    pub by: &'a str,
    /// Connector instances there are.
    pub systems: &'a [String],
    /// What their configuration says of codes.
    pub configured: &'a [Configured],
    /// A proposal may take the place of the entry that holds when it begins.
    pub replace: bool,
    /// Proposals that say what holds already are passed over.
    pub known_is_fine: bool,
    /// Now.
    pub now: Timestamp,
}

/// Makes drafts. `None`: everything holds already, or is drafted.
pub fn draft(
    book: &CrosswalkBook,
    proposals: &[Proposal],
    how: Drafting<'_>,
) -> Result<Option<CrosswalkChange>, Vec<Wrong>> {
    let mut rows: Vec<CrosswalkRow> = Vec::new();
    let mut wrong = Vec::new();
    let mut next = book.rows.iter().map(|row| row.number).max().unwrap_or(0) + 1;
    for (n, proposal) in proposals.iter().enumerate() {
        let faults = misfits(proposal, how);
        if !faults.is_empty() {
            let faults = faults.into_iter();
            wrong.extend(faults.map(|(column, what)| Wrong { n, column, what }));
            continue;
        }
        let mut row = drafted(book, proposal, next, how);
        match place(book, &rows, &mut row, how) {
            Ok(true) => {
                rows.push(row);
                next += 1;
            }
            Ok(false) => {}
            Err((column, what)) => wrong.push(Wrong { n, column, what }),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let audit = rows
        .iter()
        .map(|row| entry(row, how.by, "drafted", how.now));
    Ok((!rows.is_empty()).then(|| CrosswalkChange {
        revision: book.revision,
        publication: book.publication,
        audit: audit.collect(),
        rows: rows.clone(),
        withdrawn: Vec::new(),
    }))
}

/// What is wrong with a proposal by itself.
fn misfits(proposal: &Proposal, how: Drafting<'_>) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if !codes::LISTS.contains(&proposal.list.as_str()) {
        let what = format!(
            "no connector has a list {:?}: it is one of {}",
            proposal.list,
            codes::LISTS.join(", ")
        );
        faults.push(("list", what));
    }
    if proposal.system != EVERY_SYSTEM && !how.systems.contains(&proposal.system) {
        let what = format!(
            "no connector instance is called {:?}: write \"*\" for all, or one of {}",
            proposal.system,
            how.systems.join(", ")
        );
        faults.push(("system", what));
    }
    let (ours, column) = match proposal.direction {
        Direction::In => (&proposal.canonical_code, "canonical_code"),
        Direction::Out => (&proposal.source_code, "source_code"),
    };
    for (column, text) in [
        ("source_code", &proposal.source_code),
        ("canonical_code", &proposal.canonical_code),
    ] {
        if text.is_empty() {
            faults.push((column, "it is empty".to_owned()));
        }
    }
    if let Some(words) = codes::words(&proposal.list)
        && !words.contains(ours)
    {
        faults.push((column, format!("{ours:?} is none of {}", words.join(", "))));
    }
    if let (Some(from), Some(to)) = (proposal.from, proposal.to)
        && to <= from
    {
        faults.push(("effective_to", format!("{to} is not after {from}")));
    }
    faults
}

fn drafted(
    book: &CrosswalkBook,
    proposal: &Proposal,
    number: u64,
    how: Drafting<'_>,
) -> CrosswalkRow {
    let mut row = CrosswalkRow {
        number,
        list: proposal.list.clone(),
        system: proposal.system.clone(),
        direction: proposal.direction.word().to_owned(),
        source_code: proposal.source_code.clone(),
        canonical_code: proposal.canonical_code.clone(),
        effective_from: Timestamp::UNIX_EPOCH,
        effective_to: proposal.to,
        status: CrosswalkStatus::Draft.word().to_owned(),
        owner: if proposal.owner.is_empty() {
            how.by.to_owned()
        } else {
            proposal.owner.clone()
        },
        drafted_by: how.by.to_owned(),
        drafted_at: how.now,
        approved_by: String::new(),
        version: 0,
        publication: 0,
        replaces: 0,
        retire_by: String::new(),
        retire_at: None,
    };
    let is_another = |one: &Configured| one.canonical_code != row.canonical_code;
    let had_meaning = book.rows.iter().any(|other| same_code(other, &row))
        || says(how.configured, &row).any(is_another);
    let otherwise = if had_meaning {
        how.now
    } else {
        Timestamp::UNIX_EPOCH
    };
    row.effective_from = proposal.from.unwrap_or(otherwise);
    row
}

/// Finds its place among what is written. `false`: that is said already.
fn place(
    book: &CrosswalkBook,
    drafts: &[CrosswalkRow],
    row: &mut CrosswalkRow,
    how: Drafting<'_>,
) -> Result<bool, (&'static str, String)> {
    let others = book.rows.iter().chain(drafts);
    let others: Vec<&CrosswalkRow> = others.filter(|other| same_code(other, row)).collect();
    let says_it = |other: &&&CrosswalkRow| {
        other.canonical_code == row.canonical_code
            && holds_at(other, row.effective_from)
            && (row.effective_to.is_none() || row.effective_to == other.effective_to)
    };
    if let Some(known) = others.iter().find(says_it) {
        if how.known_is_fine {
            return Ok(false);
        }
        let what = format!(
            "entry {} says that already ({})",
            known.number, known.status
        );
        return Err(("source_code", what));
    }
    let is_published = others.iter().any(|o| holds_at(o, row.effective_from));
    let is_another = |one: &&Configured| one.canonical_code != row.canonical_code;
    if let Some(one) = says(how.configured, row).find(is_another)
        && !is_published
        && !how.replace
    {
        let what = format!(
            "the configuration of {} says that {:?} is {:?}: replace that (--replace), or change the configuration",
            one.system, one.source_code, one.canonical_code
        );
        return Err(("canonical_code", what));
    }
    let crossed: Vec<&CrosswalkRow> = others.into_iter().filter(|o| overlap(o, row)).collect();
    for other in crossed {
        let gives_way = how.replace
            && is(other, CrosswalkStatus::Approved)
            && other.effective_from < row.effective_from
            && row.replaces == 0;
        if !gives_way {
            let what = format!(
                "entry {} ({}, {}) holds at the same time: let this one begin when that one ends, or replace it (--replace) \
                 from a later instant on",
                other.number,
                told(other),
                other.status
            );
            return Err(("effective_from", what));
        }
        row.replaces = other.number;
    }
    Ok(true)
}

/// Approves drafts and ends that were asked for: a new publication, and a new version of each list that is touched. Whoever asked for one, by any
/// name that the approvers have of them, does not approve it.
pub fn approve(
    book: &CrosswalkBook,
    numbers: &[u64],
    (by, approvers): (&str, Option<&Approvers>),
    now: Timestamp,
) -> Result<CrosswalkChange, Vec<String>> {
    let mut rows: BTreeMap<u64, CrosswalkRow> = BTreeMap::new();
    let (mut audit, mut wrong) = (Vec::new(), Vec::new());
    let publication = book.publication + 1;
    for number in numbers {
        let Some(stored) = find(book, *number) else {
            wrong.push(format!("there is no entry {number}"));
            continue;
        };
        let mut row = stored.clone();
        row.version = version(book, &row.list) + 1;
        row.publication = publication;
        let asked_by = if is(stored, CrosswalkStatus::Draft) {
            by.clone_into(&mut row.approved_by);
            CrosswalkStatus::Approved.word().clone_into(&mut row.status);
            &stored.drafted_by
        } else if let (true, Some(at)) = (is(stored, CrosswalkStatus::Approved), stored.retire_at) {
            CrosswalkStatus::Retired.word().clone_into(&mut row.status);
            row.effective_to = Some(at.max(row.effective_from));
            &stored.retire_by
        } else {
            wrong.push(format!(
                "entry {number} is {}: there is nothing to approve",
                stored.status
            ));
            continue;
        };
        if are_one(approvers, asked_by, by) {
            wrong.push(format!(
                "entry {number} was proposed by {asked_by}: somebody else must approve it"
            ));
            continue;
        }
        let action = if is(&row, CrosswalkStatus::Retired) {
            "retired"
        } else {
            "approved"
        };
        audit.push(entry(&row, by, action, now));
        if let Some(before) = find(book, row.replaces) {
            let mut before = before.clone();
            before.effective_to = Some(row.effective_from);
            audit.push(entry(&before, by, "replaced", now));
            rows.insert(before.number, before);
        }
        rows.insert(*number, row);
    }
    wrong.extend(crossing(book, &rows));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(CrosswalkChange {
        revision: book.revision,
        publication,
        rows: rows.into_values().collect(),
        withdrawn: Vec::new(),
        audit,
    })
}

/// Entries that would hold at the same time. Drafts were placed when they were written; the book has gone on since.
fn crossing(book: &CrosswalkBook, changed: &BTreeMap<u64, CrosswalkRow>) -> Vec<String> {
    let after = book
        .rows
        .iter()
        .map(|row| changed.get(&row.number).unwrap_or(row));
    let published: Vec<&CrosswalkRow> = after
        .filter(|row| !is(row, CrosswalkStatus::Draft))
        .collect();
    let mut wrong = Vec::new();
    for row in changed.values() {
        let crossed = published
            .iter()
            .find(|o| o.number != row.number && same_code(o, row) && overlap(o, row));
        if let Some(other) = crossed {
            wrong.push(format!(
                "entry {} ({}) would hold at the same time as entry {} ({})",
                row.number,
                told(row),
                other.number,
                told(other)
            ));
        }
    }
    wrong
}

/// Asks for the end of entries; somebody else approves it. Drafts are withdrawn at once.
pub fn retire(
    book: &CrosswalkBook,
    numbers: &[u64],
    at: Option<Timestamp>,
    by: &str,
    now: Timestamp,
) -> Result<CrosswalkChange, Vec<String>> {
    let mut change = CrosswalkChange {
        revision: book.revision,
        publication: book.publication,
        rows: Vec::new(),
        withdrawn: Vec::new(),
        audit: Vec::new(),
    };
    let mut wrong = Vec::new();
    for number in numbers {
        match find(book, *number) {
            None => wrong.push(format!("there is no entry {number}")),
            Some(row) if is(row, CrosswalkStatus::Draft) => {
                change.withdrawn.push(*number);
                change.audit.push(entry(row, by, "withdrawn", now));
            }
            Some(row) if is(row, CrosswalkStatus::Approved) => {
                let mut row = row.clone();
                by.clone_into(&mut row.retire_by);
                row.retire_at = Some(at.unwrap_or(now));
                change.audit.push(entry(&row, by, "end-asked", now));
                change.rows.push(row);
            }
            Some(row) => wrong.push(format!("entry {number} is {} already", row.status)),
        }
    }
    if wrong.is_empty() {
        Ok(change)
    } else {
        Err(wrong)
    }
}

/// The book as it stands after a change that was written.
#[must_use]
pub fn changed(book: &CrosswalkBook, change: &CrosswalkChange) -> CrosswalkBook {
    let mut rows: BTreeMap<u64, CrosswalkRow> = book
        .rows
        .iter()
        .map(|row| (row.number, row.clone()))
        .collect();
    for number in &change.withdrawn {
        rows.remove(number);
    }
    rows.extend(change.rows.iter().map(|row| (row.number, row.clone())));
    CrosswalkBook {
        revision: change.revision + 1,
        publication: change.publication,
        rows: rows.into_values().collect(),
    }
}

fn find(book: &CrosswalkBook, number: u64) -> Option<&CrosswalkRow> {
    book.rows.iter().find(|row| row.number == number)
}

/// Subject of an entry in the audit.
pub fn subject(number: u64) -> String {
    format!("crosswalk/{number}")
}

fn entry(row: &CrosswalkRow, by: &str, action: &str, now: Timestamp) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: by.to_owned(),
        action: format!("crosswalk.{action}"),
        subject: subject(row.number),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: json!(row).to_string(),
    }
}

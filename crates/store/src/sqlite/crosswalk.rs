//! The crosswalks: read whole, changed only at the revision that was read.

use rusqlite::{Connection, Row, params};

use super::record;
use super::tx::Tx;
use crate::crosswalk::{CrosswalkBook, CrosswalkChange, CrosswalkRow};
use crate::instant::{micros, micros_of};

type Result<T> = rusqlite::Result<T>;

/// Revision and publication.
pub(super) fn head(conn: &Connection) -> Result<(u64, u64)> {
    conn.prepare_cached("SELECT revision, publication FROM crosswalk_head")?
        .query_row([], |row| {
            Ok((record::count(row, 0)?, record::count(row, 1)?))
        })
}

/// The head is read first: what is changed meanwhile makes it old, never wrong.
pub(super) fn book(conn: &Connection) -> Result<CrosswalkBook> {
    let (revision, publication) = head(conn)?;
    let mut all = conn.prepare_cached(
        "SELECT number, list, system, direction, source_code, canonical_code, effective_from, effective_to,
                status, owner, drafted_by, drafted_at, approved_by, version, publication, replaces, retire_by,
                retire_at
         FROM crosswalk ORDER BY number",
    )?;
    let rows = all.query_map([], entry)?.collect::<Result<Vec<_>>>()?;
    Ok(CrosswalkBook {
        revision,
        publication,
        rows,
    })
}

fn entry(row: &Row<'_>) -> Result<CrosswalkRow> {
    Ok(CrosswalkRow {
        number: record::count(row, 0)?,
        list: row.get(1)?,
        system: row.get(2)?,
        direction: row.get(3)?,
        source_code: row.get(4)?,
        canonical_code: row.get(5)?,
        effective_from: record::at(row, 6)?,
        effective_to: record::at_if(row, 7)?,
        status: row.get(8)?,
        owner: row.get(9)?,
        drafted_by: row.get(10)?,
        drafted_at: record::at(row, 11)?,
        approved_by: row.get(12)?,
        version: record::count(row, 13)?,
        publication: record::count(row, 14)?,
        replaces: record::count(row, 15)?,
        retire_by: row.get(16)?,
        retire_at: record::at_if(row, 17)?,
    })
}

/// Writes it, if the book still stands where it was read.
pub(super) fn change(tx: &mut Tx<'_>, change: &CrosswalkChange) -> Result<bool> {
    if head(tx.conn)?.0 != change.revision {
        return Ok(false);
    }
    for number in &change.withdrawn {
        tx.run(
            "DELETE FROM crosswalk WHERE number = ?1 AND status = 'DRAFT'",
            [number.cast_signed()],
        )?;
    }
    for row in &change.rows {
        put(tx, row)?;
    }
    tx.run(
        "UPDATE crosswalk_head SET revision = revision + 1, publication = ?1",
        [change.publication.cast_signed()],
    )?;
    tx.record(&change.audit)?;
    Ok(true)
}

fn put(tx: &Tx<'_>, row: &CrosswalkRow) -> Result<()> {
    tx.run(
        "INSERT INTO crosswalk (number, list, system, direction, source_code, canonical_code, effective_from,
             effective_to, status, owner, drafted_by, drafted_at, approved_by, version, publication, replaces,
             retire_by, retire_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (number) DO UPDATE SET
             effective_to = excluded.effective_to, status = excluded.status, approved_by = excluded.approved_by,
             version = excluded.version, publication = excluded.publication, retire_by = excluded.retire_by,
             retire_at = excluded.retire_at",
        params![
            row.number.cast_signed(),
            row.list,
            row.system,
            row.direction,
            row.source_code,
            row.canonical_code,
            micros(row.effective_from),
            micros_of(row.effective_to),
            row.status,
            row.owner,
            row.drafted_by,
            micros(row.drafted_at),
            row.approved_by,
            row.version.cast_signed(),
            row.publication.cast_signed(),
            row.replaces.cast_signed(),
            row.retire_by,
            micros_of(row.retire_at),
        ],
    )?;
    Ok(())
}

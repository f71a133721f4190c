//! The crosswalks: read whole, changed only at the revision that was read.

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Error, Row as _};

use super::record;
use crate::crosswalk::{CrosswalkBook, CrosswalkChange, CrosswalkRow};
use crate::instant::{micros, micros_of};

type Result<T> = std::result::Result<T, Error>;

pub(super) async fn publication(pool: &PgPool) -> Result<u64> {
    let row = sqlx::query("SELECT publication FROM crosswalk_head")
        .fetch_one(pool)
        .await?;
    record::count(&row, 0)
}

/// The head is read first: what is changed meanwhile makes it old, never wrong.
pub(super) async fn book(pool: &PgPool) -> Result<CrosswalkBook> {
    let head = sqlx::query("SELECT revision, publication FROM crosswalk_head")
        .fetch_one(pool)
        .await?;
    let rows = sqlx::query(
        "SELECT number, list, system, direction, source_code, canonical_code, effective_from, effective_to,
                status, owner, drafted_by, drafted_at, approved_by, version, publication, replaces, retire_by,
                retire_at
         FROM crosswalk ORDER BY number",
    )
    .fetch_all(pool)
    .await?;
    Ok(CrosswalkBook {
        revision: record::count(&head, 0)?,
        publication: record::count(&head, 1)?,
        rows: rows.iter().map(entry).collect::<Result<_>>()?,
    })
}

fn entry(row: &PgRow) -> Result<CrosswalkRow> {
    Ok(CrosswalkRow {
        number: record::count(row, 0)?,
        list: row.try_get(1)?,
        system: row.try_get(2)?,
        direction: row.try_get(3)?,
        source_code: row.try_get(4)?,
        canonical_code: row.try_get(5)?,
        effective_from: record::at(row, 6)?,
        effective_to: record::at_if(row, 7)?,
        status: row.try_get(8)?,
        owner: row.try_get(9)?,
        drafted_by: row.try_get(10)?,
        drafted_at: record::at(row, 11)?,
        approved_by: row.try_get(12)?,
        version: record::count(row, 13)?,
        publication: record::count(row, 14)?,
        replaces: record::count(row, 15)?,
        retire_by: row.try_get(16)?,
        retire_at: record::at_if(row, 17)?,
    })
}

/// Writes it, if the book still stands where it was read. Whoever changes it at the same time waits for the head.
pub(super) async fn change(conn: &mut PgConnection, change: &CrosswalkChange) -> Result<bool> {
    let moved = sqlx::query(
        "UPDATE crosswalk_head SET revision = revision + 1, publication = $2 WHERE revision = $1",
    )
    .bind(change.revision.cast_signed())
    .bind(change.publication.cast_signed())
    .execute(&mut *conn)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    let withdrawn: Vec<i64> = change.withdrawn.iter().map(|n| n.cast_signed()).collect();
    sqlx::query("DELETE FROM crosswalk WHERE number = ANY($1) AND status = 'DRAFT'")
        .bind(withdrawn)
        .execute(&mut *conn)
        .await?;
    for row in &change.rows {
        put(conn, row).await?;
    }
    Ok(true)
}

async fn put(conn: &mut PgConnection, row: &CrosswalkRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO crosswalk (number, list, system, direction, source_code, canonical_code, effective_from,
             effective_to, status, owner, drafted_by, drafted_at, approved_by, version, publication, replaces,
             retire_by, retire_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (number) DO UPDATE SET
             effective_to = excluded.effective_to, status = excluded.status, approved_by = excluded.approved_by,
             version = excluded.version, publication = excluded.publication, retire_by = excluded.retire_by,
             retire_at = excluded.retire_at",
    )
    .bind(row.number.cast_signed())
    .bind(&row.list)
    .bind(&row.system)
    .bind(&row.direction)
    .bind(&row.source_code)
    .bind(&row.canonical_code)
    .bind(micros(row.effective_from))
    .bind(micros_of(row.effective_to))
    .bind(&row.status)
    .bind(&row.owner)
    .bind(&row.drafted_by)
    .bind(micros(row.drafted_at))
    .bind(&row.approved_by)
    .bind(row.version.cast_signed())
    .bind(row.publication.cast_signed())
    .bind(row.replaces.cast_signed())
    .bind(&row.retire_by)
    .bind(micros_of(row.retire_at))
    .execute(conn)
    .await?;
    Ok(())
}

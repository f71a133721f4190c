//! Reserves and frees intervals of invoice lines. Two processes never hold the same line at once.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use sqlx::Error;
use sqlx::postgres::PgConnection;

use super::record;
use super::units::Refused;
use crate::rows::{ClaimRow, Unit, UnitOutcome};

/// Frees, then reserves. Refused: units whose interval meets another one.
pub(super) async fn write(conn: &mut PgConnection, units: &[&Unit]) -> Result<Vec<Refused>, Error> {
    let touched = units
        .iter()
        .flat_map(|unit| unit.claims.iter().chain(&unit.releases));
    let lines: BTreeSet<&str> = touched.map(|claim| claim.invoice_line.as_str()).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let mut intervals = Intervals::new(hold(conn, &lines).await?);
    let mut refused = Vec::new();
    for (i, unit) in units.iter().enumerate() {
        if let Err(other) = intervals.apply(unit) {
            refused.push((i, UnitOutcome::Overlap(other)));
        }
    }
    if refused.is_empty() {
        remove(conn, &intervals.freed).await?;
        insert(conn, &intervals.reserved).await?;
    }
    Ok(refused)
}

/// Locks the lines until the end of the transaction, and only then reads them.
async fn hold(conn: &mut PgConnection, lines: &BTreeSet<&str>) -> Result<Vec<ClaimRow>, Error> {
    let mut locks: Vec<i64> = lines.iter().map(|line| lock(line)).collect();
    locks.sort_unstable();
    locks.dedup();
    sqlx::query("SELECT pg_advisory_xact_lock(k) FROM UNNEST($1::bigint[]) AS u (k)")
        .bind(&locks)
        .execute(&mut *conn)
        .await?;
    let lines: Vec<&str> = lines.iter().copied().collect();
    let rows = sqlx::query(
        "SELECT invoice_line, from_unit, to_unit, return_id, facts FROM claims WHERE invoice_line = ANY($1)",
    )
    .bind(&lines)
    .fetch_all(conn)
    .await?;
    rows.iter().map(record::claim).collect()
}

fn lock(line: &str) -> i64 {
    let digest = Sha256::new()
        .chain_update("claims of ")
        .chain_update(line)
        .finalize();
    let mut first = [0; 8];
    first
        .iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    i64::from_be_bytes(first)
}

async fn remove(conn: &mut PgConnection, rows: &[ClaimRow]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM claims c USING UNNEST($1::text[], $2::bigint[]) AS u (invoice_line, from_unit)
         WHERE c.invoice_line = u.invoice_line AND c.from_unit = u.from_unit",
    )
    .bind(
        rows.iter()
            .map(|c| c.invoice_line.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|c| c.from).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert(conn: &mut PgConnection, rows: &[ClaimRow]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO claims (invoice_line, from_unit, to_unit, return_id, facts)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])",
    )
    .bind(
        rows.iter()
            .map(|c| c.invoice_line.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|c| c.from).collect::<Vec<_>>())
    .bind(rows.iter().map(|c| c.to).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|c| c.return_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|c| c.facts.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The intervals of some lines, and what is changed in them. Pure.
struct Intervals {
    /// By line and start.
    stored: BTreeMap<(String, i64), ClaimRow>,
    freed: Vec<ClaimRow>,
    reserved: Vec<ClaimRow>,
}

impl Intervals {
    fn new(rows: Vec<ClaimRow>) -> Self {
        let stored = rows
            .into_iter()
            .map(|row| ((row.invoice_line.clone(), row.from), row));
        Self {
            stored: stored.collect(),
            freed: Vec::new(),
            reserved: Vec::new(),
        }
    }

    /// Frees what the unit frees, reserves what it reserves. An interval that is its own already is left as it is.
    fn apply(&mut self, unit: &Unit) -> Result<(), ClaimRow> {
        for row in &unit.releases {
            let key = (row.invoice_line.clone(), row.from);
            if self.stored.get(&key).is_some_and(|stored| stored.is(row)) {
                self.stored.remove(&key);
                self.freed.push(row.clone());
            }
        }
        for row in &unit.claims {
            let start = (row.invoice_line.clone(), i64::MIN);
            let end = (row.invoice_line.clone(), row.to);
            // Stored intervals are disjoint: the last one that starts before our end also ends last.
            let last = if start < end {
                self.stored.range(start..end).next_back()
            } else {
                None
            };
            match last {
                Some((_, stored)) if stored.is(row) => {}
                Some((_, stored)) if stored.to > row.from && row.from < row.to => {
                    return Err(stored.clone());
                }
                _ => {
                    let key = (row.invoice_line.clone(), row.from);
                    self.stored.insert(key, row.clone());
                    self.reserved.push(row.clone());
                }
            }
        }
        Ok(())
    }
}

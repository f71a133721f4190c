//! The daily proof: written once with everything that follows from it, and read again.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::record;
use super::tx::Tx;
use crate::instant::micros;
use crate::rows::{
    EffectRow, ReconFilter, ReconItemRow, ReconRunRow, ReconWrite, SignOffRow, Span, Unit,
};

type Result<T> = rusqlite::Result<T>;

/// Writes the run and the signature of a unit, if it has any. A run that is there already, or a second signature, is an error
/// of the data.
pub(super) fn write(tx: &Tx<'_>, unit: &Unit) -> Result<()> {
    if let Some(recon) = &unit.recon {
        run(tx, recon)?;
    }
    if let Some(sign) = &unit.sign_off {
        tx.run(
            "INSERT INTO recon_sign_offs (run_id, signed_by, signed_at, note) VALUES (?1, ?2, ?3, ?4)",
            params![sign.run_id, sign.signed_by, micros(sign.signed_at), sign.note],
        )?;
    }
    Ok(())
}

fn run(tx: &Tx<'_>, recon: &ReconWrite) -> Result<()> {
    let run = &recon.run;
    tx.run(
        "INSERT INTO recon_runs (run_id, entity, business_date, started_at, ran_by, status, report)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            run.run_id,
            run.entity,
            run.business_date.to_string(),
            micros(run.started_at),
            run.ran_by,
            run.status,
            run.report
        ],
    )?;
    for item in &recon.items {
        tx.run(
            "INSERT INTO recon_items (run_id, n, item_key, matched, class, return_id, effect_key, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                item.run_id,
                item.n,
                item.item_key,
                item.matched,
                item.class,
                item.return_id,
                item.effect_key,
                item.body
            ],
        )?;
    }
    Ok(())
}

pub(super) fn runs(conn: &Connection, filter: &ReconFilter) -> Result<Vec<ReconRunRow>> {
    let limit = if filter.limit == 0 {
        -1
    } else {
        i64::try_from(filter.limit).unwrap_or(i64::MAX)
    };
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    conn.prepare_cached(
        "SELECT r.run_id, r.entity, r.business_date, r.started_at, r.ran_by, r.status, r.report,
                s.signed_by, s.signed_at, s.note
         FROM recon_runs r LEFT JOIN recon_sign_offs s ON s.run_id = r.run_id
         WHERE (?1 IS NULL OR r.run_id = ?1) AND (?2 IS NULL OR r.entity = ?2)
           AND (?3 IS NULL OR r.business_date >= ?3) AND (?4 IS NULL OR r.business_date <= ?4)
         ORDER BY r.started_at DESC, r.run_id DESC LIMIT ?5",
    )?
    .query_map(
        params![
            filter.run_id,
            filter.entity,
            day(filter.from),
            day(filter.to),
            limit
        ],
        run_row,
    )?
    .collect()
}

fn run_row(row: &Row<'_>) -> Result<ReconRunRow> {
    let run_id: String = row.get(0)?;
    let day: String = row.get(2)?;
    let signed_by: Option<String> = row.get(7)?;
    let sign_off = match signed_by {
        Some(signed_by) => Some(SignOffRow {
            run_id: run_id.clone(),
            signed_by,
            signed_at: record::at(row, 8)?,
            note: row.get(9)?,
        }),
        None => None,
    };
    Ok(ReconRunRow {
        run_id,
        entity: row.get(1)?,
        business_date: day.parse().map_err(|error: jiff::Error| {
            rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error))
        })?,
        started_at: record::at(row, 3)?,
        ran_by: row.get(4)?,
        status: row.get(5)?,
        report: row.get(6)?,
        sign_off,
    })
}

pub(super) fn items(conn: &Connection, run_id: &str) -> Result<Vec<ReconItemRow>> {
    conn.prepare_cached(
        "SELECT run_id, n, item_key, matched, class, return_id, effect_key, body
         FROM recon_items WHERE run_id = ?1 ORDER BY n",
    )?
    .query_map([run_id], |row| {
        Ok(ReconItemRow {
            run_id: row.get(0)?,
            n: row.get(1)?,
            item_key: row.get(2)?,
            matched: row.get(3)?,
            class: row.get(4)?,
            return_id: row.get(5)?,
            effect_key: row.get(6)?,
            body: row.get(7)?,
        })
    })?
    .collect()
}

pub(super) fn effects_alive(
    conn: &Connection,
    kinds: &[String],
    span: Span,
    after: &str,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let kinds = serde_json::to_string(kinds).unwrap_or_default();
    let sql = format!(
        "SELECT {} FROM effects
         WHERE effect_key > ?4 AND created_at < ?3 AND updated_at >= ?2
           AND kind IN (SELECT value FROM json_each(?1))
         ORDER BY effect_key LIMIT ?5",
        record::EFFECT
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(&sql)?
        .query_map(
            params![kinds, micros(span.from), micros(span.to), after, limit],
            record::effect,
        )?
        .collect()
}

//! What numbers are computed from.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::record;
use super::tx::Tx;
use crate::instant::micros;
use crate::rows::{EffectFact, ReturnRow, TallyRow};

type Result<T> = rusqlite::Result<T>;

/// Adds to what was counted.
pub(super) fn add(tx: &Tx<'_>, tallies: &[TallyRow]) -> Result<()> {
    for tally in tallies {
        tx.run(
            "INSERT INTO tallies (day, what, connector, count) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (day, what, connector) DO UPDATE SET count = count + excluded.count",
            params![
                tally.day.to_string(),
                tally.what,
                tally.connector,
                tally.count.cast_signed()
            ],
        )?;
    }
    Ok(())
}

pub(super) fn tallies(conn: &Connection, from: Date, to: Date) -> Result<Vec<TallyRow>> {
    conn.prepare_cached(
        "SELECT day, what, connector, count FROM tallies WHERE day >= ?1 AND day <= ?2
         ORDER BY day, what, connector",
    )?
    .query_map([from.to_string(), to.to_string()], |row| {
        let day: String = row.get(0)?;
        Ok(TallyRow {
            day: day.parse().map_err(|error: jiff::Error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
            })?,
            what: row.get(1)?,
            connector: row.get(2)?,
            count: record::count(row, 3)?,
        })
    })?
    .collect()
}

pub(super) fn returns_alive(
    conn: &Connection,
    since: Timestamp,
    ended: &[&'static str],
) -> Result<Vec<String>> {
    let ended = serde_json::to_string(ended).unwrap_or_default();
    conn.prepare_cached(
        "SELECT return_id FROM returns WHERE updated_at >= ?1
         UNION
         SELECT return_id FROM returns WHERE business_code NOT IN (SELECT value FROM json_each(?2))
         UNION
         SELECT return_id FROM effects WHERE state NOT IN ('CONFIRMED', 'CANCELLED')
         ORDER BY 1",
    )?
    .query_map(params![micros(since), ended], |row| row.get(0))?
    .collect()
}

pub(super) fn returns_after(
    conn: &Connection,
    after: &str,
    limit: usize,
) -> Result<Vec<ReturnRow>> {
    let sql = format!(
        "SELECT {} FROM returns WHERE return_id > ?1 ORDER BY return_id LIMIT ?2",
        record::RETURN
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(&sql)?
        .query_map(params![after, limit], record::return_row)?
        .collect()
}

pub(super) fn effect_facts(conn: &Connection, return_ids: &[String]) -> Result<Vec<EffectFact>> {
    let ids = serde_json::to_string(return_ids).unwrap_or_default();
    conn.prepare_cached(
        "SELECT e.effect_key, e.return_id, e.kind, e.connector, e.state, e.amount_minor, e.currency, e.created_at, e.updated_at,
                (SELECT count(*) FROM attempts a WHERE a.effect_key = e.effect_key AND a.what = 'send'),
                (SELECT min(a.begun_at) FROM attempts a WHERE a.effect_key = e.effect_key AND a.what = 'send'),
                (SELECT a.class FROM attempts a WHERE a.effect_key = e.effect_key AND a.what = 'send'
                 ORDER BY a.fence LIMIT 1),
                (SELECT count(*) FROM attempts a WHERE a.effect_key = e.effect_key AND a.class = 'UNKNOWN'),
                (SELECT count(*) FROM attempts a
                 WHERE a.effect_key = e.effect_key AND a.class IN ('DUPLICATE', 'RECOVERED'))
         FROM effects e WHERE e.return_id IN (SELECT value FROM json_each(?1)) ORDER BY e.effect_key",
    )?
    .query_map([ids], fact)?
    .collect()
}

fn fact(row: &Row<'_>) -> Result<EffectFact> {
    let class: Option<String> = row.get(11)?;
    Ok(EffectFact {
        effect_key: row.get(0)?,
        return_id: row.get(1)?,
        kind: row.get(2)?,
        connector: row.get(3)?,
        state: record::effect_state(row, 4)?,
        amount_minor: row.get(5)?,
        currency: row.get(6)?,
        created_at: record::at(row, 7)?,
        updated_at: record::at(row, 8)?,
        sends: row.get(9)?,
        first_sent_at: record::at_if(row, 10)?,
        first_class: class.unwrap_or_default(),
        unknown: row.get(12)?,
        averted: row.get(13)?,
    })
}

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
         SELECT return_id FROM effects WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
         UNION
         SELECT return_id FROM effects WHERE state IN ('REJECTED', 'AMBIGUOUS', 'PARKED')
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
    let mut facts: Vec<EffectFact> = conn
        .prepare_cached(
            "SELECT effect_key, return_id, kind, connector, state, amount_minor, currency, created_at, updated_at
             FROM effects WHERE return_id IN (SELECT value FROM json_each(?1)) ORDER BY effect_key",
        )?
        .query_map([&ids], fact)?
        .collect::<Result<_>>()?;
    // In the order of the facts: both are read side by side.
    let mut attempts = conn.prepare_cached(
        "SELECT a.effect_key, a.what, a.begun_at, a.class FROM attempts a
         WHERE a.effect_key IN (
             SELECT effect_key FROM effects WHERE return_id IN (SELECT value FROM json_each(?1))
         ) ORDER BY a.effect_key, a.fence",
    )?;
    let mut rows = attempts.query([&ids])?;
    let mut of = facts.iter_mut().peekable();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str()?;
        while of.next_if(|fact| fact.effect_key.as_str() < key).is_some() {}
        if let Some(fact) = of.peek_mut()
            && fact.effect_key == key
        {
            let (what, class) = (row.get_ref(1)?.as_str()?, row.get_ref(3)?.as_str()?);
            fact.tried(what, record::at(row, 2)?, class);
        }
    }
    Ok(facts)
}

fn fact(row: &Row<'_>) -> Result<EffectFact> {
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
        sends: 0,
        first_sent_at: None,
        first_class: String::new(),
        unknown: 0,
        averted: 0,
    })
}

//! What numbers are computed from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::record;
use crate::instant::micros;
use crate::rows::{EffectFact, ReturnRow, TallyRow, Unit};

type Result<T> = std::result::Result<T, Error>;

/// Adds to what was counted: one statement, in the order of its keys, so that two processes do not wait for each other.
pub(super) async fn add(conn: &mut PgConnection, units: &[&Unit]) -> Result<()> {
    let mut sums: BTreeMap<(Date, &str, &str), i64> = BTreeMap::new();
    for tally in units.iter().flat_map(|unit| &unit.tallies) {
        let key = (tally.day, tally.what.as_str(), tally.connector.as_str());
        *sums.entry(key).or_default() += tally.count.cast_signed();
    }
    if sums.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tallies AS t (day, what, connector, count)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::bigint[])
         ON CONFLICT (day, what, connector) DO UPDATE SET count = t.count + excluded.count",
    )
    .bind(
        sums.keys()
            .map(|(day, ..)| day.to_string())
            .collect::<Vec<_>>(),
    )
    .bind(sums.keys().map(|(_, what, _)| *what).collect::<Vec<_>>())
    .bind(sums.keys().map(|(.., by)| *by).collect::<Vec<_>>())
    .bind(sums.values().copied().collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn tallies(pool: &PgPool, from: Date, to: Date) -> Result<Vec<TallyRow>> {
    let rows = sqlx::query(
        "SELECT day, what, connector, count FROM tallies WHERE day >= $1 AND day <= $2
         ORDER BY day, what, connector",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let day: String = row.try_get(0)?;
            Ok(TallyRow {
                day: day
                    .parse()
                    .map_err(|error: jiff::Error| Error::Decode(Box::new(error)))?,
                what: row.try_get(1)?,
                connector: row.try_get(2)?,
                count: record::count(row, 3)?,
            })
        })
        .collect()
}

pub(super) async fn returns_alive(
    pool: &PgPool,
    since: Timestamp,
    ended: Vec<&'static str>,
) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT return_id FROM returns WHERE updated_at >= $1
         UNION
         SELECT return_id FROM returns WHERE business_code <> ALL($2)
         UNION
         SELECT return_id FROM effects WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
         UNION
         SELECT return_id FROM effects WHERE state IN ('REJECTED', 'AMBIGUOUS', 'PARKED')
         ORDER BY 1",
    )
    .bind(micros(since))
    .bind(ended)
    .fetch_all(pool)
    .await
}

pub(super) async fn returns_after(
    pool: &PgPool,
    after: String,
    limit: usize,
) -> Result<Vec<ReturnRow>> {
    let sql = format!(
        "SELECT {} FROM returns WHERE return_id > $1 ORDER BY return_id LIMIT $2",
        record::RETURN
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await?;
    rows.iter().map(record::return_row).collect()
}

pub(super) async fn effect_facts(pool: &PgPool, ids: Vec<String>) -> Result<Vec<EffectFact>> {
    let rows = sqlx::query(
        "SELECT effect_key, return_id, kind, connector, state, amount_minor, currency, created_at, updated_at
         FROM effects WHERE return_id = ANY($1) ORDER BY effect_key",
    )
    .bind(&ids)
    .fetch_all(pool)
    .await?;
    let mut facts: BTreeMap<String, EffectFact> = BTreeMap::new();
    for row in &rows {
        let fact = fact(row)?;
        facts.insert(fact.effect_key.clone(), fact);
    }
    let rows = sqlx::query(
        "SELECT a.effect_key, a.what, a.begun_at, a.class
         FROM attempts a JOIN effects e ON e.effect_key = a.effect_key
         WHERE e.return_id = ANY($1) ORDER BY a.effect_key, a.fence",
    )
    .bind(&ids)
    .fetch_all(pool)
    .await?;
    for row in &rows {
        if let Some(fact) = facts.get_mut(row.try_get::<&str, _>(0)?) {
            fact.tried(row.try_get(1)?, record::at(row, 2)?, row.try_get(3)?);
        }
    }
    Ok(facts.into_values().collect())
}

fn fact(row: &PgRow) -> Result<EffectFact> {
    Ok(EffectFact {
        effect_key: row.try_get(0)?,
        return_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        connector: row.try_get(3)?,
        state: record::effect_state(row, 4)?,
        amount_minor: row.try_get(5)?,
        currency: row.try_get(6)?,
        created_at: record::at(row, 7)?,
        updated_at: record::at(row, 8)?,
        sends: 0,
        first_sent_at: None,
        first_class: String::new(),
        unknown: 0,
        averted: 0,
    })
}

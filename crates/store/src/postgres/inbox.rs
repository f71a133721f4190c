//! The inbox: inserting is the look-up. Only when a key was there already is anything read.

use std::collections::{BTreeMap, HashMap};

use sqlx::postgres::PgConnection;
use sqlx::{Error, Row as _};

use super::units::Refused;
use crate::rows::{InboxKey, InboxRow, Unit, UnitOutcome};

/// Consumes the messages of units that share none. Refused: those with messages that were seen before.
pub(super) async fn write(conn: &mut PgConnection, units: &[&Unit]) -> Result<Vec<Refused>, Error> {
    // Sorted: two processes that consume the same messages wait for one another in the same order.
    let rows: BTreeMap<&InboxKey, i64> = units
        .iter()
        .flat_map(|unit| &unit.inbox)
        .map(|row| (&row.key, row.content.cast_signed()))
        .collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&[u8]> = rows.keys().map(|key| key.as_slice()).collect();
    let contents: Vec<i64> = rows.values().copied().collect();
    let inserted = sqlx::query(
        "INSERT INTO inbox (key, content) SELECT * FROM UNNEST($1::bytea[], $2::bigint[])
         ON CONFLICT (key) DO NOTHING RETURNING key",
    )
    .bind(&keys)
    .bind(&contents)
    .fetch_all(&mut *conn)
    .await?;
    if inserted.len() == rows.len() {
        return Ok(Vec::new());
    }
    let new = inserted.iter().map(|row| row.try_get::<&[u8], _>(0));
    let new = new.collect::<Result<std::collections::HashSet<_>, Error>>()?;
    let old: Vec<&[u8]> = keys.into_iter().filter(|key| !new.contains(key)).collect();
    let seen = stored(conn, &old).await?;
    let of = |unit: &Unit| -> Vec<InboxRow> {
        let mut rows: Vec<InboxRow> = Vec::new();
        for row in &unit.inbox {
            let twin = rows.iter().any(|earlier| earlier.key == row.key);
            if let Some(content) = seen.get(row.key.as_slice()).filter(|_| !twin) {
                rows.push(InboxRow {
                    key: row.key,
                    content: *content,
                });
            }
        }
        rows
    };
    let all = units.iter().enumerate().map(|(i, unit)| (i, of(unit)));
    Ok(all
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(i, rows)| (i, UnitOutcome::Seen(rows)))
        .collect())
}

async fn stored(conn: &mut PgConnection, keys: &[&[u8]]) -> Result<HashMap<Vec<u8>, u64>, Error> {
    let rows = sqlx::query("SELECT key, content FROM inbox WHERE key = ANY($1)")
        .bind(keys)
        .fetch_all(conn)
        .await?;
    let pair = |row: &sqlx::postgres::PgRow| {
        Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.cast_unsigned()))
    };
    rows.iter().map(pair).collect()
}

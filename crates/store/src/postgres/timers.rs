//! Sets and drops timers, parks and unparks events.

use std::collections::BTreeMap;

use sqlx::Error;
use sqlx::postgres::PgConnection;

use crate::instant::micros;
use crate::rows::{ParkedRow, TimerRow, Unit};

/// Drops first, so that what is set in the same unit stays.
pub(super) async fn apply(conn: &mut PgConnection, units: &[&Unit]) -> Result<(), Error> {
    let done: Vec<&str> = keys(units.iter().flat_map(|unit| &unit.timers_done));
    if !done.is_empty() {
        sqlx::query("DELETE FROM timers WHERE key = ANY($1)")
            .bind(&done)
            .execute(&mut *conn)
            .await?;
    }
    // The last one of a key holds.
    let timers = units
        .iter()
        .flat_map(|unit| &unit.timers)
        .map(|timer| (&timer.key, timer));
    let timers: BTreeMap<&String, &TimerRow> = timers.collect();
    if !timers.is_empty() {
        set(conn, &timers.into_values().collect::<Vec<_>>()).await?;
    }
    let unparked: Vec<&str> = keys(units.iter().flat_map(|unit| &unit.unpark));
    if !unparked.is_empty() {
        sqlx::query("DELETE FROM parked WHERE key = ANY($1)")
            .bind(&unparked)
            .execute(&mut *conn)
            .await?;
    }
    let parked: Vec<&ParkedRow> = units.iter().flat_map(|unit| &unit.park).collect();
    if !parked.is_empty() {
        park(conn, &parked).await?;
    }
    Ok(())
}

fn keys<'u>(keys: impl Iterator<Item = &'u String>) -> Vec<&'u str> {
    keys.map(String::as_str).collect()
}

async fn set(conn: &mut PgConnection, timers: &[&TimerRow]) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO timers (key, return_id, kind, due_at)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::bigint[])
         ON CONFLICT (key) DO UPDATE
         SET return_id = excluded.return_id, kind = excluded.kind, due_at = excluded.due_at",
    )
    .bind(timers.iter().map(|t| t.key.as_str()).collect::<Vec<_>>())
    .bind(
        timers
            .iter()
            .map(|t| t.return_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(timers.iter().map(|t| t.kind.as_str()).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| micros(t.due_at)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

async fn park(conn: &mut PgConnection, rows: &[&ParkedRow]) -> Result<(), Error> {
    let text = |of: fn(&ParkedRow) -> &str| rows.iter().map(|p| of(p)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO parked (key, space, value, deadline, message_id, destination, content_type, headers, body)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                              $7::text[], $8::text[], $9::bytea[])
         ON CONFLICT (key) DO NOTHING",
    )
    .bind(text(|p| &p.key))
    .bind(text(|p| &p.reference.space))
    .bind(text(|p| &p.reference.value))
    .bind(rows.iter().map(|p| micros(p.deadline)).collect::<Vec<_>>())
    .bind(text(|p| &p.message.id))
    .bind(text(|p| &p.message.destination))
    .bind(text(|p| &p.message.content_type))
    .bind(text(|p| &p.message.headers))
    .bind(rows.iter().map(|p| &p.message.body[..]).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

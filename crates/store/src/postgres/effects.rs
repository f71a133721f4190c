//! Plans, leases and settles effects.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::record;
use crate::instant::{micros, micros_of};
use crate::lease::{self, Attempt};
use crate::rows::{
    EffectOutcome, EffectRow, EffectState, EffectWrite, Lease, LeaseRequest, Reopening, Unit,
};

/// Plans, then releases, then cancels.
pub(super) async fn apply(conn: &mut PgConnection, units: &[&Unit], at: i64) -> Result<(), Error> {
    let (mut planned, mut released, mut cancelled) = (Vec::new(), Vec::new(), Vec::new());
    for write in units.iter().flat_map(|unit| &unit.effects) {
        match write {
            EffectWrite::Plan(row) => planned.push(row),
            EffectWrite::Release(key) => released.push(key.as_str()),
            EffectWrite::Cancel(key) => cancelled.push(key.as_str()),
        }
    }
    if !planned.is_empty() {
        planned.sort_by_key(|row| &row.effect_key);
        plan(conn, &planned).await?;
    }
    if !released.is_empty() {
        sqlx::query(
            "UPDATE effects SET state = 'READY', updated_at = $2
             WHERE effect_key = ANY($1) AND state = 'PLANNED'",
        )
        .bind(&released)
        .bind(at)
        .execute(&mut *conn)
        .await?;
    }
    if !cancelled.is_empty() {
        // A parked effect whose last send may have been applied stays: cancelling it would hide a credit that was
        // given.
        sqlx::query(
            "UPDATE effects e SET state = 'CANCELLED', not_before = NULL, updated_at = $2
             WHERE effect_key = ANY($1) AND (
                 state IN ('PLANNED', 'READY', 'REJECTED')
                 OR state = 'PARKED' AND coalesce((
                     SELECT class FROM attempts a WHERE a.effect_key = e.effect_key AND a.what = 'send'
                     ORDER BY fence DESC LIMIT 1
                 ), 'NONE') NOT IN ('', 'UNKNOWN', 'HANDED-OVER')
             )",
        )
        .bind(&cancelled)
        .bind(at)
        .execute(conn)
        .await?;
    }
    Ok(())
}

async fn plan(conn: &mut PgConnection, rows: &[&EffectRow]) -> Result<(), Error> {
    let text = |of: fn(&EffectRow) -> &str| rows.iter().map(|e| of(e)).collect::<Vec<_>>();
    let number = |of: fn(&EffectRow) -> i64| rows.iter().map(|e| of(e)).collect::<Vec<_>>();
    let maybe = |of: fn(&EffectRow) -> Option<i64>| rows.iter().map(|e| of(e)).collect::<Vec<_>>();
    let maybe_text =
        |of: fn(&EffectRow) -> Option<&str>| rows.iter().map(|e| of(e)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO effects (effect_key, return_id, kind, connector, state, command, amount_minor, currency,
             correlation_id, traceparent, attempts, tries, misses, fence, owner, lease_until, not_before,
             last_sent_at, failure_code, failure_text, document, created_at, updated_at)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
             $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
             $14::bigint[], $15::text[], $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::text[],
             $21::text[], $22::bigint[], $23::bigint[])
         ON CONFLICT (effect_key) DO NOTHING",
    )
    .bind(text(|e| &e.effect_key))
    .bind(text(|e| &e.return_id))
    .bind(text(|e| &e.kind))
    .bind(text(|e| &e.connector))
    .bind(text(|e| e.state.word()))
    .bind(text(|e| &e.command))
    .bind(maybe(|e| e.amount_minor))
    .bind(maybe_text(|e| e.currency.as_deref()))
    .bind(text(|e| &e.correlation_id))
    .bind(text(|e| &e.traceparent))
    .bind(number(|e| e.attempts.into()))
    .bind(number(|e| e.tries.into()))
    .bind(number(|e| e.misses.into()))
    .bind(number(|e| e.fence.cast_signed()))
    .bind(text(|e| &e.owner))
    .bind(maybe(|e| micros_of(e.lease_until)))
    .bind(maybe(|e| micros_of(e.not_before)))
    .bind(maybe(|e| micros_of(e.last_sent_at)))
    .bind(text(|e| &e.failure_code))
    .bind(text(|e| &e.failure_text))
    .bind(maybe_text(|e| e.document.as_deref()))
    .bind(number(|e| micros(e.created_at)))
    .bind(number(|e| micros(e.updated_at)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Rows of these effects, locked in the order of their keys.
async fn hold(conn: &mut PgConnection, keys: &[&str]) -> Result<HashMap<String, EffectRow>, Error> {
    let sql = format!(
        "SELECT {} FROM effects WHERE effect_key = ANY($1) ORDER BY effect_key FOR UPDATE",
        record::EFFECT
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(keys)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| record::effect(row).map(|effect| (effect.effect_key.clone(), effect)))
        .collect()
}

/// Leases, by position.
pub(super) async fn lease(
    conn: &mut PgConnection,
    requests: &[LeaseRequest],
) -> Result<Vec<Lease>, Error> {
    let keys: Vec<&str> = requests
        .iter()
        .map(|request| request.effect_key.as_str())
        .collect();
    let mut rows = hold(conn, &keys).await?;
    let mut leases = Vec::with_capacity(requests.len());
    let mut begun: Vec<(Attempt, EffectRow)> = Vec::new();
    for request in requests {
        let Some(row) = rows.get_mut(&request.effect_key) else {
            leases.push(Lease::Missing);
            continue;
        };
        let decision = lease::decide(row.clone(), request);
        if let Some((attempt, written)) = decision.written() {
            row.clone_from(written);
            begun.push((attempt, written.clone()));
        }
        leases.push(decision.lease);
    }
    if !begun.is_empty() {
        begin(conn, &begun).await?;
    }
    Ok(leases)
}

/// Writes the leases together with their attempts.
async fn begin(conn: &mut PgConnection, begun: &[(Attempt, EffectRow)]) -> Result<(), Error> {
    let text = |of: fn(&EffectRow) -> &str| begun.iter().map(|(_, e)| of(e)).collect::<Vec<_>>();
    let number = |of: fn(&EffectRow) -> i64| begun.iter().map(|(_, e)| of(e)).collect::<Vec<_>>();
    let maybe =
        |of: fn(&EffectRow) -> Option<i64>| begun.iter().map(|(_, e)| of(e)).collect::<Vec<_>>();
    sqlx::query(
        "WITH u AS (
             SELECT * FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                                  $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[])
                 AS u (effect_key, state, attempts, misses, fence, owner, lease_until, not_before, last_sent_at,
                       updated_at, what)
         ), leased AS (
             UPDATE effects e SET state = u.state, attempts = u.attempts, misses = u.misses, fence = u.fence,
                    owner = u.owner, lease_until = u.lease_until, not_before = u.not_before,
                    last_sent_at = u.last_sent_at, updated_at = u.updated_at
             FROM u WHERE e.effect_key = u.effect_key
         )
         INSERT INTO attempts (effect_key, fence, what, begun_at, class, failure_code, failure_text)
         SELECT effect_key, fence, what, updated_at, '', '', '' FROM u",
    )
    .bind(text(|e| &e.effect_key))
    .bind(text(|e| e.state.word()))
    .bind(number(|e| e.attempts.into()))
    .bind(number(|e| e.misses.into()))
    .bind(number(|e| e.fence.cast_signed()))
    .bind(text(|e| &e.owner))
    .bind(maybe(|e| micros_of(e.lease_until)))
    .bind(maybe(|e| micros_of(e.not_before)))
    .bind(maybe(|e| micros_of(e.last_sent_at)))
    .bind(number(|e| micros(e.updated_at)))
    .bind(begun.iter().map(|(attempt, _)| attempt.word()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Records outcomes, by position. `false`: the lease was lost, or is over. What follows is the caller's.
pub(super) async fn settle(
    conn: &mut PgConnection,
    outcomes: &[EffectOutcome],
) -> Result<Vec<bool>, Error> {
    let mut keys: Vec<&str> = outcomes.iter().map(|o| o.effect_key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let held = sqlx::query(
        "SELECT effect_key, fence FROM effects WHERE effect_key = ANY($1) AND owner <> ''
         ORDER BY effect_key FOR UPDATE",
    )
    .bind(&keys)
    .fetch_all(&mut *conn)
    .await?;
    let mut leases: HashSet<(String, u64)> = HashSet::new();
    for row in &held {
        leases.insert((row.try_get(0)?, record::count(row, 1)?));
    }
    // A lease that is settled is over: a second outcome for it is refused.
    let settled: Vec<bool> = outcomes
        .iter()
        .map(|o| leases.remove(&(o.effect_key.clone(), o.fence)))
        .collect();
    let accepted: Vec<&EffectOutcome> = outcomes
        .iter()
        .zip(&settled)
        .filter(|(_, yes)| **yes)
        .map(|(o, _)| o)
        .collect();
    if !accepted.is_empty() {
        record_outcomes(conn, &accepted).await?;
    }
    Ok(settled)
}

async fn record_outcomes(
    conn: &mut PgConnection,
    outcomes: &[&EffectOutcome],
) -> Result<(), Error> {
    let text = |of: fn(&EffectOutcome) -> &str| outcomes.iter().map(|o| of(o)).collect::<Vec<_>>();
    let number = |of: fn(&EffectOutcome) -> i64| outcomes.iter().map(|o| of(o)).collect::<Vec<_>>();
    let starts: Vec<Option<i64>> = outcomes.iter().map(|o| micros_of(o.not_before)).collect();
    let documents: Vec<Option<&str>> = outcomes.iter().map(|o| o.document.as_deref()).collect();
    sqlx::query(
        "WITH u AS (
             SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                                  $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[])
                 AS u (effect_key, fence, state, tries, misses, not_before, failure_code, failure_text, document,
                       at, class)
         ), ended AS (
             UPDATE attempts a SET ended_at = u.at, class = u.class, failure_code = u.failure_code,
                    failure_text = u.failure_text
             FROM u WHERE a.effect_key = u.effect_key AND a.fence = u.fence
         )
         UPDATE effects e SET state = u.state, tries = u.tries, misses = u.misses, not_before = u.not_before,
                failure_code = u.failure_code, failure_text = u.failure_text,
                document = coalesce(u.document, e.document), owner = '', lease_until = NULL, updated_at = u.at
         FROM u WHERE e.effect_key = u.effect_key",
    )
    .bind(text(|o| &o.effect_key))
    .bind(number(|o| o.fence.cast_signed()))
    .bind(text(|o| o.state.word()))
    .bind(number(|o| o.tries.into()))
    .bind(number(|o| o.misses.into()))
    .bind(starts)
    .bind(text(|o| &o.failure_code))
    .bind(text(|o| &o.failure_text))
    .bind(documents)
    .bind(number(|o| micros(o.at)))
    .bind(text(|o| &o.class))
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives an effect back. The new state, or none when it was not to be given back.
pub(super) async fn reopen(
    conn: &mut PgConnection,
    asked: &Reopening,
    now: i64,
) -> Result<Option<EffectState>, Error> {
    let (key, document) = (asked.effect_key.as_str(), &asked.document);
    let rows = hold(conn, &[key]).await?;
    let row = rows.get(key);
    let Some(state) = row.and_then(|row| lease::reopened(row, document.is_some())) else {
        return Ok(None);
    };
    sqlx::query(
        "UPDATE effects SET state = $2, tries = 0, misses = 0, attempts = 0, not_before = NULL, owner = '',
                lease_until = NULL, updated_at = $3, connector = $4, document = coalesce($5, document),
                failure_code = CASE WHEN $5::text IS NULL THEN failure_code ELSE '' END,
                failure_text = CASE WHEN $5::text IS NULL THEN failure_text ELSE '' END
         WHERE effect_key = $1",
    )
    .bind(key)
    .bind(state.word())
    .bind(now)
    .bind(&asked.connector)
    .bind(document)
    .execute(conn)
    .await?;
    Ok(Some(state))
}

/// See [`crate::Store::claim_tickets`]. One that somebody holds at this moment does not stand.
pub(super) async fn claim_tickets(
    pool: &PgPool,
    standing: &[(String, Timestamp)],
    now: Timestamp,
    again: Timestamp,
) -> Result<Vec<String>, Error> {
    let keys: Vec<&str> = standing.iter().map(|(key, _)| key.as_str()).collect();
    let since: Vec<i64> = standing.iter().map(|(_, since)| micros(*since)).collect();
    sqlx::query_scalar(
        "WITH u AS (SELECT * FROM UNNEST($1::text[], $2::bigint[]) AS u (effect_key, since)),
              free AS (
                  SELECT e.effect_key FROM effects e JOIN u ON e.effect_key = u.effect_key
                  WHERE e.state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
                    AND coalesce(e.lease_until, e.not_before, e.updated_at) = u.since
                    AND (e.ticket_at IS NULL OR e.ticket_at < u.since OR e.ticket_at <= $4)
                  ORDER BY e.effect_key FOR UPDATE OF e SKIP LOCKED
              )
         UPDATE effects e SET ticket_at = $3 FROM free WHERE e.effect_key = free.effect_key
         RETURNING e.effect_key",
    )
    .bind(keys)
    .bind(since)
    .bind(micros(now))
    .bind(micros(again))
    .fetch_all(pool)
    .await
}

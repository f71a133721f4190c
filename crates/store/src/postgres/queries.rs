//! What is read: each function is one question.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Error, Postgres, Row as _};

use super::record;
use crate::instant::micros;
use crate::rows::{
    AttemptRow, AuditFilter, AuditRow, ClaimRow, EffectRow, EffectState, ExceptionFilter,
    ExceptionRow, ExceptionState, Lookup, OutboxRow, ParkedRow, Reference, ReturnRow, TimerRow,
};

type Result<T> = std::result::Result<T, Error>;

/// The text is put together from constants of this crate only.
pub(super) fn ask(sql: String) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(AssertSqlSafe(sql))
}

pub(super) async fn all<T>(
    pool: &PgPool,
    query: Query<'static, Postgres, PgArguments>,
    read: fn(&PgRow) -> Result<T>,
) -> Result<Vec<T>> {
    query.fetch_all(pool).await?.iter().map(read).collect()
}

async fn one<T>(
    pool: &PgPool,
    query: Query<'static, Postgres, PgArguments>,
    read: fn(&PgRow) -> Result<T>,
) -> Result<Option<T>> {
    query
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// PostgreSQL's "no limit" is NULL.
pub(super) fn limit_or_all(limit: usize) -> Option<i64> {
    (limit > 0).then(|| at_most(limit))
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// One round trip for ids, and one for names.
pub(super) async fn load(pool: &PgPool, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>> {
    let (mut ids, mut spaces, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for lookup in lookups {
        match lookup {
            Lookup::Id(id) => ids.push(id.clone()),
            Lookup::Reference(name) => {
                spaces.push(name.space.clone());
                values.push(name.value.clone());
            }
        }
    }
    let mut found: HashMap<Lookup, ReturnRow> = HashMap::new();
    if !ids.is_empty() {
        let sql = format!(
            "SELECT {} FROM returns WHERE return_id = ANY($1)",
            record::RETURN
        );
        for row in all(pool, ask(sql).bind(ids), record::return_row).await? {
            found.insert(Lookup::Id(row.return_id.clone()), row);
        }
    }
    if !spaces.is_empty() {
        let sql = format!(
            "SELECT r.*, f.space, f.value
             FROM UNNEST($1::text[], $2::text[]) AS u (space, value)
                  JOIN refs f ON f.space = u.space AND f.value = u.value
                  JOIN (SELECT {} FROM returns) r ON r.return_id = f.return_id",
            record::RETURN
        );
        let named = |row: &PgRow| {
            let name = Reference {
                space: row.try_get(10)?,
                value: row.try_get(11)?,
            };
            Ok((Lookup::Reference(name), record::return_row(row)?))
        };
        found.extend(all(pool, ask(sql).bind(spaces).bind(values), named).await?);
    }
    Ok(lookups
        .iter()
        .map(|lookup| found.get(lookup).cloned())
        .collect())
}

pub(super) async fn claims(pool: &PgPool, lines: Vec<String>) -> Result<Vec<ClaimRow>> {
    let sql = format!(
        "SELECT {} FROM claims WHERE invoice_line = ANY($1) ORDER BY invoice_line, from_unit",
        record::CLAIM
    );
    all(pool, ask(sql).bind(lines), record::claim).await
}

pub(super) async fn unpublished(
    pool: &PgPool,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<OutboxRow>> {
    let sql = format!(
        "SELECT batch, n, at, {} FROM outbox WHERE at < $1 ORDER BY at, batch, n LIMIT $2",
        record::MESSAGE
    );
    all(
        pool,
        ask(sql).bind(micros(before)).bind(at_most(limit)),
        record::outbox,
    )
    .await
}

/// What another process takes up or forgets at this moment is left to it.
pub(super) async fn take_up(
    pool: &PgPool,
    before: Timestamp,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<OutboxRow>> {
    let sql = format!(
        "WITH old AS (SELECT batch, n FROM outbox WHERE at < $1 ORDER BY at, batch, n LIMIT $2 FOR UPDATE SKIP LOCKED),
              taken AS (UPDATE outbox o SET at = $3 FROM old WHERE o.batch = old.batch AND o.n = old.n RETURNING o.*)
         SELECT batch, n, at, {} FROM taken ORDER BY batch, n",
        record::MESSAGE
    );
    let query = ask(sql)
        .bind(micros(before))
        .bind(at_most(limit))
        .bind(micros(now));
    all(pool, query, record::outbox).await
}

pub(super) async fn parked(pool: &PgPool, references: &[Reference]) -> Result<Vec<ParkedRow>> {
    let sql = format!(
        "SELECT key, space, value, deadline, {} FROM parked
         WHERE (space, value) IN (SELECT * FROM UNNEST($1::text[], $2::text[])) ORDER BY n",
        record::MESSAGE
    );
    let spaces: Vec<String> = references.iter().map(|name| name.space.clone()).collect();
    let values: Vec<String> = references.iter().map(|name| name.value.clone()).collect();
    all(pool, ask(sql).bind(spaces).bind(values), record::parked).await
}

pub(super) async fn overdue(pool: &PgPool, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>> {
    let sql = format!(
        "SELECT key, space, value, deadline, {} FROM parked WHERE deadline <= $1
         ORDER BY deadline, n LIMIT $2",
        record::MESSAGE
    );
    all(
        pool,
        ask(sql).bind(micros(now)).bind(at_most(limit)),
        record::parked,
    )
    .await
}

pub(super) async fn stalled(
    pool: &PgPool,
    before: Timestamp,
    after: Option<(Timestamp, String)>,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let (since, key) = after.map_or((i64::MIN, String::new()), |(since, key)| {
        (micros(since), key)
    });
    let sql = format!(
        "SELECT {} FROM effects
         WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
           AND coalesce(lease_until, not_before, updated_at) < $1
           AND (coalesce(lease_until, not_before, updated_at), effect_key) > ($3, $4)
         ORDER BY coalesce(lease_until, not_before, updated_at), effect_key LIMIT $2",
        record::EFFECT
    );
    all(
        pool,
        ask(sql)
            .bind(micros(before))
            .bind(at_most(limit))
            .bind(since)
            .bind(key),
        record::effect,
    )
    .await
}

pub(super) async fn effect(pool: &PgPool, key: String) -> Result<Option<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE effect_key = $1",
        record::EFFECT
    );
    one(pool, ask(sql).bind(key), record::effect).await
}

pub(super) async fn effects_of(pool: &PgPool, return_id: String) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE return_id = $1 ORDER BY created_at, n",
        record::EFFECT
    );
    all(pool, ask(sql).bind(return_id), record::effect).await
}

pub(super) async fn effects_by_kind(
    pool: &PgPool,
    kind: String,
    after: String,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE kind = $1 AND effect_key > $2 ORDER BY effect_key LIMIT $3",
        record::EFFECT
    );
    all(
        pool,
        ask(sql).bind(kind).bind(after).bind(at_most(limit)),
        record::effect,
    )
    .await
}

pub(super) async fn held_by(pool: &PgPool, owner: String) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects
         WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT') AND owner = $1 AND lease_until IS NOT NULL
         ORDER BY lease_until, effect_key",
        record::EFFECT
    );
    all(pool, ask(sql).bind(owner), record::effect).await
}

pub(super) async fn outbox_len(pool: &PgPool) -> Result<u64> {
    let row = sqlx::query("SELECT count(*) FROM outbox")
        .fetch_one(pool)
        .await?;
    record::count(&row, 0)
}

pub(super) async fn effect_counts(pool: &PgPool) -> Result<Vec<(String, EffectState, u64)>> {
    let query = sqlx::query(
        "SELECT connector, state, count(*) FROM effects GROUP BY connector, state ORDER BY 1, 2",
    );
    let read = |row: &PgRow| {
        Ok((
            row.try_get(0)?,
            record::effect_state(row, 1)?,
            record::count(row, 2)?,
        ))
    };
    all(pool, query, read).await
}

pub(super) async fn attempts(pool: &PgPool, effect_key: String) -> Result<Vec<AttemptRow>> {
    let sql = format!(
        "SELECT {} FROM attempts WHERE effect_key = $1 ORDER BY fence",
        record::ATTEMPT
    );
    all(pool, ask(sql).bind(effect_key), record::attempt).await
}

/// Where a page begins: behind everything that was read, or before everything.
pub(super) fn behind(after: Option<(Timestamp, String)>) -> (i64, String) {
    after.map_or((i64::MAX, String::new()), |(at, id)| (micros(at), id))
}

pub(super) async fn return_counts(pool: &PgPool) -> Result<Vec<(String, String, u64)>> {
    let query = sqlx::query(
        "SELECT lifecycle, business_code, count(*) FROM returns
         GROUP BY lifecycle, business_code ORDER BY 1, 2",
    );
    let read = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?, record::count(row, 2)?));
    all(pool, query, read).await
}

pub(super) async fn exception_counts(pool: &PgPool) -> Result<Vec<(String, String, u64)>> {
    let query = sqlx::query(
        "SELECT code, connector, count(*) FROM exceptions WHERE state = 'OPEN'
         GROUP BY code, connector ORDER BY 1, 2",
    );
    let read = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?, record::count(row, 2)?));
    all(pool, query, read).await
}

pub(super) async fn exceptions(
    pool: &PgPool,
    filter: ExceptionFilter,
) -> Result<Vec<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, ''::bytea FROM exceptions
         WHERE ($1 IS NULL OR state = $1) AND ($2 IS NULL OR code = $2)
           AND ($3 IS NULL OR connector = $3) AND ($4 IS NULL OR site = $4)
           AND ($5 IS NULL OR return_id = $5)
           AND ($9 IS NULL OR state = 'OPEN' OR updated_at >= $9) AND updated_at <= $7 AND (updated_at < $7 OR exception_id < $8)
         ORDER BY updated_at DESC, exception_id DESC LIMIT $6",
        record::EXCEPTION
    );
    let (before, id) = behind(filter.after);
    let query = ask(sql)
        .bind(filter.state.map(ExceptionState::word))
        .bind(filter.code)
        .bind(filter.connector)
        .bind(filter.site)
        .bind(filter.return_id)
        .bind(limit_or_all(filter.limit))
        .bind(before)
        .bind(id)
        .bind(filter.alive_since.map(micros));
    all(pool, query, record::exception).await
}

pub(super) async fn lacking(pool: &PgPool) -> Result<Vec<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, ''::bytea FROM exceptions WHERE missing <> '' AND state = 'OPEN' ORDER BY opened_at, exception_id",
        record::EXCEPTION
    );
    all(pool, ask(sql), record::exception).await
}

pub(super) async fn exception(pool: &PgPool, id: String) -> Result<Option<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, raw FROM exceptions WHERE exception_id = $1",
        record::EXCEPTION
    );
    one(pool, ask(sql).bind(id), record::exception).await
}

pub(super) async fn due(pool: &PgPool, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>> {
    let query = sqlx::query(
        "SELECT key, return_id, kind, due_at FROM timers WHERE due_at <= $1
         ORDER BY due_at, key LIMIT $2",
    );
    all(
        pool,
        query.bind(micros(now)).bind(at_most(limit)),
        record::timer,
    )
    .await
}

/// The index on subjects is there for a subject alone: it is asked for in so many words.
pub(super) async fn audit(pool: &PgPool, filter: AuditFilter) -> Result<Vec<AuditRow>> {
    let subject = if filter.subject.is_empty() {
        "$3 = ''"
    } else {
        "subject = $3"
    };
    let order = if filter.latest_first { "DESC" } else { "" };
    let sql = format!(
        "SELECT {} FROM audit
         WHERE seq > $1 AND seq < $2 AND {subject} AND starts_with(actor, $4) AND starts_with(action, $5)
           AND at >= $6 AND at < $7
         ORDER BY seq {order} LIMIT $8",
        record::AUDIT
    );
    let position = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let query = ask(sql)
        .bind(position(filter.after))
        .bind(filter.before.map_or(i64::MAX, position))
        .bind(filter.subject)
        .bind(filter.actor)
        .bind(filter.action)
        .bind(filter.since.map_or(i64::MIN, micros))
        .bind(filter.until.map_or(i64::MAX, micros))
        .bind(at_most(filter.limit));
    all(pool, query, record::audit).await
}

pub(super) async fn audit_head(pool: &PgPool) -> Result<(u64, [u8; 32])> {
    let row = sqlx::query("SELECT seq, hash FROM head")
        .fetch_one(pool)
        .await?;
    Ok((record::count(&row, 0)?, record::hash(&row, 1)?))
}

pub(super) async fn server_version(pool: &PgPool) -> Result<String> {
    sqlx::query_scalar("SELECT current_setting('server_version')")
        .fetch_one(pool)
        .await
}

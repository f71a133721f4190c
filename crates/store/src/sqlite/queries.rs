//! What is read: each function is one question, on one snapshot.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::record;
use crate::instant::micros;
use crate::rows::{
    AttemptRow, AuditFilter, AuditRow, ClaimRow, EffectRow, EffectState, ExceptionFilter,
    ExceptionRow, ExceptionState, Lookup, ParkedRow, Reference, ReturnRow, TimerRow,
};

type Result<T> = rusqlite::Result<T>;

pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    conn.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// SQLite's "no limit" is negative.
pub(super) fn limit_or_all(limit: usize) -> i64 {
    if limit == 0 { -1 } else { at_most(limit) }
}

/// Where a page begins: behind everything that was read, or before everything.
pub(super) fn behind(after: Option<&(Timestamp, String)>) -> (i64, &str) {
    after.map_or((i64::MAX, ""), |(at, id)| (micros(*at), id))
}

pub(super) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn load(conn: &Connection, lookups: &[Lookup]) -> Result<Vec<Option<ReturnRow>>> {
    let columns = record::RETURN;
    let mut by_id = conn.prepare_cached(&format!(
        "SELECT {columns} FROM returns WHERE return_id = ?1"
    ))?;
    let mut by_name = conn.prepare_cached(&format!(
        "SELECT {columns} FROM returns WHERE return_id =
             (SELECT r.return_id FROM refs r WHERE r.space = ?1 AND r.value = ?2)"
    ))?;
    let find = |lookup: &Lookup| match lookup {
        Lookup::Id(id) => by_id.query_row([id], record::return_row).optional(),
        Lookup::Reference(name) => by_name
            .query_row([&name.space, &name.value], record::return_row)
            .optional(),
    };
    lookups.iter().map(find).collect()
}

pub(super) fn claims(conn: &Connection, invoice_lines: &[String]) -> Result<Vec<ClaimRow>> {
    let columns = record::CLAIM;
    let sql = format!("SELECT {columns} FROM claims WHERE invoice_line = ?1 ORDER BY from_unit");
    let mut lines: Vec<&String> = invoice_lines.iter().collect();
    lines.sort_unstable();
    lines.dedup();
    let mut found = Vec::new();
    for line in lines {
        found.append(&mut all(conn, &sql, [line], record::claim)?);
    }
    Ok(found)
}

pub(super) fn parked(conn: &Connection, references: &[Reference]) -> Result<Vec<ParkedRow>> {
    let sql = format!(
        "SELECT key, space, value, deadline, {}, n FROM parked WHERE space = ?1 AND value = ?2",
        record::MESSAGE
    );
    let numbered = |row: &Row<'_>| Ok((row.get::<_, i64>(9)?, record::parked(row)?));
    let mut names: Vec<&Reference> = references.iter().collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        found.append(&mut all(conn, &sql, [&name.space, &name.value], numbered)?);
    }
    found.sort_unstable_by_key(|(n, _)| *n);
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

pub(super) fn overdue(conn: &Connection, now: Timestamp, limit: usize) -> Result<Vec<ParkedRow>> {
    let sql = format!(
        "SELECT key, space, value, deadline, {} FROM parked WHERE deadline <= ?1
         ORDER BY deadline, n LIMIT ?2",
        record::MESSAGE
    );
    all(
        conn,
        &sql,
        params![micros(now), at_most(limit)],
        record::parked,
    )
}

pub(super) fn stalled(
    conn: &Connection,
    before: Timestamp,
    after: Option<&(Timestamp, String)>,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let (since, key) = after.map_or((i64::MIN, ""), |(since, key)| (micros(*since), key));
    let sql = format!(
        "SELECT {} FROM effects
         WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
           AND coalesce(lease_until, not_before, updated_at) < ?1
           AND (coalesce(lease_until, not_before, updated_at), effect_key) > (?3, ?4)
         ORDER BY coalesce(lease_until, not_before, updated_at), effect_key LIMIT ?2",
        record::EFFECT
    );
    all(
        conn,
        &sql,
        params![micros(before), at_most(limit), since, key],
        record::effect,
    )
}

pub(super) fn effects_of(conn: &Connection, return_id: &str) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE return_id = ?1 ORDER BY created_at, n",
        record::EFFECT
    );
    all(conn, &sql, [return_id], record::effect)
}

pub(super) fn effects_by_kind(
    conn: &Connection,
    kind: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE kind = ?1 AND effect_key > ?2 ORDER BY effect_key LIMIT ?3",
        record::EFFECT
    );
    all(
        conn,
        &sql,
        params![kind, after, at_most(limit)],
        record::effect,
    )
}

pub(super) fn held_by(conn: &Connection, owner: &str) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects
         WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT') AND owner = ?1 AND lease_until IS NOT NULL
         ORDER BY lease_until, effect_key",
        record::EFFECT
    );
    all(conn, &sql, [owner], record::effect)
}

pub(super) fn outbox_len(conn: &Connection) -> Result<u64> {
    conn.query_row("SELECT count(*) FROM outbox", [], |row| {
        record::count(row, 0)
    })
}

pub(super) fn effect_counts(conn: &Connection) -> Result<Vec<(String, EffectState, u64)>> {
    let sql =
        "SELECT connector, state, count(*) FROM effects GROUP BY connector, state ORDER BY 1, 2";
    all(conn, sql, [], |row| {
        Ok((
            row.get(0)?,
            record::effect_state(row, 1)?,
            record::count(row, 2)?,
        ))
    })
}

pub(super) fn attempts(conn: &Connection, effect_key: &str) -> Result<Vec<AttemptRow>> {
    let sql = format!(
        "SELECT {} FROM attempts WHERE effect_key = ?1 ORDER BY fence",
        record::ATTEMPT
    );
    all(conn, &sql, [effect_key], record::attempt)
}

pub(super) fn return_counts(conn: &Connection) -> Result<Vec<(String, String, u64)>> {
    let sql = "SELECT lifecycle, business_code, count(*) FROM returns
               GROUP BY lifecycle, business_code ORDER BY 1, 2";
    all(conn, sql, [], |row| {
        Ok((row.get(0)?, row.get(1)?, record::count(row, 2)?))
    })
}

pub(super) fn exception_counts(conn: &Connection) -> Result<Vec<(String, String, u64)>> {
    let sql = "SELECT code, connector, count(*) FROM exceptions WHERE state = 'OPEN'
               GROUP BY code, connector ORDER BY 1, 2";
    all(conn, sql, [], |row| {
        Ok((row.get(0)?, row.get(1)?, record::count(row, 2)?))
    })
}

pub(super) fn exceptions(conn: &Connection, filter: &ExceptionFilter) -> Result<Vec<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, x'' FROM exceptions
         WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR code = ?2)
           AND (?3 IS NULL OR connector = ?3) AND (?4 IS NULL OR site = ?4)
           AND (?5 IS NULL OR return_id = ?5)
           AND (?9 IS NULL OR state = 'OPEN' OR updated_at >= ?9) AND updated_at <= ?7 AND (updated_at < ?7 OR exception_id < ?8)
         ORDER BY updated_at DESC, exception_id DESC LIMIT ?6",
        record::EXCEPTION
    );
    let (before, id) = behind(filter.after.as_ref());
    let params = params![
        filter.state.map(ExceptionState::word),
        filter.code,
        filter.connector,
        filter.site,
        filter.return_id,
        limit_or_all(filter.limit),
        before,
        id,
        filter.alive_since.map(micros)
    ];
    all(conn, &sql, params, record::exception)
}

pub(super) fn lacking(conn: &Connection) -> Result<Vec<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, x'' FROM exceptions WHERE missing <> '' AND state = 'OPEN' ORDER BY opened_at, exception_id",
        record::EXCEPTION
    );
    all(conn, &sql, params![], record::exception)
}

pub(super) fn exception(conn: &Connection, id: &str) -> Result<Option<ExceptionRow>> {
    let sql = format!(
        "SELECT {}, raw FROM exceptions WHERE exception_id = ?1",
        record::EXCEPTION
    );
    conn.prepare_cached(&sql)?
        .query_row([id], record::exception)
        .optional()
}

pub(super) fn due(conn: &Connection, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>> {
    let sql = "SELECT key, return_id, kind, due_at FROM timers WHERE due_at <= ?1
               ORDER BY due_at, key LIMIT ?2";
    all(
        conn,
        sql,
        params![micros(now), at_most(limit)],
        record::timer,
    )
}

/// The index on subjects is there for a subject alone: it is asked for in so many words.
pub(super) fn audit(conn: &Connection, filter: &AuditFilter) -> Result<Vec<AuditRow>> {
    let subject = if filter.subject.is_empty() {
        "?3 = ''"
    } else {
        "subject = ?3"
    };
    let order = if filter.latest_first { "DESC" } else { "" };
    let sql = format!(
        "SELECT {} FROM audit
         WHERE seq > ?1 AND seq < ?2 AND {subject} AND substr(actor, 1, length(?4)) = ?4
           AND substr(action, 1, length(?5)) = ?5 AND at >= ?6 AND at < ?7
         ORDER BY seq {order} LIMIT ?8",
        record::AUDIT
    );
    let position = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let params = params![
        position(filter.after),
        filter.before.map_or(i64::MAX, position),
        filter.subject,
        filter.actor,
        filter.action,
        filter.since.map_or(i64::MIN, micros),
        filter.until.map_or(i64::MAX, micros),
        at_most(filter.limit)
    ];
    all(conn, &sql, params, record::audit)
}

pub(super) fn audit_head(conn: &Connection) -> Result<(u64, [u8; 32])> {
    conn.query_row("SELECT seq, hash FROM head", [], |row| {
        Ok((record::count(row, 0)?, row.get(1)?))
    })
}

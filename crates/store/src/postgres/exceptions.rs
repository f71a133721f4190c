//! Opens, counts and closes exceptions.

use sqlx::Error;
use sqlx::postgres::PgConnection;

use crate::crosswalk::missing_text;
use crate::instant::micros;
use crate::rows::{ExceptionRow, ExceptionState, Unit};

/// Settles and opens, unit by unit: rare rows, one statement each. By fingerprint, so that two processes come to the
/// same exceptions in the same order.
pub(super) async fn apply(conn: &mut PgConnection, units: &[&Unit], at: i64) -> Result<(), Error> {
    let mut changes: Vec<(&str, Change<'_>)> = Vec::new();
    for unit in units {
        let resolved = unit
            .resolve
            .iter()
            .map(|(f, text)| (f.as_str(), Change::Resolve(text)));
        changes.extend(resolved);
        changes.extend(
            unit.exceptions
                .iter()
                .map(|e| (e.fingerprint.as_str(), Change::Open(e))),
        );
    }
    changes.sort_by_key(|(fingerprint, _)| *fingerprint);
    for (fingerprint, change) in changes {
        match change {
            Change::Resolve(resolution) => resolve(conn, fingerprint, resolution, at).await?,
            Change::Open(exception) => open(conn, exception).await?,
        }
    }
    Ok(())
}

enum Change<'u> {
    Resolve(&'u str),
    Open(&'u ExceptionRow),
}

async fn resolve(
    conn: &mut PgConnection,
    fingerprint: &str,
    resolution: &str,
    at: i64,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE exceptions SET state = 'RESOLVED', resolution = $2, updated_at = $3
         WHERE fingerprint = $1 AND state = 'OPEN'",
    )
    .bind(fingerprint)
    .bind(resolution)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens one. If its fingerprint is open it is counted, and what was seen first is kept, but for the
/// codes that it waits for. If it was closed it is
/// opened again, with what is seen now.
pub(super) async fn open(conn: &mut PgConnection, e: &ExceptionRow) -> Result<(), Error> {
    // Two processes may open it at once: whoever comes second finds nothing to count, and then a conflict.
    while !count(conn, e).await? {
        if insert(conn, e).await? {
            break;
        }
    }
    Ok(())
}

async fn count(conn: &mut PgConnection, e: &ExceptionRow) -> Result<bool, Error> {
    let counted = sqlx::query(
        "UPDATE exceptions SET occurrences = occurrences + 1, updated_at = $2,
                missing = CASE WHEN $4 <> '' THEN $4 ELSE missing END
         WHERE (fingerprint = $1 OR exception_id = $3) AND state = 'OPEN'",
    )
    .bind(&e.fingerprint)
    .bind(micros(e.updated_at))
    .bind(&e.exception_id)
    .bind(missing_text(&e.missing))
    .execute(conn)
    .await?;
    Ok(counted.rows_affected() > 0)
}

async fn insert(conn: &mut PgConnection, e: &ExceptionRow) -> Result<bool, Error> {
    let written = sqlx::query(
        "INSERT INTO exceptions AS x (exception_id, fingerprint, code, failure_code, stage, connector, site,
             customer, return_id, effect_key, reason, place, amount_minor, currency, state, occurrences,
             opened_at, updated_at, resolution, origin, missing, raw)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         ON CONFLICT (exception_id) DO UPDATE SET
             fingerprint = excluded.fingerprint, code = excluded.code, failure_code = excluded.failure_code,
             stage = excluded.stage, connector = excluded.connector, site = excluded.site,
             customer = excluded.customer, return_id = excluded.return_id, effect_key = excluded.effect_key,
             reason = excluded.reason, place = excluded.place, amount_minor = excluded.amount_minor,
             currency = excluded.currency, state = excluded.state, occurrences = x.occurrences + 1,
             updated_at = excluded.updated_at, resolution = excluded.resolution, origin = excluded.origin,
             missing = excluded.missing, raw = excluded.raw
         WHERE x.state <> 'OPEN'",
    )
    .bind(&e.exception_id)
    .bind(&e.fingerprint)
    .bind(&e.code)
    .bind(&e.failure_code)
    .bind(&e.stage)
    .bind(&e.connector)
    .bind(&e.site)
    .bind(&e.customer)
    .bind(&e.return_id)
    .bind(&e.effect_key)
    .bind(&e.reason)
    .bind(&e.place)
    .bind(e.amount_minor)
    .bind(&e.currency)
    .bind(e.state.word())
    .bind(i64::from(e.occurrences))
    .bind(micros(e.opened_at))
    .bind(micros(e.updated_at))
    .bind(&e.resolution)
    .bind(&e.origin)
    .bind(missing_text(&e.missing))
    .bind(&e.raw[..])
    .execute(conn)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// True if it waits for somebody; nobody else closes it until this transaction ends.
pub(super) async fn is_open(conn: &mut PgConnection, exception_id: &str) -> Result<bool, Error> {
    let open = sqlx::query(
        "SELECT 1 FROM exceptions WHERE exception_id = $1 AND state = 'OPEN' FOR UPDATE",
    )
    .bind(exception_id)
    .fetch_optional(conn)
    .await?;
    Ok(open.is_some())
}

/// Closes it, if it is open.
pub(super) async fn close(
    conn: &mut PgConnection,
    exception_id: &str,
    state: ExceptionState,
    resolution: &str,
    now: i64,
) -> Result<bool, Error> {
    let closed = sqlx::query(
        "UPDATE exceptions SET state = $2, resolution = $3, updated_at = $4
         WHERE exception_id = $1 AND state = 'OPEN'",
    )
    .bind(exception_id)
    .bind(state.word())
    .bind(resolution)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(closed.rows_affected() == 1)
}

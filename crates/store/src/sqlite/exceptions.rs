//! Opens, counts and closes exceptions inside the transaction.

use rusqlite::params;

use super::tx::Tx;
use crate::crosswalk::missing_text;
use crate::instant::micros;
use crate::rows::{ExceptionRow, ExceptionState};

/// Opens one. If its fingerprint is open it is counted, and what was seen first is kept, but for the
/// codes that it waits for. If it was closed it is
/// opened again, with what is seen now.
pub(super) fn open(tx: &Tx<'_>, e: &ExceptionRow) -> rusqlite::Result<()> {
    let counted = tx.run(
        "UPDATE exceptions SET occurrences = occurrences + 1, updated_at = ?2,
                missing = CASE WHEN ?4 <> '' THEN ?4 ELSE missing END
         WHERE (fingerprint = ?1 OR exception_id = ?3) AND state = 'OPEN'",
        params![
            e.fingerprint,
            micros(e.updated_at),
            e.exception_id,
            missing_text(&e.missing)
        ],
    )?;
    if counted > 0 {
        return Ok(());
    }
    tx.run(
        "INSERT INTO exceptions (exception_id, fingerprint, code, failure_code, stage, connector, site,
             customer, return_id, effect_key, reason, place, amount_minor, currency, state, occurrences,
             opened_at, updated_at, resolution, origin, missing, raw)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
         ON CONFLICT (exception_id) DO UPDATE SET
             fingerprint = excluded.fingerprint, code = excluded.code, failure_code = excluded.failure_code,
             stage = excluded.stage, connector = excluded.connector, site = excluded.site,
             customer = excluded.customer, return_id = excluded.return_id, effect_key = excluded.effect_key,
             reason = excluded.reason, place = excluded.place, amount_minor = excluded.amount_minor,
             currency = excluded.currency, state = excluded.state, occurrences = occurrences + 1,
             updated_at = excluded.updated_at, resolution = excluded.resolution, origin = excluded.origin,
             missing = excluded.missing, raw = excluded.raw",
        params![
            e.exception_id,
            e.fingerprint,
            e.code,
            e.failure_code,
            e.stage,
            e.connector,
            e.site,
            e.customer,
            e.return_id,
            e.effect_key,
            e.reason,
            e.place,
            e.amount_minor,
            e.currency,
            e.state.word(),
            e.occurrences,
            micros(e.opened_at),
            micros(e.updated_at),
            e.resolution,
            e.origin,
            missing_text(&e.missing),
            &e.raw[..]
        ],
    )?;
    Ok(())
}

/// Settles the open exception of that fingerprint, if there is one.
pub(super) fn resolve(tx: &Tx<'_>, fingerprint: &str, resolution: &str) -> rusqlite::Result<()> {
    tx.run(
        "UPDATE exceptions SET state = 'RESOLVED', resolution = ?2, updated_at = ?3
         WHERE fingerprint = ?1 AND state = 'OPEN'",
        params![fingerprint, resolution, tx.at],
    )?;
    Ok(())
}

/// True if it waits for somebody.
pub(super) fn is_open(tx: &Tx<'_>, exception_id: &str) -> rusqlite::Result<bool> {
    tx.conn
        .prepare_cached("SELECT 1 FROM exceptions WHERE exception_id = ?1 AND state = 'OPEN'")?
        .exists([exception_id])
}

/// Closes it, if it is open.
pub(super) fn close(
    tx: &Tx<'_>,
    exception_id: &str,
    state: ExceptionState,
    resolution: &str,
    now: i64,
) -> rusqlite::Result<bool> {
    let closed = tx.run(
        "UPDATE exceptions SET state = ?2, resolution = ?3, updated_at = ?4
         WHERE exception_id = ?1 AND state = 'OPEN'",
        params![exception_id, state.word(), resolution, now],
    )?;
    Ok(closed == 1)
}

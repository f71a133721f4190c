//! Plans, leases and settles effects inside the transaction.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::tx::Tx;
use super::{exceptions, record};
use crate::instant::{micros, micros_of};
use crate::lease;
use crate::rows::{
    EffectOutcome, EffectRow, EffectState, EffectWrite, Lease, LeaseRequest, Reopening,
};

/// Plans, then releases, then cancels.
pub(super) fn apply(tx: &Tx<'_>, writes: &[EffectWrite]) -> rusqlite::Result<()> {
    for write in writes {
        if let EffectWrite::Plan(row) = write {
            plan(tx, row)?;
        }
    }
    for write in writes {
        if let EffectWrite::Release(key) = write {
            tx.run(
                "UPDATE effects SET state = 'READY', updated_at = ?2
                 WHERE effect_key = ?1 AND state = 'PLANNED'",
                params![key, tx.at],
            )?;
        }
    }
    for write in writes {
        if let EffectWrite::Cancel(key) = write {
            cancel(tx, key)?;
        }
    }
    Ok(())
}

fn plan(tx: &Tx<'_>, e: &EffectRow) -> rusqlite::Result<()> {
    tx.run(
        "INSERT INTO effects (effect_key, return_id, kind, connector, state, command, amount_minor, currency,
             correlation_id, traceparent, attempts, tries, misses, fence, owner, lease_until, not_before,
             last_sent_at, failure_code, failure_text, document, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
             ?21, ?22, ?23)
         ON CONFLICT (effect_key) DO NOTHING",
        params![
            e.effect_key,
            e.return_id,
            e.kind,
            e.connector,
            e.state.word(),
            e.command,
            e.amount_minor,
            e.currency,
            e.correlation_id,
            e.traceparent,
            e.attempts,
            e.tries,
            e.misses,
            e.fence.cast_signed(),
            e.owner,
            micros_of(e.lease_until),
            micros_of(e.not_before),
            micros_of(e.last_sent_at),
            e.failure_code,
            e.failure_text,
            e.document,
            micros(e.created_at),
            micros(e.updated_at)
        ],
    )?;
    Ok(())
}

/// A parked effect whose last send may have been applied stays: cancelling it would hide a credit that was given.
fn cancel(tx: &Tx<'_>, key: &str) -> rusqlite::Result<()> {
    tx.run(
        "UPDATE effects SET state = 'CANCELLED', not_before = NULL, updated_at = ?2
         WHERE effect_key = ?1 AND (
             state IN ('PLANNED', 'READY', 'REJECTED')
             OR state = 'PARKED' AND coalesce((
                 SELECT class FROM attempts WHERE effect_key = ?1 AND what = 'send' ORDER BY fence DESC LIMIT 1
             ), 'NONE') NOT IN ('', 'UNKNOWN', 'HANDED-OVER')
         )",
        params![key, tx.at],
    )?;
    Ok(())
}

/// One effect, as it is in this transaction.
pub(super) fn one(conn: &Connection, key: &str) -> rusqlite::Result<Option<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects WHERE effect_key = ?1",
        record::EFFECT
    );
    conn.prepare_cached(&sql)?
        .query_row([key], record::effect)
        .optional()
}

pub(super) fn lease(tx: &Tx<'_>, request: &LeaseRequest) -> rusqlite::Result<Lease> {
    let Some(row) = one(tx.conn, &request.effect_key)? else {
        return Ok(Lease::Missing);
    };
    let decision = lease::decide(row, request);
    if let Some((attempt, e)) = decision.written() {
        tx.run(
            "UPDATE effects SET state = ?2, attempts = ?3, misses = ?4, fence = ?5, owner = ?6, lease_until = ?7,
                    not_before = ?8, last_sent_at = ?9, updated_at = ?10
             WHERE effect_key = ?1",
            params![
                e.effect_key,
                e.state.word(),
                e.attempts,
                e.misses,
                e.fence.cast_signed(),
                e.owner,
                micros_of(e.lease_until),
                micros_of(e.not_before),
                micros_of(e.last_sent_at),
                micros(e.updated_at)
            ],
        )?;
        tx.run(
            "INSERT INTO attempts (effect_key, fence, what, begun_at, class, failure_code, failure_text)
             VALUES (?1, ?2, ?3, ?4, '', '', '')",
            params![e.effect_key, e.fence.cast_signed(), attempt.word(), micros(request.now)],
        )?;
    }
    Ok(decision.lease)
}

/// Records an outcome, and what follows from it. `false`: the lease was lost, or is over; nothing is written.
pub(super) fn settle(tx: &mut Tx<'_>, o: &EffectOutcome) -> rusqlite::Result<bool> {
    let changed = tx.run(
        "UPDATE effects SET state = ?3, tries = ?4, misses = ?5, not_before = ?6, failure_code = ?7,
                failure_text = ?8, document = coalesce(?9, document), owner = '', lease_until = NULL,
                updated_at = ?10
         WHERE effect_key = ?1 AND fence = ?2 AND owner <> ''",
        params![
            o.effect_key,
            o.fence.cast_signed(),
            o.state.word(),
            o.tries,
            o.misses,
            micros_of(o.not_before),
            o.failure_code,
            o.failure_text,
            o.document,
            micros(o.at)
        ],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    tx.run(
        "UPDATE attempts SET ended_at = ?3, class = ?4, failure_code = ?5, failure_text = ?6
         WHERE effect_key = ?1 AND fence = ?2",
        params![
            o.effect_key,
            o.fence.cast_signed(),
            micros(o.at),
            o.class,
            o.failure_code,
            o.failure_text
        ],
    )?;
    if let Some(exception) = &o.exception {
        exceptions::open(tx, exception)?;
    }
    tx.put(&o.outbox)?;
    tx.record(o.audit.as_slice())?;
    Ok(true)
}

pub(super) fn reopen(
    tx: &Tx<'_>,
    asked: &Reopening,
    now: i64,
) -> rusqlite::Result<Option<EffectState>> {
    let (key, document) = (&asked.effect_key, &asked.document);
    let row = one(tx.conn, key)?;
    let state = row.and_then(|row| lease::reopened(&row, document.is_some()));
    let Some(state) = state else {
        return Ok(None);
    };
    tx.run(
        "UPDATE effects SET state = ?2, tries = 0, misses = 0, attempts = 0, not_before = NULL, owner = '',
                lease_until = NULL, updated_at = ?3, connector = ?4, document = coalesce(?5, document),
                failure_code = CASE WHEN ?5 IS NULL THEN failure_code ELSE '' END,
                failure_text = CASE WHEN ?5 IS NULL THEN failure_text ELSE '' END
         WHERE effect_key = ?1",
        params![key, state.word(), now, asked.connector, document],
    )?;
    Ok(Some(state))
}

/// See [`crate::Store::claim_tickets`].
pub(super) fn claim_tickets(
    tx: &Tx<'_>,
    standing: Vec<(String, Timestamp)>,
    now: Timestamp,
    again: Timestamp,
) -> rusqlite::Result<Vec<String>> {
    let mut claimed = Vec::new();
    for (key, since) in standing {
        let changed = tx.run(
            "UPDATE effects SET ticket_at = ?3
             WHERE effect_key = ?1 AND state IN ('READY', 'UNKNOWN', 'IN_FLIGHT')
               AND coalesce(lease_until, not_before, updated_at) = ?2
               AND (ticket_at IS NULL OR ticket_at < ?2 OR ticket_at <= ?4)",
            params![key, micros(since), micros(now), micros(again)],
        )?;
        if changed > 0 {
            claimed.push(key);
        }
    }
    Ok(claimed)
}

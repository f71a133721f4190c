//! Rows as SQLite gives them back. Each list of columns stands beside the function that reads it.

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

use super::tx::BATCH_SHIFT;
use crate::crosswalk::missing_of;
use crate::instant::instant;
use crate::rows::{
    AttemptRow, AuditEntry, AuditRow, ClaimRow, EffectRow, EffectState, ExceptionRow,
    ExceptionState, OutboxMessage, OutboxRow, ParkedRow, Reference, ReturnRow, TimerRow,
};

type Result<T> = rusqlite::Result<T>;

pub(super) const RETURN: &str = "return_id, version, rma_number, entity, site, customer, lifecycle, \
     business_code, updated_at, state";

pub(super) fn return_row(row: &Row<'_>) -> Result<ReturnRow> {
    Ok(ReturnRow {
        return_id: row.get(0)?,
        version: count(row, 1)?,
        rma_number: row.get(2)?,
        entity: row.get(3)?,
        site: row.get(4)?,
        customer: row.get(5)?,
        lifecycle: row.get(6)?,
        business_code: row.get(7)?,
        updated_at: at(row, 8)?,
        state: row.get(9)?,
    })
}

pub(super) const CLAIM: &str = "invoice_line, from_unit, to_unit, return_id, facts";

pub(super) fn claim(row: &Row<'_>) -> Result<ClaimRow> {
    Ok(ClaimRow {
        invoice_line: row.get(0)?,
        from: row.get(1)?,
        to: row.get(2)?,
        return_id: row.get(3)?,
        facts: row.get(4)?,
    })
}

pub(super) const EFFECT: &str = "effect_key, return_id, kind, connector, state, command, amount_minor, \
     currency, correlation_id, traceparent, attempts, tries, misses, fence, owner, lease_until, not_before, \
     last_sent_at, failure_code, failure_text, document, created_at, updated_at, ticket_at";

pub(super) fn effect(row: &Row<'_>) -> Result<EffectRow> {
    Ok(EffectRow {
        effect_key: row.get(0)?,
        return_id: row.get(1)?,
        kind: row.get(2)?,
        connector: row.get(3)?,
        state: effect_state(row, 4)?,
        command: row.get(5)?,
        amount_minor: row.get(6)?,
        currency: row.get(7)?,
        correlation_id: row.get(8)?,
        traceparent: row.get(9)?,
        attempts: row.get(10)?,
        tries: row.get(11)?,
        misses: row.get(12)?,
        fence: count(row, 13)?,
        owner: row.get(14)?,
        lease_until: at_if(row, 15)?,
        not_before: at_if(row, 16)?,
        last_sent_at: at_if(row, 17)?,
        failure_code: row.get(18)?,
        failure_text: row.get(19)?,
        document: row.get(20)?,
        created_at: at(row, 21)?,
        updated_at: at(row, 22)?,
        ticket_at: at_if(row, 23)?,
    })
}

pub(super) const ATTEMPT: &str =
    "effect_key, fence, what, begun_at, ended_at, class, failure_code, failure_text";

pub(super) fn attempt(row: &Row<'_>) -> Result<AttemptRow> {
    Ok(AttemptRow {
        effect_key: row.get(0)?,
        fence: count(row, 1)?,
        what: row.get(2)?,
        begun_at: at(row, 3)?,
        ended_at: at_if(row, 4)?,
        class: row.get(5)?,
        failure_code: row.get(6)?,
        failure_text: row.get(7)?,
    })
}

pub(super) const MESSAGE: &str = "message_id, destination, content_type, headers, body";

fn message(row: &Row<'_>, first: usize) -> Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: row.get(first)?,
        destination: row.get(first + 1)?,
        content_type: row.get(first + 2)?,
        headers: row.get(first + 3)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(first + 4)?),
    })
}

/// Of `id, at` and the columns of the message.
pub(super) fn outbox(row: &Row<'_>) -> Result<OutboxRow> {
    let id: i64 = row.get(0)?;
    let batch = id >> BATCH_SHIFT;
    Ok(OutboxRow {
        batch,
        n: id - (batch << BATCH_SHIFT),
        at: at(row, 1)?,
        message: message(row, 2)?,
    })
}

/// Of `key, space, value, deadline` and the columns of the message.
pub(super) fn parked(row: &Row<'_>) -> Result<ParkedRow> {
    Ok(ParkedRow {
        key: row.get(0)?,
        reference: Reference {
            space: row.get(1)?,
            value: row.get(2)?,
        },
        deadline: at(row, 3)?,
        message: message(row, 4)?,
    })
}

pub(super) const EXCEPTION: &str = "exception_id, fingerprint, code, failure_code, stage, connector, site, \
     customer, return_id, effect_key, reason, place, amount_minor, currency, state, occurrences, opened_at, \
     updated_at, resolution, origin, missing";

/// Of the columns above and `raw`.
pub(super) fn exception(row: &Row<'_>) -> Result<ExceptionRow> {
    let word: String = row.get(14)?;
    Ok(ExceptionRow {
        exception_id: row.get(0)?,
        fingerprint: row.get(1)?,
        code: row.get(2)?,
        failure_code: row.get(3)?,
        stage: row.get(4)?,
        connector: row.get(5)?,
        site: row.get(6)?,
        customer: row.get(7)?,
        return_id: row.get(8)?,
        effect_key: row.get(9)?,
        reason: row.get(10)?,
        place: row.get(11)?,
        amount_minor: row.get(12)?,
        currency: row.get(13)?,
        state: ExceptionState::from_word(&word).ok_or_else(|| strange(14, &word))?,
        occurrences: row.get(15)?,
        opened_at: at(row, 16)?,
        updated_at: at(row, 17)?,
        resolution: row.get(18)?,
        origin: row.get(19)?,
        missing: missing_of(&row.get::<_, String>(20)?),
        raw: Bytes::from(row.get::<_, Vec<u8>>(21)?),
    })
}

pub(super) fn timer(row: &Row<'_>) -> Result<TimerRow> {
    Ok(TimerRow {
        key: row.get(0)?,
        return_id: row.get(1)?,
        kind: row.get(2)?,
        due_at: at(row, 3)?,
    })
}

pub(super) const AUDIT: &str =
    "seq, at, actor, action, subject, correlation_id, after_hash, body, prev_hash, hash";

pub(super) fn audit(row: &Row<'_>) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: count(row, 0)?,
        entry: AuditEntry {
            at: at(row, 1)?,
            actor: row.get(2)?,
            action: row.get(3)?,
            subject: row.get(4)?,
            correlation_id: row.get(5)?,
            after_hash: row.get(6)?,
            body: row.get(7)?,
        },
        prev_hash: row.get(8)?,
        hash: row.get(9)?,
    })
}

pub(super) fn effect_state(row: &Row<'_>, column: usize) -> Result<EffectState> {
    let word: String = row.get(column)?;
    EffectState::from_word(&word).ok_or_else(|| strange(column, &word))
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

pub(super) fn at(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    let micros: i64 = row.get(column)?;
    instant(micros).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error))
    })
}

pub(super) fn at_if(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        Some(_) => at(row, column).map(Some),
        None => Ok(None),
    }
}

fn strange(column: usize, word: &str) -> rusqlite::Error {
    let error = format!("unknown state {word:?}");
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

//! Rows as PostgreSQL gives them back. Each list of columns stands beside the function that reads it.

use std::array::TryFromSliceError;

use bytes::Bytes;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::crosswalk::missing_of;
use crate::instant::instant;
use crate::rows::{
    AttemptRow, AuditEntry, AuditRow, ClaimRow, EffectRow, EffectState, ExceptionRow,
    ExceptionState, OutboxMessage, OutboxRow, ParkedRow, Reference, ReturnRow, TimerRow,
};

type Result<T> = std::result::Result<T, sqlx::Error>;

pub(super) const RETURN: &str = "return_id, version, rma_number, entity, site, customer, lifecycle, \
     business_code, updated_at, state";

pub(super) fn return_row(row: &PgRow) -> Result<ReturnRow> {
    Ok(ReturnRow {
        return_id: row.try_get(0)?,
        version: count(row, 1)?,
        rma_number: row.try_get(2)?,
        entity: row.try_get(3)?,
        site: row.try_get(4)?,
        customer: row.try_get(5)?,
        lifecycle: row.try_get(6)?,
        business_code: row.try_get(7)?,
        updated_at: at(row, 8)?,
        state: row.try_get(9)?,
    })
}

pub(super) const CLAIM: &str = "invoice_line, from_unit, to_unit, return_id, facts";

pub(super) fn claim(row: &PgRow) -> Result<ClaimRow> {
    Ok(ClaimRow {
        invoice_line: row.try_get(0)?,
        from: row.try_get(1)?,
        to: row.try_get(2)?,
        return_id: row.try_get(3)?,
        facts: row.try_get(4)?,
    })
}

pub(super) const EFFECT: &str = "effect_key, return_id, kind, connector, state, command, amount_minor, \
     currency, correlation_id, traceparent, attempts, tries, misses, fence, owner, lease_until, not_before, \
     last_sent_at, failure_code, failure_text, document, created_at, updated_at, ticket_at";

pub(super) fn effect(row: &PgRow) -> Result<EffectRow> {
    Ok(EffectRow {
        effect_key: row.try_get(0)?,
        return_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        connector: row.try_get(3)?,
        state: effect_state(row, 4)?,
        command: row.try_get(5)?,
        amount_minor: row.try_get(6)?,
        currency: row.try_get(7)?,
        correlation_id: row.try_get(8)?,
        traceparent: row.try_get(9)?,
        attempts: count(row, 10)?,
        tries: count(row, 11)?,
        misses: count(row, 12)?,
        fence: count(row, 13)?,
        owner: row.try_get(14)?,
        lease_until: at_if(row, 15)?,
        not_before: at_if(row, 16)?,
        last_sent_at: at_if(row, 17)?,
        failure_code: row.try_get(18)?,
        failure_text: row.try_get(19)?,
        document: row.try_get(20)?,
        created_at: at(row, 21)?,
        updated_at: at(row, 22)?,
        ticket_at: at_if(row, 23)?,
    })
}

pub(super) const ATTEMPT: &str =
    "effect_key, fence, what, begun_at, ended_at, class, failure_code, failure_text";

pub(super) fn attempt(row: &PgRow) -> Result<AttemptRow> {
    Ok(AttemptRow {
        effect_key: row.try_get(0)?,
        fence: count(row, 1)?,
        what: row.try_get(2)?,
        begun_at: at(row, 3)?,
        ended_at: at_if(row, 4)?,
        class: row.try_get(5)?,
        failure_code: row.try_get(6)?,
        failure_text: row.try_get(7)?,
    })
}

pub(super) const MESSAGE: &str = "message_id, destination, content_type, headers, body";

fn message(row: &PgRow, first: usize) -> Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: row.try_get(first)?,
        destination: row.try_get(first + 1)?,
        content_type: row.try_get(first + 2)?,
        headers: row.try_get(first + 3)?,
        body: Bytes::from(row.try_get::<Vec<u8>, _>(first + 4)?),
    })
}

/// Of `batch, n, at` and the columns of the message.
pub(super) fn outbox(row: &PgRow) -> Result<OutboxRow> {
    Ok(OutboxRow {
        batch: row.try_get(0)?,
        n: row.try_get(1)?,
        at: at(row, 2)?,
        message: message(row, 3)?,
    })
}

/// Of `key, space, value, deadline` and the columns of the message.
pub(super) fn parked(row: &PgRow) -> Result<ParkedRow> {
    Ok(ParkedRow {
        key: row.try_get(0)?,
        reference: Reference {
            space: row.try_get(1)?,
            value: row.try_get(2)?,
        },
        deadline: at(row, 3)?,
        message: message(row, 4)?,
    })
}

pub(super) const EXCEPTION: &str = "exception_id, fingerprint, code, failure_code, stage, connector, site, \
     customer, return_id, effect_key, reason, place, amount_minor, currency, state, occurrences, opened_at, \
     updated_at, resolution, origin, missing";

/// Of the columns above and `raw`.
pub(super) fn exception(row: &PgRow) -> Result<ExceptionRow> {
    let word: String = row.try_get(14)?;
    Ok(ExceptionRow {
        exception_id: row.try_get(0)?,
        fingerprint: row.try_get(1)?,
        code: row.try_get(2)?,
        failure_code: row.try_get(3)?,
        stage: row.try_get(4)?,
        connector: row.try_get(5)?,
        site: row.try_get(6)?,
        customer: row.try_get(7)?,
        return_id: row.try_get(8)?,
        effect_key: row.try_get(9)?,
        reason: row.try_get(10)?,
        place: row.try_get(11)?,
        amount_minor: row.try_get(12)?,
        currency: row.try_get(13)?,
        state: ExceptionState::from_word(&word).ok_or_else(|| strange(14, &word))?,
        occurrences: count(row, 15)?,
        opened_at: at(row, 16)?,
        updated_at: at(row, 17)?,
        resolution: row.try_get(18)?,
        origin: row.try_get(19)?,
        missing: missing_of(row.try_get(20)?),
        raw: Bytes::from(row.try_get::<Vec<u8>, _>(21)?),
    })
}

pub(super) fn timer(row: &PgRow) -> Result<TimerRow> {
    Ok(TimerRow {
        key: row.try_get(0)?,
        return_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        due_at: at(row, 3)?,
    })
}

pub(super) const AUDIT: &str =
    "seq, at, actor, action, subject, correlation_id, after_hash, body, prev_hash, hash";

pub(super) fn audit(row: &PgRow) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: count(row, 0)?,
        entry: AuditEntry {
            at: at(row, 1)?,
            actor: row.try_get(2)?,
            action: row.try_get(3)?,
            subject: row.try_get(4)?,
            correlation_id: row.try_get(5)?,
            after_hash: row.try_get(6)?,
            body: row.try_get(7)?,
        },
        prev_hash: hash(row, 8)?,
        hash: hash(row, 9)?,
    })
}

pub(super) fn effect_state(row: &PgRow, column: usize) -> Result<EffectState> {
    let word: String = row.try_get(column)?;
    EffectState::from_word(&word).ok_or_else(|| strange(column, &word))
}

/// A number that is never negative.
pub(super) fn count<N: TryFrom<i64>>(row: &PgRow, column: usize) -> Result<N> {
    let number: i64 = row.try_get(column)?;
    N::try_from(number).map_err(|_| undecodable(column, format!("{number} is out of range").into()))
}

/// A SHA-256.
pub(super) fn hash(row: &PgRow, column: usize) -> Result<[u8; 32]> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes
        .try_into()
        .map_err(|error: TryFromSliceError| undecodable(column, error.into()))
}

pub(super) fn at(row: &PgRow, column: usize) -> Result<Timestamp> {
    let micros: i64 = row.try_get(column)?;
    instant(micros).map_err(|error| undecodable(column, error.into()))
}

pub(super) fn at_if(row: &PgRow, column: usize) -> Result<Option<Timestamp>> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => at(row, column).map(Some),
        None => Ok(None),
    }
}

fn strange(column: usize, word: &str) -> sqlx::Error {
    undecodable(column, format!("unknown state {word:?}").into())
}

fn undecodable(column: usize, source: Box<dyn std::error::Error + Send + Sync>) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source,
    }
}

//! Writes one unit into the transaction, or says why not.

use rusqlite::{OptionalExtension, params};

use super::fault::is_of_the_data;
use super::tx::Tx;
use super::{credits, effects, exceptions, numbers, recon, record};
use crate::instant::micros;
use crate::rows::{InboxRow, ReturnRow, Unit, UnitOutcome};

/// Why a unit is not written.
enum Refusal {
    Outcome(UnitOutcome),
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Writes it whole or not at all. An error is the store's, and says nothing about this unit.
pub(super) fn write(tx: &mut Tx<'_>, unit: &Unit) -> rusqlite::Result<UnitOutcome> {
    match tx.guarded(|tx| parts(tx, unit)) {
        Ok(()) => Ok(UnitOutcome::Done),
        Err(Refusal::Outcome(outcome)) => Ok(outcome),
        Err(Refusal::Sql(error)) if is_of_the_data(&error) => {
            Ok(UnitOutcome::Failed(error.to_string()))
        }
        Err(Refusal::Sql(error)) => Err(error),
    }
}

fn parts(tx: &mut Tx<'_>, unit: &Unit) -> Result<(), Refusal> {
    inbox(tx, &unit.inbox)?;
    if let Some((return_id, version)) = &unit.read {
        still_at(tx, return_id, *version)?;
    }
    if let Some(state) = &unit.state {
        self::state(tx, state)?;
    }
    if let Some(history) = &unit.history
        && !credits::is_still_so(tx, history)?
    {
        return Err(Refusal::Outcome(UnitOutcome::Stale));
    }
    references(tx, unit)?;
    terms(tx, unit)?;
    claims(tx, unit)?;
    effects::apply(tx, &unit.effects)?;
    for (fingerprint, resolution) in &unit.resolve {
        exceptions::resolve(tx, fingerprint, resolution)?;
    }
    for exception in &unit.exceptions {
        exceptions::open(tx, exception)?;
    }
    timers(tx, unit)?;
    parked(tx, unit)?;
    numbers::add(tx, &unit.tallies)?;
    recon::write(tx, unit)?;
    credits::apply(tx, unit)?;
    if unit.is_left {
        tx.leave(&unit.outbox)?;
    } else {
        tx.put(&unit.outbox)?;
    }
    tx.record(&unit.audit)?;
    Ok(())
}

/// Inserting is the look-up. Only when a key was there already is anything read.
fn inbox(tx: &Tx<'_>, rows: &[InboxRow]) -> Result<(), Refusal> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO inbox (key, content) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING",
    )?;
    let mut seen = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if insert.execute(params![row.key, row.content.cast_signed()])? == 1 {
            continue;
        }
        match rows.iter().take(i).find(|earlier| earlier.key == row.key) {
            Some(twin) if twin.content == row.content => {}
            Some(_) => {
                let text = "one unit has a message key twice, with differing content".to_owned();
                return Err(Refusal::Outcome(UnitOutcome::Failed(text)));
            }
            None => seen.push(row.key),
        }
    }
    if seen.is_empty() {
        return Ok(());
    }
    let mut select = tx
        .conn
        .prepare_cached("SELECT content FROM inbox WHERE key = ?1")?;
    let stored = seen.into_iter().map(|key| {
        let content: i64 = select.query_row([key], |row| row.get(0))?;
        Ok(InboxRow {
            key,
            content: content.cast_unsigned(),
        })
    });
    let stored = stored.collect::<rusqlite::Result<Vec<_>>>()?;
    Err(Refusal::Outcome(UnitOutcome::Seen(stored)))
}

fn still_at(tx: &Tx<'_>, return_id: &str, version: u64) -> Result<(), Refusal> {
    let same = tx
        .conn
        .prepare_cached("SELECT 1 FROM returns WHERE return_id = ?1 AND version = ?2")?
        .exists(params![return_id, version.cast_signed()])?;
    if same {
        Ok(())
    } else {
        Err(Refusal::Outcome(UnitOutcome::Stale))
    }
}

fn state(tx: &Tx<'_>, row: &ReturnRow) -> Result<(), Refusal> {
    let changed = if row.version == 1 {
        tx.run(
            "INSERT INTO returns (return_id, version, rma_number, entity, site, customer, lifecycle,
                                  business_code, updated_at, state)
             VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (return_id) DO NOTHING",
            params![
                row.return_id,
                row.rma_number,
                row.entity,
                row.site,
                row.customer,
                row.lifecycle,
                row.business_code,
                micros(row.updated_at),
                row.state
            ],
        )?
    } else {
        tx.run(
            "UPDATE returns SET version = ?2, rma_number = ?3, entity = ?4, site = ?5, customer = ?6,
                    lifecycle = ?7, business_code = ?8, updated_at = ?9, state = ?10
             WHERE return_id = ?1 AND version = ?2 - 1",
            params![
                row.return_id,
                row.version.cast_signed(),
                row.rma_number,
                row.entity,
                row.site,
                row.customer,
                row.lifecycle,
                row.business_code,
                micros(row.updated_at),
                row.state
            ],
        )?
    };
    if changed == 1 {
        Ok(())
    } else {
        Err(Refusal::Outcome(UnitOutcome::Stale))
    }
}

fn references(tx: &Tx<'_>, unit: &Unit) -> Result<(), Refusal> {
    if unit.references.is_empty() {
        return Ok(());
    }
    let Some(state) = &unit.state else {
        let text = "a unit names a return without writing its state".to_owned();
        return Err(Refusal::Outcome(UnitOutcome::Failed(text)));
    };
    for name in &unit.references {
        let changed = tx.run(
            "INSERT INTO refs (space, value, return_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (space, value) DO NOTHING",
            params![name.space, name.value, state.return_id],
        )?;
        if changed == 1 {
            continue;
        }
        let owner: String = tx
            .conn
            .prepare_cached("SELECT return_id FROM refs WHERE space = ?1 AND value = ?2")?
            .query_row(params![name.space, name.value], |row| row.get(0))?;
        if owner != state.return_id {
            let reference = name.clone();
            return Err(Refusal::Outcome(UnitOutcome::Taken {
                reference,
                return_id: owner,
            }));
        }
    }
    Ok(())
}

fn terms(tx: &Tx<'_>, unit: &Unit) -> rusqlite::Result<()> {
    let Some(state) = &unit.state else {
        return Ok(());
    };
    for term in &unit.terms {
        tx.run(
            "INSERT INTO return_terms (kind, value, return_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![term.kind, term.value, state.return_id],
        )?;
    }
    Ok(())
}

/// Frees first, so that a return can move its own interval.
fn claims(tx: &Tx<'_>, unit: &Unit) -> Result<(), Refusal> {
    for c in &unit.releases {
        tx.run(
            "DELETE FROM claims
             WHERE invoice_line = ?1 AND from_unit = ?2 AND to_unit = ?3 AND return_id = ?4",
            params![c.invoice_line, c.from, c.to, c.return_id],
        )?;
    }
    for c in &unit.claims {
        // Stored intervals are disjoint, so the last one that starts before our end is also the one that ends last.
        let last = tx
            .conn
            .prepare_cached(
                "SELECT invoice_line, from_unit, to_unit, return_id, facts FROM claims
                 WHERE invoice_line = ?1 AND from_unit < ?2 ORDER BY from_unit DESC LIMIT 1",
            )?
            .query_row(params![c.invoice_line, c.to], record::claim)
            .optional()?;
        match last {
            Some(stored) if stored.is(c) => {}
            Some(stored) if stored.to > c.from && c.from < c.to => {
                return Err(Refusal::Outcome(UnitOutcome::Overlap(stored)));
            }
            _ => {
                tx.run(
                    "INSERT INTO claims (invoice_line, from_unit, to_unit, return_id, facts)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![c.invoice_line, c.from, c.to, c.return_id, c.facts],
                )?;
            }
        }
    }
    Ok(())
}

fn timers(tx: &Tx<'_>, unit: &Unit) -> rusqlite::Result<()> {
    for key in &unit.timers_done {
        tx.run("DELETE FROM timers WHERE key = ?1", [key])?;
    }
    for t in &unit.timers {
        tx.run(
            "INSERT INTO timers (key, return_id, kind, due_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (key) DO UPDATE SET return_id = ?2, kind = ?3, due_at = ?4",
            params![t.key, t.return_id, t.kind, micros(t.due_at)],
        )?;
    }
    Ok(())
}

fn parked(tx: &Tx<'_>, unit: &Unit) -> rusqlite::Result<()> {
    for key in &unit.unpark {
        tx.run("DELETE FROM parked WHERE key = ?1", [key])?;
    }
    for p in &unit.park {
        let m = &p.message;
        tx.run(
            "INSERT INTO parked (key, space, value, deadline, message_id, destination, content_type, headers, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (key) DO NOTHING",
            params![
                p.key,
                p.reference.space,
                p.reference.value,
                micros(p.deadline),
                m.id,
                m.destination,
                m.content_type,
                m.headers,
                &m.body[..]
            ],
        )?;
    }
    Ok(())
}

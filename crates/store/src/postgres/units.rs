//! Writes units, wave by wave. A wave that is refused names the units at fault, and is written again without them.

use std::collections::HashMap;

use sqlx::Error;
use sqlx::postgres::PgConnection;

use super::fault::is_of_the_data;
use super::{claims, credits, effects, exceptions, inbox, numbers, recon, returns, timers, waves};
use crate::rows::{Unit, UnitOutcome};

/// A unit that cannot be written, by its position among the units given.
pub(super) type Refused = (usize, UnitOutcome);

/// Writes them except for outbox and audit, which the caller writes for those that are done. One outcome each.
///
/// The connection is in a transaction with a savepoint `wave`, and is so again afterwards.
pub(super) async fn write(
    conn: &mut PgConnection,
    units: &[&Unit],
    at: i64,
) -> Result<Vec<UnitOutcome>, Error> {
    let mut outcomes: HashMap<usize, UnitOutcome> = HashMap::new();
    let fit: Vec<usize> = (0..units.len())
        .filter(|i| match units.get(*i).and_then(|unit| misfit(unit)) {
            Some(text) => {
                outcomes.insert(*i, UnitOutcome::Failed(text));
                false
            }
            None => true,
        })
        .collect();
    let fitting: Vec<&Unit> = pick(units, &fit);
    let mut first = true;
    for wave in waves::waves(&fitting) {
        let mut sets = vec![pick(&fit, &wave)];
        while let Some(set) = sets.pop() {
            if !first {
                sqlx::raw_sql("RELEASE wave; SAVEPOINT wave")
                    .execute(&mut *conn)
                    .await?;
            }
            first = false;
            match whole(conn, units, set.clone(), at).await {
                Ok(refused) => outcomes.extend(refused),
                Err(error) if is_of_the_data(&error) => {
                    sqlx::raw_sql("ROLLBACK TO wave")
                        .execute(&mut *conn)
                        .await?;
                    if let [one] = set[..] {
                        outcomes.insert(one, UnitOutcome::Failed(error.to_string()));
                    } else {
                        let (left, right) = set.split_at(set.len() / 2);
                        sets.extend([right.to_vec(), left.to_vec()]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok((0..units.len())
        .map(|i| outcomes.remove(&i).unwrap_or(UnitOutcome::Done))
        .collect())
}

/// Writes all of the set but those that it returns.
async fn whole(
    conn: &mut PgConnection,
    units: &[&Unit],
    mut set: Vec<usize>,
    at: i64,
) -> Result<Vec<Refused>, Error> {
    let mut refused = Vec::new();
    while !set.is_empty() {
        let members: Vec<&Unit> = pick(units, &set);
        let at_fault = attempt(conn, &members, at).await?;
        if at_fault.is_empty() {
            break;
        }
        sqlx::raw_sql("ROLLBACK TO wave")
            .execute(&mut *conn)
            .await?;
        let out: Vec<usize> = at_fault.iter().map(|(i, _)| *i).collect();
        let named = at_fault.into_iter();
        refused.extend(named.filter_map(|(i, outcome)| set.get(i).map(|unit| (*unit, outcome))));
        let mut position = 0;
        set.retain(|_| {
            position += 1;
            !out.contains(&(position - 1))
        });
    }
    Ok(refused)
}

/// Everything, in the same order in every process: first what decides, then what follows.
async fn attempt(conn: &mut PgConnection, units: &[&Unit], at: i64) -> Result<Vec<Refused>, Error> {
    let refused = inbox::write(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    let refused = returns::still_at(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    let refused = returns::write(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    let refused = returns::name(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    returns::found_by(conn, units).await?;
    let refused = claims::write(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    let refused = credits::still_so(conn, units).await?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    effects::apply(conn, units, at).await?;
    exceptions::apply(conn, units, at).await?;
    timers::apply(conn, units).await?;
    numbers::add(conn, units).await?;
    recon::apply(conn, units).await?;
    credits::apply(conn, units).await?;
    Ok(Vec::new())
}

fn pick<T: Copy>(from: &[T], positions: &[usize]) -> Vec<T> {
    positions
        .iter()
        .filter_map(|i| from.get(*i).copied())
        .collect()
}

/// Why a unit cannot be written anywhere, whatever is stored.
fn misfit(unit: &Unit) -> Option<String> {
    if !unit.references.is_empty() && unit.state.is_none() {
        return Some("a unit names a return without writing its state".to_owned());
    }
    let mut keys: HashMap<&[u8; 16], u64> = HashMap::new();
    for row in &unit.inbox {
        if *keys.entry(&row.key).or_insert(row.content) != row.content {
            let text = "one unit has a message key twice, with differing content";
            return Some(text.to_owned());
        }
    }
    // Outbox and audit are written for all units at once, when it is too late to leave one out.
    let messages = unit
        .outbox
        .iter()
        .flat_map(|m| [&m.id, &m.destination, &m.content_type, &m.headers]);
    let entries = unit.audit.iter().flat_map(|e| {
        [
            &e.actor,
            &e.action,
            &e.subject,
            &e.correlation_id,
            &e.after_hash,
            &e.body,
        ]
    });
    if messages.chain(entries).any(|text| text.contains('\0')) {
        return Some("PostgreSQL keeps no text with a zero byte in it".to_owned());
    }
    None
}

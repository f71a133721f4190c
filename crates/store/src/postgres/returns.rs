//! Writes returns under their optimistic version, their names, and what they are found by.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::{Error, Row as _};

use super::units::Refused;
use crate::instant::micros;
use crate::rows::{Reference, ReturnRow, SearchTerm, Unit, UnitOutcome};

/// Refused: those that were decided on a version which is not the latest. Whoever is changing the return is waited for.
pub(super) async fn still_at(
    conn: &mut PgConnection,
    units: &[&Unit],
) -> Result<Vec<Refused>, Error> {
    let mut read: Vec<(usize, &str, i64)> = units
        .iter()
        .enumerate()
        .filter_map(|(i, unit)| {
            let (return_id, version) = unit.read.as_ref()?;
            Some((i, return_id.as_str(), version.cast_signed()))
        })
        .collect();
    if read.is_empty() {
        return Ok(Vec::new());
    }
    read.sort_unstable_by_key(|(_, return_id, _)| *return_id);
    let ids: Vec<&str> = read.iter().map(|(_, return_id, _)| *return_id).collect();
    let stored = sqlx::query(
        "SELECT return_id, version FROM returns WHERE return_id = ANY($1::text[]) ORDER BY return_id FOR SHARE",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let stored = stored
        .iter()
        .map(|row| Ok((row.try_get::<&str, _>(0)?, row.try_get::<i64, _>(1)?)))
        .collect::<Result<std::collections::HashSet<_>, Error>>()?;
    let old = read
        .iter()
        .filter(|(_, return_id, version)| !stored.contains(&(*return_id, *version)));
    Ok(old.map(|(i, _, _)| (*i, UnitOutcome::Stale)).collect())
}

/// Writes states. Refused: those whose return is not at the version before.
pub(super) async fn write(conn: &mut PgConnection, units: &[&Unit]) -> Result<Vec<Refused>, Error> {
    let mut states: Vec<(usize, &ReturnRow)> = units
        .iter()
        .enumerate()
        .filter_map(|(i, unit)| unit.state.as_ref().map(|state| (i, state)))
        .collect();
    states.sort_unstable_by_key(|(_, state)| &state.return_id);
    let (first, later): (Vec<_>, Vec<_>) = states.into_iter().partition(|(_, s)| s.version == 1);
    let mut refused = stale(
        conn,
        "INSERT INTO returns (return_id, version, rma_number, entity, site, customer, lifecycle, business_code,
                              updated_at, state)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::text[], $8::text[], $9::bigint[], $10::text[])
         ON CONFLICT (return_id) DO NOTHING RETURNING return_id",
        &first,
    )
    .await?;
    let updated = stale(
        conn,
        "UPDATE returns r SET version = u.version, rma_number = u.rma_number, entity = u.entity, site = u.site,
                customer = u.customer, lifecycle = u.lifecycle, business_code = u.business_code,
                updated_at = u.updated_at, state = u.state
         FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::text[], $9::bigint[], $10::text[])
              AS u (return_id, version, rma_number, entity, site, customer, lifecycle, business_code, updated_at,
                    state)
         WHERE r.return_id = u.return_id AND r.version = u.version - 1 RETURNING r.return_id",
        &later,
    )
    .await?;
    refused.extend(updated);
    Ok(refused)
}

async fn stale(
    conn: &mut PgConnection,
    sql: &'static str,
    states: &[(usize, &ReturnRow)],
) -> Result<Vec<Refused>, Error> {
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let text = |of: fn(&ReturnRow) -> &str| states.iter().map(|(_, s)| of(s)).collect::<Vec<_>>();
    let number = |of: fn(&ReturnRow) -> i64| states.iter().map(|(_, s)| of(s)).collect::<Vec<_>>();
    let written = sqlx::query(sql)
        .bind(text(|s| &s.return_id))
        .bind(number(|s| s.version.cast_signed()))
        .bind(text(|s| &s.rma_number))
        .bind(text(|s| &s.entity))
        .bind(text(|s| &s.site))
        .bind(text(|s| &s.customer))
        .bind(text(|s| &s.lifecycle))
        .bind(text(|s| &s.business_code))
        .bind(number(|s| micros(s.updated_at)))
        .bind(text(|s| &s.state))
        .fetch_all(conn)
        .await?;
    if written.len() == states.len() {
        return Ok(Vec::new());
    }
    let ids = written.iter().map(|row| row.try_get::<&str, _>(0));
    let ids = ids.collect::<Result<std::collections::HashSet<_>, Error>>()?;
    let old = states
        .iter()
        .filter(|(_, state)| !ids.contains(state.return_id.as_str()));
    Ok(old.map(|(i, _)| (*i, UnitOutcome::Stale)).collect())
}

/// Gives names. Refused: those whose name belongs to another return.
pub(super) async fn name(conn: &mut PgConnection, units: &[&Unit]) -> Result<Vec<Refused>, Error> {
    let mut names: BTreeMap<&Reference, (usize, &str)> = BTreeMap::new();
    for (i, unit) in units.iter().enumerate() {
        if let Some(state) = &unit.state {
            names.extend(
                unit.references
                    .iter()
                    .map(|name| (name, (i, state.return_id.as_str()))),
            );
        }
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let spaces: Vec<&str> = names.keys().map(|name| name.space.as_str()).collect();
    let values: Vec<&str> = names.keys().map(|name| name.value.as_str()).collect();
    let owners: Vec<&str> = names.values().map(|(_, id)| *id).collect();
    let inserted = sqlx::query(
        "INSERT INTO refs (space, value, return_id) SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[])
         ON CONFLICT (space, value) DO NOTHING",
    )
    .bind(&spaces)
    .bind(&values)
    .bind(&owners)
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == names.len() as u64 {
        return Ok(Vec::new());
    }
    // Some were given before: that is well, if they were given to the same return.
    let others = sqlx::query(
        "SELECT r.space, r.value, r.return_id
         FROM refs r JOIN UNNEST($1::text[], $2::text[], $3::text[]) AS u (space, value, return_id)
              ON r.space = u.space AND r.value = u.value
         WHERE r.return_id <> u.return_id",
    )
    .bind(&spaces)
    .bind(&values)
    .bind(&owners)
    .fetch_all(conn)
    .await?;
    let mut refused: BTreeMap<usize, UnitOutcome> = BTreeMap::new();
    for row in others {
        let reference = Reference {
            space: row.try_get(0)?,
            value: row.try_get(1)?,
        };
        if let Some((i, _)) = names.get(&reference) {
            let return_id = row.try_get(2)?;
            refused.entry(*i).or_insert(UnitOutcome::Taken {
                reference,
                return_id,
            });
        }
    }
    Ok(refused.into_iter().collect())
}

/// Writes what returns are found by. No two processes write of the same return: each has changed its state first.
pub(super) async fn found_by(conn: &mut PgConnection, units: &[&Unit]) -> Result<(), Error> {
    let mut terms: Vec<(&SearchTerm, &str)> = Vec::new();
    for unit in units {
        if let Some(state) = &unit.state {
            let of_unit = unit.terms.iter();
            terms.extend(of_unit.map(|term| (term, state.return_id.as_str())));
        }
    }
    if terms.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&SearchTerm) -> &str| terms.iter().map(|(t, _)| of(t)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO return_terms (kind, value, return_id) SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[])
         ON CONFLICT (kind, value, return_id) DO NOTHING",
    )
    .bind(text(|term| &term.kind))
    .bind(text(|term| &term.value))
    .bind(terms.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

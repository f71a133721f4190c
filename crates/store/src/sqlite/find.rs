//! Looks for returns.

use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use super::queries::{behind, limit_or_all};
use super::record;
use crate::instant::micros;
use crate::rows::{ReturnFilter, ReturnRow, SearchTerm};

type Result<T> = rusqlite::Result<T>;

/// Up to so many returns of a term are gathered and sorted. Of a term that more have, the returns are gone through from the
/// latest, and a page of it is soon full.
const RARE: i64 = 2_000;

const PLAIN: &str = "(?1 IS NULL OR r.lifecycle = ?1) AND (?2 IS NULL OR r.site = ?2)
     AND (?3 IS NULL OR r.business_code = ?3) AND r.updated_at >= ?4
     AND r.updated_at <= ?5 AND (r.updated_at < ?5 OR r.return_id < ?6)";

pub(super) fn returns(conn: &Connection, filter: &ReturnFilter) -> Result<Vec<ReturnRow>> {
    let rare = rare(conn, &filter.terms)?;
    let mut wanted = Vec::new();
    let mut from = "returns r".to_owned();
    for i in 0..filter.terms.len() {
        let (kind, value) = (8 + 2 * i, 9 + 2 * i);
        if rare == Some(i) {
            // A cross join is done in the order in which it is written.
            from = format!(
                "(SELECT return_id FROM return_terms WHERE kind = ?{kind} AND value = ?{value}) t
                 CROSS JOIN returns r ON r.return_id = t.return_id"
            );
        } else {
            wanted.push(format!(
                "AND EXISTS (SELECT 1 FROM return_terms t
                             WHERE t.kind = ?{kind} AND t.value = ?{value} AND t.return_id = r.return_id)"
            ));
        }
    }
    // The states are read of those alone that are shown.
    let sql = format!(
        "SELECT {} FROM returns WHERE n IN (
             SELECT r.n FROM {from} WHERE {PLAIN} {}
             ORDER BY r.updated_at DESC, r.return_id DESC LIMIT ?7)
         ORDER BY updated_at DESC, return_id DESC",
        record::RETURN,
        wanted.join(" ")
    );
    let (before, id) = behind(filter.after.as_ref());
    let since = filter.since.map_or(i64::MIN, micros);
    let limit = limit_or_all(filter.limit);
    let mut params: Vec<&dyn ToSql> = vec![
        &filter.lifecycle,
        &filter.site,
        &filter.business_code,
        &since,
        &before,
        &id,
        &limit,
    ];
    for term in &filter.terms {
        params.extend([&term.kind as &dyn ToSql, &term.value]);
    }
    conn.prepare_cached(&sql)?
        .query_map(params_from_iter(params), record::return_row)?
        .collect()
}

/// The first of the terms that few returns have.
fn rare(conn: &Connection, terms: &[SearchTerm]) -> Result<Option<usize>> {
    let mut count = conn.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM return_terms WHERE kind = ?1 AND value = ?2 LIMIT ?3)",
    )?;
    for (i, term) in terms.iter().enumerate() {
        let found: i64 = count.query_row((&term.kind, &term.value, RARE + 1), |row| row.get(0))?;
        if found <= RARE {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

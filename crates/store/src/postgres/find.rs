//! Looks for returns.

use sqlx::Error;
use sqlx::postgres::PgPool;

use super::queries::{all, ask, behind, limit_or_all};
use super::record;
use crate::instant::micros;
use crate::rows::{ReturnFilter, ReturnRow};

pub(super) async fn returns(pool: &PgPool, filter: ReturnFilter) -> Result<Vec<ReturnRow>, Error> {
    let term = |i: usize| {
        let (kind, value) = (8 + 2 * i, 9 + 2 * i);
        format!(
            "AND EXISTS (SELECT 1 FROM return_terms t
                         WHERE t.kind = ${kind} AND t.value = ${value} AND t.return_id = r.return_id)"
        )
    };
    let wanted: Vec<String> = (0..filter.terms.len()).map(term).collect();
    let sql = format!(
        "SELECT {} FROM returns r
         WHERE ($1 IS NULL OR lifecycle = $1) AND ($2 IS NULL OR site = $2)
           AND ($3 IS NULL OR business_code = $3) AND updated_at >= $4
           AND updated_at <= $5 AND (updated_at < $5 OR return_id < $6) {}
         ORDER BY updated_at DESC, return_id DESC LIMIT $7",
        record::RETURN,
        wanted.join(" ")
    );
    let (before, id) = behind(filter.after);
    let mut query = ask(sql)
        .bind(filter.lifecycle)
        .bind(filter.site)
        .bind(filter.business_code)
        .bind(filter.since.map_or(i64::MIN, micros))
        .bind(before)
        .bind(id)
        .bind(limit_or_all(filter.limit));
    for term in filter.terms {
        query = query.bind(term.kind).bind(term.value);
    }
    all(pool, query, record::return_row).await
}

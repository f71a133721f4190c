//! Credits over all returns, and approvals by their id.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Error, Row as _};

use super::units::Refused;
use crate::instant::micros;
use crate::rows::{
    ApprovalRow, CreditRow, HistoryFound, HistoryQuery, HistoryRead, Unit, UnitOutcome,
};

/// Refused: those that were decided on sums which have changed since. The sums are locked until the end of the transaction,
/// and only then read: of two processes that decide on the same ones, the second finds what the first has added.
pub(super) async fn still_so(
    conn: &mut PgConnection,
    units: &[&Unit],
) -> Result<Vec<Refused>, Error> {
    let reads: Vec<(usize, &HistoryRead)> = units
        .iter()
        .enumerate()
        .filter_map(|(i, unit)| Some((i, unit.history.as_ref()?)))
        .collect();
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let locks: BTreeSet<i64> = reads
        .iter()
        .flat_map(|(_, read)| locks(&read.query))
        .collect();
    sqlx::query("SELECT pg_advisory_xact_lock(k) FROM UNNEST($1::bigint[]) AS u (k)")
        .bind(locks.into_iter().collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    let queries: Vec<&HistoryQuery> = reads.iter().map(|(_, read)| &read.query).collect();
    let found = find(conn, &queries).await?;
    let changed = reads
        .iter()
        .zip(found)
        .filter(|((_, read), now)| read.found != *now);
    Ok(changed
        .map(|((i, _), _)| (*i, UnitOutcome::Stale))
        .collect())
}

fn locks(query: &HistoryQuery) -> Vec<i64> {
    let sums = query
        .invoices
        .iter()
        .map(|invoice| lock(&["credits of", &query.customer, invoice]));
    let counts = query
        .no_receipt
        .iter()
        .map(|(entity, _)| lock(&["no receipt of", &query.customer, entity]));
    sums.chain(counts).collect()
}

fn lock(of: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for part in of {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut first = [0; 8];
    first
        .iter_mut()
        .zip(hash.finalize())
        .for_each(|(to, from)| *to = from);
    i64::from_be_bytes(first)
}

pub(super) async fn history(
    pool: &PgPool,
    queries: &[HistoryQuery],
) -> Result<Vec<HistoryFound>, Error> {
    let mut conn = pool.acquire().await?;
    find(&mut conn, &queries.iter().collect::<Vec<_>>()).await
}

/// One round trip for sums, and one for counts if any are asked.
async fn find(
    conn: &mut PgConnection,
    queries: &[&HistoryQuery],
) -> Result<Vec<HistoryFound>, Error> {
    let asked: Vec<(usize, &HistoryQuery, &String)> = queries
        .iter()
        .enumerate()
        .flat_map(|(i, query)| {
            query
                .invoices
                .iter()
                .map(move |invoice| (i, *query, invoice))
        })
        .collect();
    let sums = sqlx::query(
        "SELECT (SELECT coalesce(sum(c.gross_minor), 0)::bigint FROM credits c
                 WHERE c.customer = u.customer AND c.invoice = u.invoice AND c.at >= u.since
                   AND c.return_id <> u.return_id AND c.state <> 'GONE')
         FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::text[])
              WITH ORDINALITY AS u (customer, invoice, since, return_id, n) ORDER BY u.n",
    )
    .bind(
        asked
            .iter()
            .map(|(_, q, _)| q.customer.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(_, _, invoice)| invoice.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(_, q, _)| micros(q.since))
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(_, q, _)| q.return_id.as_str())
            .collect::<Vec<_>>(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut found = vec![HistoryFound::default(); queries.len()];
    for ((i, _, invoice), row) in asked.into_iter().zip(&sums) {
        if let Some(answer) = found.get_mut(i) {
            answer.rolling.push((invoice.clone(), row.try_get(0)?));
        }
    }
    count(conn, queries, &mut found).await?;
    Ok(found)
}

async fn count(
    conn: &mut PgConnection,
    queries: &[&HistoryQuery],
    found: &mut [HistoryFound],
) -> Result<(), Error> {
    let asked: Vec<(usize, &HistoryQuery, &str, i64)> = queries
        .iter()
        .enumerate()
        .filter_map(|(i, query)| {
            let (entity, since) = query.no_receipt.as_ref()?;
            Some((i, *query, entity.as_str(), micros(*since)))
        })
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let counts = sqlx::query(
        "SELECT (SELECT count(DISTINCT c.return_id) FROM credits c
                 WHERE c.basis = 'CREDIT_ONLY' AND c.entity = u.entity AND c.customer = u.customer
                   AND c.at >= u.since AND c.return_id <> u.return_id AND c.state <> 'GONE')
         FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::text[])
              WITH ORDINALITY AS u (customer, entity, since, return_id, n) ORDER BY u.n",
    )
    .bind(
        asked
            .iter()
            .map(|(_, q, ..)| q.customer.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(_, _, entity, _)| *entity)
            .collect::<Vec<_>>(),
    )
    .bind(asked.iter().map(|(.., since)| *since).collect::<Vec<_>>())
    .bind(
        asked
            .iter()
            .map(|(_, q, ..)| q.return_id.as_str())
            .collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    for ((i, ..), row) in asked.into_iter().zip(&counts) {
        if let Some(answer) = found.get_mut(i) {
            let many: i64 = row.try_get(0)?;
            answer.no_receipt = Some(u32::try_from(many).unwrap_or(u32::MAX));
        }
    }
    Ok(())
}

pub(super) async fn apply(conn: &mut PgConnection, units: &[&Unit]) -> Result<(), Error> {
    // The last one of a key holds.
    let credits: BTreeMap<(&str, u32, &str), &CreditRow> = units
        .iter()
        .flat_map(|unit| &unit.credits)
        .map(|c| {
            (
                (c.return_id.as_str(), c.calc_version, c.invoice.as_str()),
                c,
            )
        })
        .collect();
    if !credits.is_empty() {
        write(conn, &credits.into_values().collect::<Vec<_>>()).await?;
    }
    let approvals: BTreeMap<&str, &ApprovalRow> = units
        .iter()
        .flat_map(|unit| &unit.approvals)
        .map(|a| (a.approval_id.as_str(), a))
        .collect();
    if approvals.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO approvals (approval_id, return_id, is_open)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::boolean[])
         ON CONFLICT (approval_id) DO UPDATE SET is_open = excluded.is_open",
    )
    .bind(approvals.keys().copied().collect::<Vec<_>>())
    .bind(
        approvals
            .values()
            .map(|a| a.return_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(approvals.values().map(|a| a.is_open).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

async fn write(conn: &mut PgConnection, rows: &[&CreditRow]) -> Result<(), Error> {
    let text = |of: fn(&CreditRow) -> &str| rows.iter().map(|c| of(c)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO credits (return_id, calc_version, invoice, entity, customer, basis, gross_minor, at, state)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::bigint[], $8::bigint[], $9::text[])
         ON CONFLICT (return_id, calc_version, invoice)
         DO UPDATE SET customer = excluded.customer, basis = excluded.basis, gross_minor = excluded.gross_minor,
                       at = excluded.at, state = excluded.state",
    )
    .bind(text(|c| &c.return_id))
    .bind(rows.iter().map(|c| i64::from(c.calc_version)).collect::<Vec<_>>())
    .bind(text(|c| &c.invoice))
    .bind(text(|c| &c.entity))
    .bind(text(|c| &c.customer))
    .bind(text(|c| &c.basis))
    .bind(rows.iter().map(|c| c.gross_minor).collect::<Vec<_>>())
    .bind(rows.iter().map(|c| micros(c.at)).collect::<Vec<_>>())
    .bind(text(|c| c.state.word()))
    .execute(conn)
    .await?;
    Ok(())
}

fn row(row: &PgRow) -> Result<ApprovalRow, Error> {
    Ok(ApprovalRow {
        approval_id: row.try_get(0)?,
        return_id: row.try_get(1)?,
        is_open: row.try_get(2)?,
    })
}

pub(super) async fn open_approvals(pool: &PgPool) -> Result<Vec<ApprovalRow>, Error> {
    let rows = sqlx::query(
        "SELECT approval_id, return_id, is_open FROM approvals WHERE is_open ORDER BY return_id, approval_id",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(row).collect()
}

pub(super) async fn approval(pool: &PgPool, id: String) -> Result<Option<ApprovalRow>, Error> {
    let found =
        sqlx::query("SELECT approval_id, return_id, is_open FROM approvals WHERE approval_id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?;
    found.as_ref().map(row).transpose()
}

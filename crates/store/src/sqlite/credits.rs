//! Credits over all returns, and approvals by their id.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::tx::Tx;
use crate::instant::micros;
use crate::rows::{ApprovalRow, HistoryFound, HistoryQuery, HistoryRead, Unit};

/// True if what the unit was decided on is still so. The writer is alone in its transaction.
pub(super) fn is_still_so(tx: &Tx<'_>, read: &HistoryRead) -> rusqlite::Result<bool> {
    Ok(history(tx.conn, &read.query)? == read.found)
}

pub(super) fn apply(tx: &Tx<'_>, unit: &Unit) -> rusqlite::Result<()> {
    for c in &unit.credits {
        tx.run(
            "INSERT INTO credits (return_id, calc_version, invoice, entity, customer, basis, gross_minor, at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (return_id, calc_version, invoice)
             DO UPDATE SET customer = ?5, basis = ?6, gross_minor = ?7, at = ?8, state = ?9",
            params![
                c.return_id,
                c.calc_version,
                c.invoice,
                c.entity,
                c.customer,
                c.basis,
                c.gross_minor,
                micros(c.at),
                c.state.word()
            ],
        )?;
    }
    for a in &unit.approvals {
        tx.run(
            "INSERT INTO approvals (approval_id, return_id, is_open) VALUES (?1, ?2, ?3)
             ON CONFLICT (approval_id) DO UPDATE SET is_open = ?3",
            params![a.approval_id, a.return_id, a.is_open],
        )?;
    }
    Ok(())
}

pub(super) fn history(conn: &Connection, query: &HistoryQuery) -> rusqlite::Result<HistoryFound> {
    let mut sum = conn.prepare_cached(
        "SELECT coalesce(sum(gross_minor), 0) FROM credits
         WHERE customer = ?1 AND invoice = ?2 AND at >= ?3 AND return_id <> ?4 AND state <> 'GONE'",
    )?;
    let since = micros(query.since);
    let mut rolling = Vec::with_capacity(query.invoices.len());
    for invoice in &query.invoices {
        let params = params![query.customer, invoice, since, query.return_id];
        rolling.push((invoice.clone(), sum.query_row(params, |row| row.get(0))?));
    }
    let no_receipt = match &query.no_receipt {
        None => None,
        Some((entity, since)) => {
            let mut count = conn.prepare_cached(
                "SELECT count(DISTINCT return_id) FROM credits
                 WHERE basis = 'CREDIT_ONLY' AND entity = ?1 AND customer = ?2 AND at >= ?3
                   AND return_id <> ?4 AND state <> 'GONE'",
            )?;
            let params = params![entity, query.customer, micros(*since), query.return_id];
            Some(count.query_row(params, |row| row.get(0))?)
        }
    };
    Ok(HistoryFound {
        rolling,
        no_receipt,
    })
}

fn row(row: &Row<'_>) -> rusqlite::Result<ApprovalRow> {
    Ok(ApprovalRow {
        approval_id: row.get(0)?,
        return_id: row.get(1)?,
        is_open: row.get(2)?,
    })
}

pub(super) fn open_approvals(conn: &Connection) -> rusqlite::Result<Vec<ApprovalRow>> {
    let sql = "SELECT approval_id, return_id, is_open FROM approvals WHERE is_open = 1
               ORDER BY return_id, approval_id";
    conn.prepare_cached(sql)?.query_map([], row)?.collect()
}

pub(super) fn approval(conn: &Connection, id: &str) -> rusqlite::Result<Option<ApprovalRow>> {
    let sql = "SELECT approval_id, return_id, is_open FROM approvals WHERE approval_id = ?1";
    conn.prepare_cached(sql)?.query_row([id], row).optional()
}

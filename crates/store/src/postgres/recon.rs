//! The daily proof: written once with everything that follows from it, and read again.

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::record;
use crate::instant::micros;
use crate::rows::{
    EffectRow, ReconFilter, ReconItemRow, ReconRunRow, ReconWrite, SignOffRow, Span, Unit,
};

type Result<T> = std::result::Result<T, Error>;

/// Writes the runs and signatures of these units. A run that is there already, or a second signature, is an error of the data.
pub(super) async fn apply(conn: &mut PgConnection, units: &[&Unit]) -> Result<()> {
    for recon in units.iter().filter_map(|unit| unit.recon.as_deref()) {
        run(conn, recon).await?;
    }
    for sign in units.iter().filter_map(|unit| unit.sign_off.as_deref()) {
        sqlx::query(
            "INSERT INTO recon_sign_offs (run_id, signed_by, signed_at, note) VALUES ($1, $2, $3, $4)",
        )
        .bind(&sign.run_id)
        .bind(&sign.signed_by)
        .bind(micros(sign.signed_at))
        .bind(&sign.note)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn run(conn: &mut PgConnection, recon: &ReconWrite) -> Result<()> {
    let run = &recon.run;
    sqlx::query(
        "INSERT INTO recon_runs (run_id, entity, business_date, started_at, ran_by, status, report)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&run.run_id)
    .bind(&run.entity)
    .bind(run.business_date.to_string())
    .bind(micros(run.started_at))
    .bind(&run.ran_by)
    .bind(&run.status)
    .bind(&run.report)
    .execute(&mut *conn)
    .await?;
    let items = &recon.items;
    let text = |of: fn(&ReconItemRow) -> &str| items.iter().map(&of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO recon_items (run_id, n, item_key, matched, class, return_id, effect_key, body)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::text[], $8::text[])",
    )
    .bind(text(|i| &i.run_id))
    .bind(items.iter().map(|i| i64::from(i.n)).collect::<Vec<_>>())
    .bind(text(|i| &i.item_key))
    .bind(text(|i| &i.matched))
    .bind(text(|i| &i.class))
    .bind(text(|i| &i.return_id))
    .bind(text(|i| &i.effect_key))
    .bind(text(|i| &i.body))
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn runs(pool: &PgPool, filter: &ReconFilter) -> Result<Vec<ReconRunRow>> {
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let limit = (filter.limit > 0).then(|| i64::try_from(filter.limit).unwrap_or(i64::MAX));
    let rows = sqlx::query(
        "SELECT r.run_id, r.entity, r.business_date, r.started_at, r.ran_by, r.status, r.report,
                s.signed_by, s.signed_at, s.note
         FROM recon_runs r LEFT JOIN recon_sign_offs s ON s.run_id = r.run_id
         WHERE ($1::text IS NULL OR r.run_id = $1) AND ($2::text IS NULL OR r.entity = $2)
           AND ($3::text IS NULL OR r.business_date >= $3) AND ($4::text IS NULL OR r.business_date <= $4)
         ORDER BY r.started_at DESC, r.run_id DESC LIMIT $5",
    )
    .bind(filter.run_id.clone())
    .bind(filter.entity.clone())
    .bind(day(filter.from))
    .bind(day(filter.to))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(run_row).collect()
}

fn run_row(row: &PgRow) -> Result<ReconRunRow> {
    let run_id: String = row.try_get(0)?;
    let day: String = row.try_get(2)?;
    let signed_by: Option<String> = row.try_get(7)?;
    let sign_off = match signed_by {
        Some(signed_by) => Some(SignOffRow {
            run_id: run_id.clone(),
            signed_by,
            signed_at: record::at(row, 8)?,
            note: row.try_get(9)?,
        }),
        None => None,
    };
    Ok(ReconRunRow {
        run_id,
        entity: row.try_get(1)?,
        business_date: day
            .parse()
            .map_err(|error: jiff::Error| Error::Decode(Box::new(error)))?,
        started_at: record::at(row, 3)?,
        ran_by: row.try_get(4)?,
        status: row.try_get(5)?,
        report: row.try_get(6)?,
        sign_off,
    })
}

pub(super) async fn items(pool: &PgPool, run_id: String) -> Result<Vec<ReconItemRow>> {
    let rows = sqlx::query(
        "SELECT run_id, n, item_key, matched, class, return_id, effect_key, body
         FROM recon_items WHERE run_id = $1 ORDER BY n",
    )
    .bind(run_id)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ReconItemRow {
                run_id: row.try_get(0)?,
                n: record::count(row, 1)?,
                item_key: row.try_get(2)?,
                matched: row.try_get(3)?,
                class: row.try_get(4)?,
                return_id: row.try_get(5)?,
                effect_key: row.try_get(6)?,
                body: row.try_get(7)?,
            })
        })
        .collect()
}

pub(super) async fn effects_alive(
    pool: &PgPool,
    kinds: Vec<String>,
    span: Span,
    after: String,
    limit: usize,
) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {} FROM effects
         WHERE effect_key > $4 AND created_at < $3 AND updated_at >= $2 AND kind = ANY($1)
         ORDER BY effect_key LIMIT $5",
        record::EFFECT
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(kinds)
        .bind(micros(span.from))
        .bind(micros(span.to))
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await?;
    rows.iter().map(record::effect).collect()
}

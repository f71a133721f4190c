//! Runs of replays: read one by one, changed only at the revision that was read.

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::record;
use crate::instant::micros;
use crate::replay_run::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};

type Result<T> = std::result::Result<T, Error>;

const COLUMNS: &str = "run_id, body, is_active, revision, started_at, changed_at";

pub(super) async fn list(pool: &PgPool, filter: ReplayRunFilter) -> Result<Vec<ReplayRunRow>> {
    let which = if filter.is_active {
        "AND is_active"
    } else {
        ""
    };
    let limit = match filter.limit {
        0 => i64::MAX,
        limit => i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM replay_runs WHERE ($2::text IS NULL OR run_id COLLATE \"C\" < $2) {which}
         ORDER BY run_id COLLATE \"C\" DESC LIMIT $1"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(limit)
        .bind(filter.before);
    rows.fetch_all(pool).await?.iter().map(run).collect()
}

pub(super) async fn one(pool: &PgPool, run_id: String) -> Result<Option<ReplayRunRow>> {
    let sql = format!("SELECT {COLUMNS} FROM replay_runs WHERE run_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(run_id);
    row.fetch_optional(pool)
        .await?
        .as_ref()
        .map(run)
        .transpose()
}

fn run(row: &PgRow) -> Result<ReplayRunRow> {
    Ok(ReplayRunRow {
        run_id: row.try_get(0)?,
        body: row.try_get(1)?,
        is_active: row.try_get(2)?,
        revision: record::count(row, 3)?,
        started_at: record::at(row, 4)?,
        changed_at: record::at(row, 5)?,
    })
}

/// Writes it, if the revision before it stands. Whoever changes the same one at the same time waits for its row.
pub(super) async fn change(conn: &mut PgConnection, change: &ReplayRunChange) -> Result<bool> {
    let row = &change.row;
    let sql = if row.revision == 1 {
        "INSERT INTO replay_runs (run_id, body, is_active, revision, started_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run_id) DO NOTHING"
    } else {
        "UPDATE replay_runs SET body = $2, is_active = $3, revision = $4, started_at = $5, changed_at = $6
         WHERE run_id = $1 AND revision = $4 - 1"
    };
    let written = sqlx::query(sql)
        .bind(&row.run_id)
        .bind(&row.body)
        .bind(row.is_active)
        .bind(row.revision.cast_signed())
        .bind(micros(row.started_at))
        .bind(micros(row.changed_at))
        .execute(conn)
        .await?;
    Ok(written.rows_affected() > 0)
}

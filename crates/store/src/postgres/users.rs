//! Users: read one by one, changed only at the revision that was read.

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::record;
use crate::instant::micros;
use crate::users::{UserChange, UserRow, words_of, words_text};

type Result<T> = std::result::Result<T, Error>;

const COLUMNS: &str = "name, password, scopes, roles, person, is_enabled, revision, changed_at";

pub(super) async fn all(pool: &PgPool) -> Result<Vec<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY name COLLATE \"C\"");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await?;
    rows.iter().map(user).collect()
}

pub(super) async fn one(pool: &PgPool, name: String) -> Result<Option<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE name = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(name);
    row.fetch_optional(pool)
        .await?
        .as_ref()
        .map(user)
        .transpose()
}

fn user(row: &PgRow) -> Result<UserRow> {
    Ok(UserRow {
        name: row.try_get(0)?,
        password: row.try_get(1)?,
        scopes: words_of(row.try_get(2)?),
        roles: words_of(row.try_get(3)?),
        person: row.try_get(4)?,
        is_enabled: row.try_get(5)?,
        revision: record::count(row, 6)?,
        changed_at: record::at(row, 7)?,
    })
}

/// Writes it, if the revision before it stands. Whoever changes the same one at the same time waits for its row.
pub(super) async fn change(conn: &mut PgConnection, change: &UserChange) -> Result<bool> {
    let row = &change.row;
    let sql = if row.revision == 1 {
        "INSERT INTO users (name, password, scopes, roles, person, is_enabled, revision, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING"
    } else {
        "UPDATE users SET password = $2, scopes = $3, roles = $4, person = $5, is_enabled = $6, revision = $7,
             changed_at = $8
         WHERE name = $1 AND revision = $7 - 1"
    };
    let written = sqlx::query(sql)
        .bind(&row.name)
        .bind(&row.password)
        .bind(words_text(&row.scopes))
        .bind(words_text(&row.roles))
        .bind(&row.person)
        .bind(row.is_enabled)
        .bind(row.revision.cast_signed())
        .bind(micros(row.changed_at))
        .execute(conn)
        .await?;
    Ok(written.rows_affected() > 0)
}

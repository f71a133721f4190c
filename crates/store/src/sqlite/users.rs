//! Users: read one by one, changed only at the revision that was read.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::record;
use super::tx::Tx;
use crate::instant::micros;
use crate::users::{UserChange, UserRow, words_of, words_text};

type Result<T> = rusqlite::Result<T>;

const COLUMNS: &str = "name, password, scopes, roles, person, is_enabled, revision, changed_at";

pub(super) fn all(conn: &Connection) -> Result<Vec<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY name");
    conn.prepare_cached(&sql)?.query_map([], user)?.collect()
}

pub(super) fn one(conn: &Connection, name: &str) -> Result<Option<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE name = ?1");
    conn.prepare_cached(&sql)?
        .query_row([name], user)
        .optional()
}

fn user(row: &Row<'_>) -> Result<UserRow> {
    Ok(UserRow {
        name: row.get(0)?,
        password: row.get(1)?,
        scopes: words_of(&row.get::<_, String>(2)?),
        roles: words_of(&row.get::<_, String>(3)?),
        person: row.get(4)?,
        is_enabled: row.get(5)?,
        revision: record::count(row, 6)?,
        changed_at: record::at(row, 7)?,
    })
}

/// Writes it, if the revision before it stands.
pub(super) fn change(tx: &mut Tx<'_>, change: &UserChange) -> Result<bool> {
    let row = &change.row;
    let params = params![
        row.name,
        row.password,
        words_text(&row.scopes),
        words_text(&row.roles),
        row.person,
        row.is_enabled,
        row.revision.cast_signed(),
        micros(row.changed_at),
    ];
    let sql = if row.revision == 1 {
        "INSERT OR IGNORE INTO users (name, password, scopes, roles, person, is_enabled, revision, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    } else {
        "UPDATE users SET password = ?2, scopes = ?3, roles = ?4, person = ?5, is_enabled = ?6, revision = ?7,
             changed_at = ?8
         WHERE name = ?1 AND revision = ?7 - 1"
    };
    if tx.run(sql, params)? == 0 {
        return Ok(false);
    }
    tx.record(std::slice::from_ref(&change.audit))?;
    Ok(true)
}

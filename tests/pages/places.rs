//! Every page of the console, as addresses that a store has something to show at.

use std::path::Path;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension as _};

/// How much is in the store, in words.
pub(crate) fn counted(file: &Path) -> Result<String> {
    let connection = Connection::open(file)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(format!(
        "{} returns, {} messages, {} effects, {} open exceptions, {} open approvals, {} MB",
        count("SELECT count(*) FROM returns")?,
        count("SELECT count(*) FROM inbox")?,
        count("SELECT count(*) FROM effects")?,
        count("SELECT count(*) FROM exceptions WHERE state = 'OPEN'")?,
        count("SELECT count(*) FROM approvals WHERE is_open = 1")?,
        std::fs::metadata(file)?.len() / 1_000_000,
    ))
}

/// Addresses of all pages.
pub(crate) fn of(file: &Path) -> Result<Vec<String>> {
    let connection = Connection::open(file)?;
    let one = |sql: &str| -> Result<String> {
        let found = connection.query_row(sql, [], |row| row.get::<_, String>(0));
        Ok(found.optional()?.unwrap_or_default())
    };
    // The one that has most to tell.
    let busiest = one(
        "SELECT return_id FROM effects WHERE return_id <> '' GROUP BY return_id ORDER BY count(*) DESC LIMIT 1",
    )?;
    let rma = one("SELECT rma_number FROM returns ORDER BY n DESC LIMIT 1")?;
    let customer = one("SELECT customer FROM returns ORDER BY n DESC LIMIT 1")?;
    let site = one("SELECT site FROM returns ORDER BY n DESC LIMIT 1")?;
    let group = one(
        "SELECT code FROM exceptions WHERE state = 'OPEN' GROUP BY code ORDER BY count(*) DESC LIMIT 1",
    )?;
    let exception = one("SELECT exception_id FROM exceptions WHERE state = 'OPEN' LIMIT 1")?;
    let approval = one("SELECT approval_id FROM approvals WHERE is_open = 1 LIMIT 1")?;
    let mut places: Vec<String> = [
        "/",
        "/returns",
        "/returns?status=CLOSED",
        "/returns?code=R200",
        "/returns?by=order&q=none",
        "/returns?by=invoice&q=none",
        "/returns?by=sku&q=none",
        "/returns?by=document&q=none",
        "/returns?by=serial&q=none",
        "/returns?by=name&q=none",
        "/returns?by=customer&q=none",
        "/exceptions",
        "/exceptions/all",
        "/exceptions/all?state=closed",
        "/approvals",
        "/numbers",
        "/numbers/course?metric=receipt_to_inspection",
        "/proofs",
        "/bench",
        "/audit",
        "/audit?action=approval.",
        "/audit?actor=nobody",
        "/audit?since=2020-01-01&until=2020-01-02",
        "/users",
    ]
    .map(str::to_owned)
    .into();
    let mut with = |name: &str, place: &dyn Fn(&str) -> String| {
        if !name.is_empty() {
            places.push(place(&escaped(name)));
        }
    };
    with(&busiest, &|id| format!("/returns/{id}"));
    with(&busiest, &|id| format!("/returns/{id}/moment/0"));
    with(&busiest, &|id| format!("/audit?subject={id}"));
    with(&rma, &|name| format!("/audit?subject={name}"));
    with(&customer, &|name| format!("/returns?by=customer&q={name}"));
    with(&site, &|name| format!("/returns?by=site&q={name}"));
    with(&group, &|code| format!("/exceptions/all?code={code}"));
    with(&group, &|code| format!("/exceptions/replay?code={code}"));
    with(&exception, &|id| format!("/exceptions/{id}"));
    with(&exception, &|id| format!("/exceptions/{id}/edit"));
    with(&approval, &|id| format!("/approvals/{id}"));
    Ok(places)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    escaped
}

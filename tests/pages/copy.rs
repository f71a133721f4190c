//! Copies the returns of a SQLite store with everything that belongs to them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};
use store::AuditEntry;

/// A table that is copied: its name, the column that says which return a row is of, columns that are names of their own, and
/// columns that are times.
struct Table {
    name: &'static str,
    of: &'static str,
    names: &'static [&'static str],
    times: &'static [&'static str],
}

const TABLES: &[Table] = &[
    Table {
        name: "returns",
        of: "return_id",
        names: &["return_id", "rma_number"],
        times: &["updated_at"],
    },
    Table {
        name: "refs",
        of: "return_id",
        names: &["value"],
        times: &[],
    },
    Table {
        name: "claims",
        of: "return_id",
        names: &["invoice_line"],
        times: &[],
    },
    Table {
        name: "effects",
        of: "return_id",
        names: &["effect_key"],
        times: &["created_at", "updated_at"],
    },
    Table {
        name: "return_terms",
        of: "return_id",
        names: &[],
        times: &[],
    },
    Table {
        name: "exceptions",
        of: "return_id",
        names: &["exception_id", "fingerprint"],
        times: &["opened_at", "updated_at"],
    },
    Table {
        name: "approvals",
        of: "return_id",
        names: &["approval_id"],
        times: &[],
    },
    Table {
        name: "credits",
        of: "return_id",
        names: &["invoice"],
        times: &["at"],
    },
    Table {
        name: "timers",
        of: "return_id",
        names: &["key"],
        times: &["due_at"],
    },
];

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// A return that has not ended is not older.
const LONGEST_OPEN: i64 = 14 * DAY;
/// Statuses of those that have ended.
const ENDED: [&str; 5] = ["R130", "R220", "R230", "R800", "R900"];

/// A row by its columns.
type Row = Vec<Value>;

/// What is copied of a return: rows by table, attempts at its effects, entries of the audit.
struct Template {
    has_ended: bool,
    rows: Vec<(usize, Row)>,
    attempts: Vec<Row>,
    audit: Vec<AuditEntry>,
    /// Every name that a copy must have for itself.
    names: Vec<String>,
}

/// Copies what is in the store until it has so many returns and messages, as if so many had come on each day.
pub(crate) fn multiply(file: &Path, returns: u32, messages: u64, per_day: u32) -> Result<()> {
    let mut connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")?;
    let columns = TABLES
        .iter()
        .map(|table| columns(&connection, table.name))
        .collect::<Result<Vec<_>>>()?;
    let templates = templates(&connection, &columns)?;
    let there = u32::try_from(templates.len())?;
    println!("copying {there} returns until there are {returns}");
    let (mut seq, mut hash): (i64, Vec<u8>) =
        connection.query_row("SELECT seq, hash FROM head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let needed = returns.saturating_sub(there);
    let per_return = messages.div_ceil(u64::from(returns.max(1)));
    // So much older is a round of copies than the one before it.
    let apart = DAY * i64::from(there) / i64::from(per_day.max(1));
    let mut made = 0;
    let mut round = 0_u32;
    while made < needed {
        round += 1;
        let transaction = connection.transaction()?;
        for template in &templates {
            if made == needed {
                break;
            }
            let shift = i64::from(round) * apart;
            if shift > LONGEST_OPEN && !template.has_ended {
                continue;
            }
            let copy = Copy::of(template, round, shift);
            copy.write(&transaction, &columns)?;
            (seq, hash) = copy.audit(&transaction, (seq, hash), per_return)?;
            made += 1;
        }
        transaction.execute("UPDATE head SET seq = ?1, hash = ?2", (seq, &hash))?;
        transaction.commit()?;
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

/// Columns of a table, without the number that rows are given.
fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement =
        connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(names.into_iter().filter(|name| name != "n").collect())
}

fn read(connection: &Connection, sql: &str, of: &str, width: usize) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([of], |row| (0..width).map(|n| row.get(n)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn templates(connection: &Connection, columns: &[Vec<String>]) -> Result<Vec<Template>> {
    let mut statement = connection.prepare("SELECT return_id FROM returns ORDER BY n")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut templates = Vec::new();
    for id in ids {
        let id = id?;
        let code: String = connection.query_row(
            "SELECT business_code FROM returns WHERE return_id = ?1",
            [&id],
            |row| row.get(0),
        )?;
        let mut template = Template {
            has_ended: ENDED.contains(&code.as_str()),
            rows: Vec::new(),
            attempts: Vec::new(),
            audit: entries(connection, &id)?,
            names: Vec::new(),
        };
        for (n, table) in TABLES.iter().enumerate() {
            let columns = &columns[n];
            let sql = format!(
                "SELECT {} FROM {} WHERE {} = ?1",
                columns.join(", "),
                table.name,
                table.of
            );
            for row in read(connection, &sql, &id, columns.len())? {
                for (column, value) in columns.iter().zip(&row) {
                    if let Value::Text(text) = value
                        && table.names.contains(&column.as_str())
                    {
                        template.names.push(text.clone());
                    }
                }
                template.rows.push((n, row));
            }
        }
        let sql = "SELECT a.effect_key, a.fence, a.what, a.begun_at, a.ended_at, a.class, a.failure_code, a.failure_text
                   FROM attempts a JOIN effects e ON e.effect_key = a.effect_key WHERE e.return_id = ?1";
        template.attempts = read(connection, sql, &id, 8)?;
        // Longer ones first: one may be the begin of another.
        template
            .names
            .sort_by_key(|name| std::cmp::Reverse(name.len()));
        template.names.dedup();
        template.names.retain(|name| name.len() > 3);
        templates.push(template);
    }
    Ok(templates)
}

fn entries(connection: &Connection, id: &str) -> Result<Vec<AuditEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, actor, action, subject, correlation_id, after_hash, body FROM audit WHERE subject = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            AuditEntry {
                at: Timestamp::UNIX_EPOCH,
                actor: row.get(1)?,
                action: row.get(2)?,
                subject: row.get(3)?,
                correlation_id: row.get(4)?,
                after_hash: row.get(5)?,
                body: row.get(6)?,
            },
        ))
    })?;
    let mut entries = Vec::new();
    for row in rows {
        let (at, entry) = row?;
        let at = Timestamp::from_microsecond(at)?;
        entries.push(AuditEntry { at, ..entry });
    }
    Ok(entries)
}

/// A copy under way.
struct Copy<'a> {
    template: &'a Template,
    /// Microseconds that it is older.
    shift: i64,
    names: BTreeMap<&'a str, String>,
}

impl<'a> Copy<'a> {
    fn of(template: &'a Template, round: u32, shift: i64) -> Self {
        let named = template.names.iter();
        Self {
            names: named
                .map(|name| (name.as_str(), format!("{name}~{round}")))
                .collect(),
            template,
            shift,
        }
    }

    /// A text with the names of the copy.
    fn text(&self, text: &str) -> String {
        // A name is replaced where it stands whole: the next longest one finds nothing of it any more.
        let mut text = text.to_owned();
        for (n, name) in self.template.names.iter().enumerate() {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), &format!("\u{1}{n}\u{2}"));
            }
        }
        if !text.contains('\u{1}') {
            return text;
        }
        for (n, name) in self.template.names.iter().enumerate() {
            let mark = format!("\u{1}{n}\u{2}");
            let of_copy = self.names.get(name.as_str()).map_or("", String::as_str);
            text = text.replace(&mark, of_copy);
        }
        text
    }

    fn value(&self, value: &Value, is_time: bool) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text)),
            Value::Integer(at) if is_time => Value::Integer(at - self.shift),
            other => other.clone(),
        }
    }

    fn write(&self, transaction: &Transaction<'_>, columns: &[Vec<String>]) -> Result<()> {
        for (n, row) in &self.template.rows {
            let (table, columns) = (&TABLES[*n], &columns[*n]);
            let values: Vec<Value> = columns
                .iter()
                .zip(row)
                .map(|(column, value)| self.value(value, table.times.contains(&column.as_str())))
                .collect();
            let marks = vec!["?"; values.len()].join(", ");
            let names = columns.join(", ");
            let sql = format!("INSERT INTO {} ({names}) VALUES ({marks})", table.name);
            let mut statement = transaction.prepare_cached(&sql)?;
            let written = statement.execute(params_from_iter(values));
            written.with_context(|| format!("table {}", table.name))?;
        }
        for row in &self.template.attempts {
            let values: Vec<Value> = row.iter().map(|value| self.value(value, false)).collect();
            let sql = "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let mut statement = transaction.prepare_cached(sql)?;
            statement.execute(params_from_iter(values))?;
        }
        Ok(())
    }

    /// Entries of the audit, again and again until there are so many, and as many messages in the inbox. The end of the chain.
    fn audit(
        &self,
        transaction: &Transaction<'_>,
        (mut seq, mut hash): (i64, Vec<u8>),
        count: u64,
    ) -> Result<(i64, Vec<u8>)> {
        let sql = "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut audit = transaction.prepare_cached(sql)?;
        let mut inbox = transaction.prepare_cached("INSERT INTO inbox VALUES (?, ?)")?;
        let copies: Vec<AuditEntry> = self.template.audit.iter().map(|e| self.entry(e)).collect();
        let count = usize::try_from(count)?.max(copies.len());
        for entry in copies.iter().cycle().take(count) {
            let prev: [u8; 32] = hash.as_slice().try_into()?;
            let next = store::chain_hash(&prev, entry);
            seq += 1;
            audit.execute((
                seq,
                entry.at.as_microsecond(),
                &entry.actor,
                &entry.action,
                &entry.subject,
                &entry.correlation_id,
                &entry.after_hash,
                prev,
                next,
                &entry.body,
            ))?;
            // Keys of messages are the begin of a hash: they lie anywhere.
            inbox.execute((&next[..16], seq))?;
            hash = next.to_vec();
        }
        Ok((seq, hash))
    }

    fn entry(&self, entry: &AuditEntry) -> AuditEntry {
        let at = Timestamp::from_microsecond(entry.at.as_microsecond() - self.shift);
        AuditEntry {
            at: at.unwrap_or(entry.at),
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            subject: self.text(&entry.subject),
            correlation_id: entry.correlation_id.clone(),
            after_hash: entry.after_hash.clone(),
            body: self.text(&entry.body),
        }
    }
}

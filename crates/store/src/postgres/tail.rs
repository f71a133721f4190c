//! What is written last: the outbox, and the audit under the lock of its head, which every process wants.

use sqlx::Error;
use sqlx::postgres::PgConnection;

use super::record;
use crate::instant::micros;
use crate::port::chain_hash;
use crate::rows::{AuditEntry, OutboxMessage};

/// A message in its place of the outbox.
pub(super) struct Left<'j> {
    pub batch: i64,
    pub n: i64,
    /// Since when it waits to be published, in microseconds.
    pub at: i64,
    pub message: &'j OutboxMessage,
}

/// Collected while the jobs of a transaction are done.
#[derive(Default)]
pub(super) struct Tail<'j> {
    pub messages: Vec<Left<'j>>,
    pub entries: Vec<&'j AuditEntry>,
}

impl Tail<'_> {
    pub(super) async fn write(&self, conn: &mut PgConnection) -> Result<(), Error> {
        if !self.messages.is_empty() {
            put(conn, &self.messages).await?;
        }
        if !self.entries.is_empty() {
            record(conn, &self.entries).await?;
        }
        Ok(())
    }
}

async fn put(conn: &mut PgConnection, messages: &[Left<'_>]) -> Result<(), Error> {
    let text = |of: fn(&OutboxMessage) -> &str| {
        let texts = messages.iter().map(|left| of(left.message));
        texts.collect::<Vec<_>>()
    };
    sqlx::query(
        "INSERT INTO outbox (batch, n, at, message_id, destination, content_type, headers, body)
         SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                              $8::bytea[])",
    )
    .bind(messages.iter().map(|left| left.batch).collect::<Vec<_>>())
    .bind(messages.iter().map(|left| left.n).collect::<Vec<_>>())
    .bind(messages.iter().map(|left| left.at).collect::<Vec<_>>())
    .bind(text(|m| &m.id))
    .bind(text(|m| &m.destination))
    .bind(text(|m| &m.content_type))
    .bind(text(|m| &m.headers))
    .bind(messages.iter().map(|left| &left.message.body[..]).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Appends to the chain: locks its head, hashes, and moves it.
async fn record(conn: &mut PgConnection, entries: &[&AuditEntry]) -> Result<(), Error> {
    let head = sqlx::query("SELECT seq, hash FROM head FOR UPDATE")
        .fetch_one(&mut *conn)
        .await?;
    let (mut seq, mut hash): (i64, _) = (record::count(&head, 0)?, record::hash(&head, 1)?);
    let (mut seqs, mut prevs, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        seq += 1;
        seqs.push(seq);
        prevs.push(hash);
        hash = chain_hash(&hash, entry);
        hashes.push(hash);
    }
    let text = |of: fn(&AuditEntry) -> &str| entries.iter().map(|e| of(e)).collect::<Vec<_>>();
    sqlx::query(
        "WITH moved AS (UPDATE head SET seq = $11, hash = $12)
         INSERT INTO audit (seq, at, actor, action, subject, correlation_id, after_hash, prev_hash, hash, body)
         SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::text[], $8::bytea[], $9::bytea[], $10::text[])",
    )
    .bind(&seqs)
    .bind(entries.iter().map(|e| micros(e.at)).collect::<Vec<_>>())
    .bind(text(|e| &e.actor))
    .bind(text(|e| &e.action))
    .bind(text(|e| &e.subject))
    .bind(text(|e| &e.correlation_id))
    .bind(text(|e| &e.after_hash))
    .bind(prevs.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .bind(hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .bind(text(|e| &e.body))
    .bind(seq)
    .bind(hash.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

//! The store for several processes: PostgreSQL (12 or newer; tested on 15).
//!
//! - One writer task per process, with one connection, takes whatever waits into one transaction.
//! - Each kind of row is written by one statement with arrays: a commit costs round trips by kind, not by row.
//! - A lost connection is `Unavailable`, and comes back by itself.

mod claims;
mod connect;
mod credits;
mod crosswalk;
mod effects;
mod exceptions;
mod fault;
mod find;
mod group;
mod inbox;
mod job;
mod migrate;
mod notes;
mod numbers;
mod queries;
mod recon;
mod record;
mod replay_runs;
mod returns;
mod store;
mod tail;
mod timers;
mod units;
mod users;
mod waves;
mod writer;

use std::time::Duration;

use sqlx::postgres::PgPool;

use self::writer::Writer;
use crate::port::StoreError;

/// How to reach PostgreSQL.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=…`.
    pub url: String,
    /// Connections for reading at most. There is one more, which writes.
    pub readers: u32,
    /// Longest that the server may work on one statement.
    pub statement_timeout: Duration,
    /// Longest that one write or one read may take as a whole. More than the statement timeout.
    pub deadline: Duration,
}

impl PostgresOptions {
    /// Four readers, 10 s for a statement, 20 s for the whole.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 4,
            statement_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(20),
        }
    }
}

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    pool: PgPool,
    writer: Writer,
    deadline: Duration,
    place: String,
}

impl PostgresStore {
    /// Connects with [`PostgresOptions::new`].
    ///
    /// # Errors
    /// `Unavailable` when the server cannot be reached; `Broken` when the address cannot be read, or the database is
    /// of a newer version.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(&PostgresOptions::new(url)).await
    }

    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`].
    pub async fn connect_with(options: &PostgresOptions) -> Result<Self, StoreError> {
        let address = connect::options(options)?;
        let mut conn = connect::one(&address).await?;
        migrate::migrate(&mut conn).await?;
        let place = format!(
            "{}:{}/{}",
            address.get_host(),
            address.get_port(),
            address.get_database().unwrap_or("")
        );
        Ok(Self {
            pool: connect::pool(&address, options.readers),
            writer: Writer::start(conn, address, options.deadline),
            deadline: options.deadline,
            place,
        })
    }

    /// Transactions committed by this handle. Fewer than the writes that it answered: they share.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }
}

//! Connects: one connection that writes, a pool that reads. Every wait has an end.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use super::PostgresOptions;
use super::fault::fault;
use crate::port::StoreError;

/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// After so long without use a pooled connection is asked whether it still lives.
const IDLE: Duration = Duration::from_secs(1);

/// Settings of every connection.
pub(super) fn options(options: &PostgresOptions) -> Result<PgConnectOptions, StoreError> {
    let parsed = PgConnectOptions::from_str(&options.url)
        .map_err(|_| StoreError::Broken("the address of PostgreSQL cannot be read".to_owned()))?;
    let millis = options.statement_timeout.as_millis().to_string();
    Ok(parsed.application_name("backhaul").options([
        ("statement_timeout", millis.as_str()),
        // A process that died half way must not keep its locks.
        ("idle_in_transaction_session_timeout", millis.as_str()),
        ("client_min_messages", "warning"),
    ]))
}

pub(super) async fn one(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    match tokio::time::timeout(CONNECT, PgConnection::connect_with(options)).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(fault(&error)),
        Err(_) => Err(StoreError::Unavailable(
            "connecting takes too long".to_owned(),
        )),
    }
}

pub(super) fn pool(options: &PgConnectOptions, readers: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(readers)
        .acquire_timeout(CONNECT)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options.clone())
}

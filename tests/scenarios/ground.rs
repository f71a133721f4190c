//! What a scenario plays on: embedded broker and SQLite, or RabbitMQ and PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, ensure};
use broker::{Broker, Embedded, Rabbit, RabbitConfig};
use store::Store;
use tempfile::TempDir;
use testkit::postgres::Postgres;
use testkit::rabbit;

/// See the module.
pub(crate) enum Ground {
    /// Files in a folder.
    Files(PathBuf),
    /// The servers of this test run: a virtual host and a database of their own.
    Servers { vhost: String, database: String },
}

impl Ground {
    /// In that folder, unless BACKHAUL_SERVERS is set.
    pub(crate) async fn new(folder: &TempDir) -> Result<Self> {
        if std::env::var_os("BACKHAUL_SERVERS").is_none() {
            return Ok(Self::Files(folder.path().to_owned()));
        }
        Ok(Self::Servers {
            vhost: rabbit::Rabbit::shared().await?.vhost("scenario").await?,
            database: Postgres::shared().await?.database("scenario").await?,
        })
    }

    pub(crate) async fn broker(&self) -> Result<Arc<dyn Broker>> {
        Ok(match self {
            Self::Files(folder) => Arc::new(Embedded::open(&folder.join("queue.db")).await?),
            Self::Servers { vhost, .. } => Arc::new(Rabbit::start(RabbitConfig::new(vhost))?),
        })
    }

    pub(crate) async fn store(&self) -> Result<Arc<dyn Store>> {
        Ok(match self {
            Self::Files(folder) => store::open(&folder.join("store.db").to_string_lossy()).await?,
            Self::Servers { database, .. } => store::open(database).await?,
        })
    }

    /// Changes one row of the store behind its back.
    pub(crate) async fn alter(&self, sql: &str) -> Result<()> {
        match self {
            Self::Files(folder) => {
                let file = rusqlite::Connection::open(folder.join("store.db"))?;
                ensure!(file.execute(sql, [])? == 1, "{sql}: one row");
                Ok(())
            }
            Self::Servers { database, .. } => Postgres::shared().await?.run(database, sql).await,
        }
    }
}

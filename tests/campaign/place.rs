//! Broker and store of a campaign: private servers, or files.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use store::{EffectState, Store};
use tempfile::TempDir;
use testkit::postgres::Postgres;
use testkit::rabbit::Rabbit;

use crate::Where;

/// See the module.
pub(crate) struct Place {
    nodes: Vec<Rabbit>,
    database: Option<Postgres>,
    broker: Option<String>,
    store: String,
    eye: Arc<dyn Store>,
    _folder: TempDir,
}

impl Place {
    /// Starts what is needed.
    pub(crate) async fn start(place: Where) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (nodes, database, broker, store) = if place == Where::Embedded {
            let store = format!("sqlite:{}", folder.path().join("backhaul.db").display());
            (Vec::new(), None, None, store)
        } else {
            let count = if place == Where::Cluster { 3 } else { 1 };
            let nodes = Rabbit::start_cluster(count).await?;
            let mut urls = Vec::new();
            let mut vhost = String::new();
            for node in &nodes {
                if vhost.is_empty() {
                    vhost = node.vhost("campaign").await?;
                    vhost = vhost.rsplit('/').next().unwrap_or_default().to_owned();
                }
                urls.push(format!(
                    "amqp://guest:guest@127.0.0.1:{}/{vhost}",
                    node.port()
                ));
            }
            let database = Postgres::start_own().await?;
            let store = database.database("campaign").await?;
            (nodes, Some(database), Some(urls.join(",")), store)
        };
        let eye = store::open(&store).await?;
        Ok(Self {
            nodes,
            database,
            broker,
            store,
            eye,
            _folder: folder,
        })
    }

    /// RabbitMQ's nodes; none when embedded.
    pub(crate) fn nodes(&self) -> &[Rabbit] {
        &self.nodes
    }

    /// PostgreSQL, if there is one.
    pub(crate) fn database(&self) -> Option<&Postgres> {
        self.database.as_ref()
    }

    /// Address of the broker; none when embedded.
    pub(crate) fn broker(&self) -> Option<&str> {
        self.broker.as_deref()
    }

    /// Address of the store.
    pub(crate) fn store(&self) -> &str {
        &self.store
    }

    /// Waits until more effects are confirmed than now. `false`: not until then.
    pub(crate) async fn until_confirmed_more(&self, deadline: Instant) -> bool {
        let mut before = None;
        while Instant::now() < deadline {
            let now = self.confirmed().await;
            if now.is_some() && before.is_some() && now > before {
                return true;
            }
            before = before.or(now);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    async fn confirmed(&self) -> Option<u64> {
        let counts = self.eye.effect_counts().await.ok()?;
        let confirmed = counts
            .iter()
            .filter(|(_, state, _)| *state == EffectState::Confirmed);
        Some(confirmed.map(|(_, _, count)| count).sum())
    }
}

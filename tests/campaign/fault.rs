//! What is done to the processes, and how.

use std::time::Duration;

use anyhow::{Context as _, Result};
use fastrand::Rng;
use serde::Serialize;
use testkit::processes::{children, signal};
use testkit::rabbit::{Rabbit, WATERMARK};
use tokio::time::sleep;

use crate::place::Place;

/// A fault from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// SIGKILL for a sidecar; it is started again at once.
    SidecarKilled,
    /// SIGSTOP for a sidecar, later SIGCONT.
    SidecarStopped,
    /// SIGKILL for every sidecar at the same time.
    AllSidecarsKilled,
    /// SIGSTOP for the partners: the process that plays them all.
    PartnersStopped,
    /// SIGKILL for a RabbitMQ node, and its start some seconds later.
    BrokerKilled,
    /// SIGSTOP for a RabbitMQ node, later SIGCONT.
    BrokerStopped,
    /// RabbitMQ closes all connections.
    BrokerConnectionsCut,
    /// RabbitMQ says that its disk is full: publishers are blocked.
    DiskAlarm,
    /// RabbitMQ says that its memory is full: publishers are blocked.
    MemoryAlarm,
    /// PostgreSQL ends as in a crash, and starts some seconds later.
    StoreKilled,
    /// SIGSTOP for PostgreSQL, later SIGCONT.
    StoreStopped,
    /// PostgreSQL cuts off all clients.
    StoreConnectionsCut,
}

impl Fault {
    /// What can be done there.
    pub(crate) fn possible(place: &Place) -> Vec<Self> {
        // A killed sidecar is the commonest of troubles: it is drawn more often.
        let mut possible = vec![
            Self::SidecarKilled,
            Self::SidecarKilled,
            Self::SidecarStopped,
            Self::AllSidecarsKilled,
            Self::PartnersStopped,
        ];
        if !place.nodes().is_empty() {
            possible.extend([
                Self::BrokerKilled,
                Self::BrokerStopped,
                Self::BrokerConnectionsCut,
                Self::DiskAlarm,
                Self::MemoryAlarm,
                Self::StoreKilled,
                Self::StoreStopped,
                Self::StoreConnectionsCut,
            ]);
        }
        possible
    }

    /// Does it, and undoes it. Stops last less than the demo's settle window (6 s), as the operator's manual asks for.
    pub(crate) async fn strike(self, place: &Place, demo: u32, draw: &mut Rng) -> Result<()> {
        let a_while = Duration::from_millis(draw.u64(500..4_500));
        let sidecars = children(demo);
        match self {
            Self::SidecarKilled => {
                if let Some(id) = draw.choice(sidecars) {
                    signal("KILL", id);
                }
            }
            Self::AllSidecarsKilled => {
                for id in sidecars {
                    signal("KILL", id);
                }
            }
            Self::SidecarStopped => {
                if let Some(id) = draw.choice(sidecars) {
                    stop(&[id], a_while).await;
                }
            }
            Self::PartnersStopped => stop(&[demo], a_while).await,
            Self::BrokerKilled => {
                let node = one(place, draw)?;
                node.kill().await?;
                sleep(a_while).await;
                node.restart().await?;
            }
            Self::BrokerStopped => {
                let id = one(place, draw)?.pid();
                stop(&id.into_iter().collect::<Vec<_>>(), a_while).await;
            }
            Self::BrokerConnectionsCut => {
                let why = ["close_all_connections", "the fault campaign"];
                one(place, draw)?.ctl(&why).await?;
            }
            Self::DiskAlarm => {
                let node = one(place, draw)?;
                node.ctl(&["set_disk_free_limit", "100000GB"]).await?;
                sleep(a_while * 3).await;
                node.ctl(&["set_disk_free_limit", "50MB"]).await?;
            }
            Self::MemoryAlarm => {
                let node = one(place, draw)?;
                node.ctl(&["set_vm_memory_high_watermark", "absolute", "1MB"])
                    .await?;
                sleep(a_while * 3).await;
                node.ctl(&["set_vm_memory_high_watermark", "absolute", WATERMARK])
                    .await?;
            }
            Self::StoreKilled => {
                let database = place.database().context("no database")?;
                database.kill().await?;
                sleep(a_while).await;
                database.restart().await?;
            }
            Self::StoreStopped => {
                let ids = place.database().context("no database")?.pids();
                stop(&ids, a_while).await;
            }
            Self::StoreConnectionsCut => {
                place
                    .database()
                    .context("no database")?
                    .cut_clients()
                    .await?;
            }
        }
        Ok(())
    }
}

fn one<'a>(place: &'a Place, draw: &mut Rng) -> Result<&'a Rabbit> {
    draw.choice(place.nodes()).context("no broker")
}

async fn stop(ids: &[u32], a_while: Duration) {
    for id in ids {
        signal("STOP", *id);
    }
    sleep(a_while).await;
    for id in ids {
        signal("CONT", *id);
    }
}

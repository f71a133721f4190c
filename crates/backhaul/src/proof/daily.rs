//! The daily proof as a timer of the sidecar: once a day for each entity, by one process.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use router::reconcile::Status;
use store::{NoteName, Store, StoreError};
use tokio::task::JoinHandle;
use workflow::PolicySet;

use super::{Asked, prove, yesterday, zone};
use crate::check;
use crate::config::Config;

/// Between two looks at the clock.
const EVERY: Duration = Duration::from_secs(20);
/// Who runs it.
const WHO: &str = "timer";

/// The timer. Ends when it is dropped.
pub struct Daily(JoinHandle<()>);

impl Drop for Daily {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Daily {
    /// Starts it, if the configuration wants it.
    pub fn start(
        config: &Config,
        policies: Arc<RwLock<Arc<PolicySet>>>,
        store: Arc<dyn Store>,
    ) -> Option<Self> {
        let at = config.reconcile.at?;
        let config = config.clone();
        Some(Self(tokio::spawn(async move {
            loop {
                let now = store::Clock::default().now();
                let set = Arc::clone(&policies.read().unwrap_or_else(PoisonError::into_inner));
                for entity in check::entities(&config) {
                    if let Err(error) = due(&config, &set, &store, &entity, at, now).await {
                        tracing::warn!(%error, %entity, "the daily proof could not be run: it is tried again");
                    }
                }
                tokio::time::sleep(EVERY).await;
            }
        })))
    }
}

/// Runs it for an entity, if it is time and nobody has.
async fn due(
    config: &Config,
    policies: &PolicySet,
    store: &Arc<dyn Store>,
    entity: &str,
    at: Time,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ok(local) = now.in_tz(&zone(policies, entity, now)) else {
        return Ok(());
    };
    if local.time() < at {
        return Ok(());
    }
    let date = yesterday(policies, entity, now);
    let note = NoteName {
        owner: "router".to_owned(),
        space: "reconcile".to_owned(),
        key: format!("{entity}/{date}"),
    };
    if store.note(&note).await?.is_some() {
        return Ok(());
    }
    if store
        .claim_note(note.clone(), now.to_string())
        .await?
        .is_some()
    {
        return Ok(());
    }
    let asked = Asked {
        entity,
        date: Some(date),
        who: WHO,
        now,
    };
    match prove(config, policies, store, asked).await {
        Ok(proof) => {
            let (status, items) = (proof.report.status, proof.items.len());
            let run = proof.run_id;
            if status == Status::NotProven {
                tracing::warn!(%entity, %date, %run, items, "the day is not proven");
            } else {
                tracing::info!(%entity, %date, %run, items, status = status.word(), "the day is proven");
            }
            Ok(())
        }
        Err(error) => {
            store.drop_note(note).await?;
            Err(error)
        }
    }
}

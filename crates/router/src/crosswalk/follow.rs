//! Keeps a running process at the last publication: asked for every few seconds, in every process by itself.
//!
//! What a publication lets go is let go here too: whoever published it may have been cut off, or may not know the connector.

use std::sync::Arc;
use std::time::Duration;

use connector::Published;
use store::{Clock, Store, StoreError};
use tokio_util::sync::CancellationToken;

use super::publication;
use super::rerun::{self, Codecs, Rerun};
use crate::routes::Routes;

/// How often it is asked for the last publication.
const EVERY: Duration = Duration::from_secs(2);
/// Who lets go what a publication unblocked, in the audit.
const WHO: &str = "backhaul";

/// Follows the publications.
pub struct Following {
    /// Store.
    pub store: Arc<dyn Store>,
    /// What the codecs of this process follow.
    pub published: Published,
    /// Codecs of this process.
    pub codecs: Codecs,
    /// Routes.
    pub routes: Routes,
    /// Clock of this process.
    pub clock: Clock,
}

impl Following {
    /// Takes up the publication that is in the store, if it is another than before. `true`: it is.
    ///
    /// # Errors
    /// When the store cannot be read; what was taken up before stands.
    pub async fn take_up(&self) -> Result<bool, StoreError> {
        if self.store.crosswalk_publication().await? == self.published.now().number {
            return Ok(false);
        }
        let book = self.store.crosswalk().await?;
        tracing::info!(publication = book.publication, "crosswalks taken up");
        self.published.take_up(publication(&book));
        Ok(true)
    }

    /// Runs until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        // What an earlier process took up, and did not let go any more.
        let mut let_go = false;
        loop {
            match self.once(let_go).await {
                Ok(()) => let_go = true,
                Err(error) => {
                    let_go = false;
                    tracing::warn!(%error, "the crosswalks cannot be followed now");
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn once(&self, let_go: bool) -> Result<(), StoreError> {
        let is_new = self.take_up().await?;
        if is_new || !let_go {
            self.let_go().await?;
        }
        Ok(())
    }

    /// Lets go what waited for what is published now.
    async fn let_go(&self) -> Result<(), StoreError> {
        let publication = self.published.now();
        if publication.number == 0 {
            return Ok(());
        }
        let how = Rerun {
            who: WHO,
            publication: publication.number,
            codecs: &self.codecs,
            routes: &self.routes,
            dry_run: false,
        };
        for row in rerun::unblocked(self.store.as_ref(), &publication).await? {
            let store = self.store.as_ref();
            let became = rerun::one(store, &row, how, self.clock.now()).await?;
            if let Some(became) = became.filter(|became| became.done) {
                tracing::info!(exception.id = %became.exception_id, publication = publication.number, "unblocked");
            }
        }
        Ok(())
    }
}

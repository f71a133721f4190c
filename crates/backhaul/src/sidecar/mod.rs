//! From a configuration to a running sidecar.
//!
//! [`start`] opens broker and store and assembles everything on them; [`assemble`] does the same on a broker and a store
//! that the caller opened. [`Assembled::drain`] stops in the order in which nothing is lost: new requests are told to try
//! later, what is under way is finished, listeners end last.

mod address;
mod api;
mod assemble;
mod running;
mod webhooks;

use std::sync::Arc;

use broker::Broker;
use store::Store;

pub use address::{broker_address, open_broker, open_store, store_address};
pub use assemble::{assemble, assemble_at, topology};
pub use running::Assembled;

use crate::config::Config;
use crate::report::Report;

/// A sidecar with the broker and the store that it opened.
pub struct Running {
    /// The sidecar.
    pub sidecar: Assembled,
    /// Its broker.
    pub broker: Arc<dyn Broker>,
    /// Its store.
    pub store: Arc<dyn Store>,
}

/// Opens broker and store and starts everything on them.
///
/// # Errors
/// Everything that keeps it from starting.
pub async fn start(config: &Config) -> Result<Running, Report> {
    let store = open_store(config).await?;
    let broker = open_broker(config).await?;
    let sidecar = assemble(config, Arc::clone(&broker), Arc::clone(&store)).await?;
    Ok(Running {
        sidecar,
        broker,
        store,
    })
}

impl Running {
    /// Drains, then closes broker and store. `false`: something was cut off, and is taken up at the next start.
    pub async fn stop(self) -> bool {
        let whole = self.sidecar.drain().await.whole;
        self.broker.close().await;
        self.store.close().await;
        whole
    }
}

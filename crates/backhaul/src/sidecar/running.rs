//! A sidecar that runs.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use router::left::Drained;
use workflow::PolicySet;

use super::api::ServedApi;
use super::webhooks::Told;
use crate::admin::Watched;
use crate::check;
use crate::config::Config;
use crate::ingress::Served;
use crate::proof::Daily;
use crate::report::Report;

/// A running sidecar. Drain it; dropped, it is cut off, and takes up again at the next start.
pub struct Assembled {
    pub(super) running: router::Running,
    pub(super) ingress: Option<Served>,
    pub(super) api: Option<ServedApi>,
    pub(super) told: Told,
    pub(super) admin: Served,
    pub(super) watched: Arc<Watched>,
    pub(super) policies: Arc<RwLock<Arc<PolicySet>>>,
    /// Proves each day; none if nobody wants it here.
    pub(super) daily: Option<Daily>,
}

impl Assembled {
    /// Where connectors are posted to; none if no connector of this process asked for a path.
    pub fn ingress(&self) -> Option<SocketAddr> {
        self.ingress.as_ref().map(Served::addr)
    }

    /// Where the API is; none if this process does not serve it.
    pub fn api(&self) -> Option<SocketAddr> {
        self.api.as_ref().map(|api| api.served.addr())
    }

    /// Where `/metrics`, `/healthz` and `/readyz` are.
    pub fn admin(&self) -> SocketAddr {
        self.admin.addr()
    }

    /// What is being computed, for a watchdog.
    pub fn watch(&self) -> Arc<router::watch::Watch> {
        self.running.watch()
    }

    /// Waits until a part ends that should not have, and says why. Cancel-safe.
    pub async fn failed(&mut self) -> String {
        self.running.failed().await
    }

    /// Exchanges the policies for those of that configuration. What is wrong with them leaves the old ones in force.
    /// Everything else (connectors, mappings, routes, addresses) is read at start only.
    pub fn reload(&self, config: &Config) -> Result<(), Report> {
        let policies = Arc::new(check::policies(config)?);
        *self
            .policies
            .write()
            .unwrap_or_else(PoisonError::into_inner) = policies;
        Ok(())
    }

    /// Stops, and says what was finished and what was left.
    pub async fn drain(self) -> Drained {
        self.watched.ready(false);
        drop(self.daily);
        if let Some(ingress) = &self.ingress {
            ingress.close();
        }
        if let Some(api) = &self.api {
            api.stop.cancel();
        }
        let drained = self.running.drain().await;
        if let Some(ingress) = self.ingress {
            ingress.stop().await;
        }
        self.told.stop().await;
        if let Some(api) = self.api {
            api.served.stop().await;
        }
        self.admin.stop().await;
        drained
    }
}

//! Who plays the sidecar in a demo: this process itself, or processes of their own behind one address.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use console::Scope;
use router::Routes;
use store::Store;
use url::Url;

use super::partners::Partners;
use super::processes::Processes;
use super::{Args, setup};
use crate::config::{ApiToken, Config};
use crate::sidecar::{self, Running};

/// The sidecars of a demo, and what is seen of them.
pub(crate) struct Stage {
    /// Their store.
    pub(crate) store: Arc<dyn Store>,
    /// Where partners post to.
    pub(crate) ingress: Url,
    /// Where the console is, and a token for it; not for demos that end by themselves.
    pub(crate) console: Option<(SocketAddr, String)>,
    /// Which connector takes which effects.
    pub(crate) routes: Routes,
    who: Who,
}

enum Who {
    Inside(Box<Running>),
    Beside(Processes),
}

impl Stage {
    /// Starts them; their files lie in `folder`.
    pub(crate) async fn start(args: &Args, partners: &Partners, folder: &Path) -> Result<Self> {
        let (broker, store) = (args.broker.as_deref(), args.store.as_deref());
        if args.sidecars == 0 {
            let mut config = setup::config(folder, partners, broker, store)?;
            let token = if args.once {
                None
            } else {
                Some(open_console(&mut config)?)
            };
            let running = sidecar::start(&config)
                .await
                .map_err(|report| anyhow::anyhow!("{report}"))?;
            let ingress = running.sidecar.ingress().context("no listener")?;
            return Ok(Self {
                routes: Routes::new(config.routes.clone()),
                console: running.sidecar.api().zip(token),
                store: Arc::clone(&running.store),
                ingress: address(ingress)?,
                who: Who::Inside(Box::new(running)),
            });
        }
        ensure!(
            args.sidecars == 1 || (broker.is_some() && store.is_some()),
            "several sidecars need a --broker and a --store that they can share"
        );
        let config = setup::config(folder, partners, broker, store)?;
        let store_handle = sidecar::open_store(&config)
            .await
            .map_err(|report| anyhow::anyhow!("{report}"))?;
        let written = setup::write(folder, partners, broker, store, args.sidecars)?;
        let processes = Processes::start(written).await?;
        Ok(Self {
            console: None,
            store: store_handle,
            routes: Routes::new(config.routes),
            ingress: address(processes.front())?,
            who: Who::Beside(processes),
        })
    }

    /// Where metrics are, if they are in one place.
    pub(crate) fn admin(&self) -> Option<SocketAddr> {
        match &self.who {
            Who::Inside(running) => Some(running.sidecar.admin()),
            Who::Beside(_) => None,
        }
    }

    /// How often a sidecar ended and was started again.
    pub(crate) fn restarts(&self) -> u64 {
        match &self.who {
            Who::Inside(_) => 0,
            Who::Beside(processes) => processes.restarts(),
        }
    }

    /// Ends them.
    pub(crate) async fn stop(self) {
        match self.who {
            Who::Inside(running) => {
                running.stop().await;
            }
            Who::Beside(processes) => {
                processes.stop().await;
                self.store.close().await;
            }
        }
    }
}

/// Serves the console on any free port, for whoever has the token that is drawn here and kept nowhere.
fn open_console(config: &mut Config) -> Result<String> {
    let token = console::access::fresh()?;
    config.api.listen = (Ipv4Addr::LOCALHOST, 0).into();
    config.api.token = vec![ApiToken {
        name: "demo".to_owned(),
        sha256: console::access::write_hash(&console::access::hash(&token)),
        scopes: vec![Scope::Admin],
        roles: Vec::new(),
        tenant: None,
        person: None,
    }];
    Ok(token)
}

fn address(listener: SocketAddr) -> Result<Url> {
    Ok(Url::parse(&format!("http://{listener}/"))?)
}

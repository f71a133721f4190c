//! The API and the console as a part of the sidecar.

use std::sync::{Arc, RwLock};

use broker::Broker;
use connector::Published;
use console::oidc::{Provider, Settings};
use console::{Api, Holder, Pages, Token, Tokens, Who};
use router::Routes;
use router::front::Front;
use store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use workflow::PolicySet;

use crate::check;
use crate::config::{API, Config};
use crate::ingress::Served;
use crate::registry;

/// The API, served.
pub(super) struct ServedApi {
    pub(super) served: Served,
    /// Ends streams, and keeps writers out.
    pub(super) stop: CancellationToken,
}

/// True if it is served by this process: somebody could use it.
pub(super) async fn is_wanted(config: &Config, store: &dyn Store) -> Result<bool, StoreError> {
    if !config.runs(API) || !config.api.token.is_empty() {
        return Ok(config.runs(API));
    }
    Ok(config.api.console && (config.api.oidc.is_some() || !store.users().await?.is_empty()))
}

/// Serves it.
pub(super) fn serve(
    config: &Config,
    listener: TcpListener,
    (broker, store): (Arc<dyn Broker>, Arc<dyn Store>),
    policies: Arc<RwLock<Arc<PolicySet>>>,
    published: Published,
) -> std::io::Result<ServedApi> {
    let stop = CancellationToken::new();
    let ours = Arc::new(config.clone());
    let api = Api {
        tokens: tokens(config),
        roles: config.api.roles(),
        max_body: config.api.max_body_bytes,
        front: Front::new(broker, Arc::clone(&store)),
        store,
        policies,
        routes: Routes::new(config.routes.clone()),
        codecs: Arc::new(move |name| {
            check::codec_of(&ours, name, published.clone())
                .map_err(|p| format!("{}: {}; {}", p.place, p.what, p.fix))
        }),
        readers: readers(config),
        entities: check::entities(config),
        replay_limits: config.replays.limits(),
        clock: store::Clock::default(),
        provider: provider(config)?,
        pages: config.api.console.then_some(Pages {
            behind_tls: config.api.behind_tls,
        }),
        stop: stop.clone(),
    };
    let served = Served::start(listener, api.router(), None)?;
    Ok(ServedApi { served, stop })
}

/// The identity provider, if there is one. Nothing is asked of it before somebody signs in.
fn provider(config: &Config) -> std::io::Result<Option<Provider>> {
    let Some(block) = &config.api.oidc else {
        return Ok(None);
    };
    let ca = block
        .ca
        .as_ref()
        .map(|path| std::fs::read(config.path(path)));
    let settings = Settings {
        issuer: block.issuer.clone(),
        client_id: block.client_id.clone(),
        client_secret: block.client_secret.clone(),
        scopes: block.scopes.clone(),
        name_claim: block.name_claim.clone(),
        groups_claim: block.groups_claim.clone(),
        groups: block.groups.clone(),
        label: block.label.clone(),
        public_url: block.public_url.clone(),
        ca: ca.transpose()?,
    };
    Provider::new(settings)
        .map(Some)
        .map_err(std::io::Error::other)
}

/// What could not be read was reported by the check.
fn tokens(config: &Config) -> Tokens {
    let roles = config.api.roles();
    let known = config.api.token.iter().filter_map(|token| {
        Some(Token {
            sha256: console::access::read_hash(&token.sha256)?,
            holder: Arc::new(Holder {
                who: Who::Token(token.name.clone()),
                tenant: token.tenant.clone().unwrap_or_else(|| token.name.clone()),
                scopes: {
                    let mut scopes = roles.scopes(&token.name, &[], &token.roles);
                    scopes.extend(&token.scopes);
                    roles.kept_apart(&token.name, scopes)
                },
                person: token.person.clone(),
            }),
        })
    });
    Tokens::new(known.collect())
}

/// Connectors that something can come in by.
fn readers(config: &Config) -> Vec<String> {
    let takes = |kind: &str| registry::find(kind).is_some_and(|c| !c.capabilities.takes.is_empty());
    let all = config.connectors.iter();
    all.filter(|(_, block)| takes(&block.kind))
        .map(|(name, _)| name.clone())
        .collect()
}

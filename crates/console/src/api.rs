//! What the API stands on, and its routes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::middleware::from_fn_with_state;
use connector::Codec;
use router::Routes;
use router::front::Front;
use store::{Clock, Store};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use workflow::PolicySet;

use crate::access::Tokens;
use crate::counted;
use crate::gate;
use crate::oidc;
use crate::openapi;
use crate::pages;
use crate::roles::Roles;
use crate::strangers;

/// Finds the codec of a connector instance, as configured; the error says what is wrong with its block.
pub type Codecs = Arc<dyn Fn(&str) -> Result<Option<Arc<dyn Codec>>, String> + Send + Sync>;

/// Everything that the API stands on.
pub struct Api {
    /// Who may do what.
    pub tokens: Tokens,
    /// What roles of users stand for.
    pub roles: Roles,
    /// Longest body, in bytes.
    pub max_body: usize,
    /// Store.
    pub store: Arc<dyn Store>,
    /// The way in for events.
    pub front: Front,
    /// Policies; exchange the inner value to reload.
    pub policies: Arc<RwLock<Arc<PolicySet>>>,
    /// Which connector delivers what.
    pub routes: Routes,
    /// Codecs, for messages that are given back with other content.
    pub codecs: Codecs,
    /// Connectors that something can come in by.
    pub readers: Vec<String>,
    /// Legal entities under which an RMA number alone is looked for.
    pub entities: Vec<String>,
    /// Above which a second person has to agree to a run of replays.
    pub replay_limits: router::replay::Limits,
    /// Clock of this process.
    pub clock: Clock,
    /// Where people may sign in to the pages besides; none: nowhere.
    pub provider: Option<oidc::Provider>,
    /// Pages for people on the same listener; none: the API alone.
    pub pages: Option<Pages>,
    /// Ends what would go on for ever, when the sidecar stops; requests that write are told to come later.
    pub stop: CancellationToken,
}

/// How the pages are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// A proxy with TLS stands before them: their cookies are for TLS alone, and the address of who asks is the one that
    /// the proxy tells.
    pub behind_tls: bool,
}

/// The API at work.
pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) description: String,
    /// Denials that are in the audit already, and since when: the same again within a minute is only logged.
    pub(crate) denied: Mutex<BTreeMap<String, Instant>>,
    /// What strangers tried.
    pub(crate) strangers: strangers::Written,
    /// Numbers that were told.
    pub(crate) answered: counted::Answered,
    /// One proof of the audit at a time: it reads everything.
    pub(crate) proving: Semaphore,
}

impl App {
    pub(crate) fn store(&self) -> &dyn Store {
        self.api.store.as_ref()
    }

    pub(crate) fn policies(&self) -> Arc<PolicySet> {
        let policies = &self.api.policies;
        Arc::clone(&policies.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Api {
    /// The routes, ready to be served. With pages, the numbers that they show first are counted from now on, by a task of the
    /// runtime that this is called in; it ends with `stop`.
    pub fn router(self) -> Router {
        let (router, _) = openapi::parts();
        let pages = self.pages;
        let app = Arc::new(App {
            description: openapi::text(),
            denied: Mutex::default(),
            strangers: strangers::Written::default(),
            answered: counted::Answered::default(),
            proving: Semaphore::new(1),
            api: self,
        });
        let router = router.method_not_allowed_fallback(async || gate::wrong_method());
        let gate = from_fn_with_state(Arc::clone(&app), gate::pass);
        match pages {
            // What is nowhere comes to the pages, which know what is below /v1.
            Some(pages) => {
                tokio::spawn(counted::keep(Arc::clone(&app)));
                router
                    .layer(gate)
                    .with_state(Arc::clone(&app))
                    .merge(pages::router(app, pages.behind_tls))
            }
            None => router
                .fallback(async || gate::nowhere())
                .layer(gate)
                .with_state(app),
        }
    }
}

//! The operators' console: pages for people, beside the API and with its rights.
//!
//! - `asks`, `door`: every request passes it: session, rights, form, headers; `session`, `sign`, `provider`: who is signed in; `attempts`: who failed to;
//!   `users`: who may
//! - `frame`, `asset`: what all pages have in common
//! - `overview`: where returns are, what is overdue, how it stands with the connectors
//! - `returns`: find a return, and everything about one; say whose goods are that came without one
//! - `approvals`: what waits for somebody
//! - `bench`: what a message would come to
//! - `numbers`: the numbers of a period; `course`: one of them over time, with `plot`, its picture
//! - `proofs`: the daily proof, looked at and signed
//! - `audit`: who did what
//! - `exceptions`: by cause and one by one; replayed, mended, discarded. `sent`, `act`: a form does what it does once
//! - `live`: a page that is open is told when something that it shows has changed
//!
//! A page shows what the API shows and does what the API does, by the same functions: nothing is decided here. All pages
//! work without their script.

mod act;
mod approvals;
mod asks;
mod asset;
mod attempts;
mod audit;
mod bench;
mod course;
mod door;
mod exceptions;
mod form;
mod frame;
mod live;
mod numbers;
mod overview;
mod plot;
mod proofs;
mod provider;
mod replays;
mod returns;
mod sent;
mod session;
mod sign;
mod users;
mod word;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use url::form_urlencoded;

use crate::api::App;
use crate::oidc::Pending;
use attempts::Attempts;
use live::Live;
use session::Sessions;

/// The pages at work.
pub(crate) struct Console {
    app: Arc<App>,
    sessions: Sessions,
    attempts: Attempts,
    /// Sign-ins under way at the identity provider.
    pending: Pending,
    overview: overview::Last,
    /// Pages that are told when something changes.
    live: Live,
    /// A proxy with TLS stands before it: cookies are for TLS alone.
    behind_tls: bool,
}

impl Console {
    fn session_cookie(&self) -> &'static str {
        if self.behind_tls {
            "__Host-backhaul"
        } else {
            "backhaul"
        }
    }

    fn provider_cookie(&self) -> &'static str {
        if self.behind_tls {
            "__Host-backhaul-oidc"
        } else {
            "backhaul-oidc"
        }
    }

    fn form_cookie(&self) -> &'static str {
        if self.behind_tls {
            "__Host-backhaul-form"
        } else {
            "backhaul-form"
        }
    }
}

/// The routes of the pages.
pub(crate) fn router(app: Arc<App>, behind_tls: bool) -> Router {
    let console = Arc::new(Console {
        app,
        sessions: Sessions::default(),
        attempts: Attempts::default(),
        pending: Pending::default(),
        overview: overview::Last::default(),
        live: Live::default(),
        behind_tls,
    });
    Router::new()
        .route("/", get(sign::home))
        .route("/assets/{name}", get(asset::serve))
        .route("/sign-in", get(sign::ask).post(sign::take))
        .route(provider::BEGIN, get(provider::begin))
        .route(provider::CALLBACK, get(provider::callback))
        .route("/sign-out", post(sign::out))
        .route("/sign-out/everywhere", post(sign::out_everywhere))
        .route("/users", get(users::list))
        .route("/users/{name}/sign-out", post(users::sign_out))
        .route("/users/{name}/disable", post(users::disable))
        .route("/users/{name}/enable", post(users::enable))
        .route("/approvals", get(approvals::list))
        .route(
            "/approvals/{id}",
            get(approvals::one).post(approvals::decide),
        )
        .route("/audit", get(audit::list))
        .route("/audit/verify", post(audit::verify))
        .route("/bench", get(bench::ask).post(bench::attempt))
        .route("/exceptions", get(exceptions::groups))
        .route("/exceptions/all", get(exceptions::list))
        .route(
            "/exceptions/replay",
            get(exceptions::preview).post(exceptions::replay_many),
        )
        .route("/exceptions/{id}", get(exceptions::one))
        .route("/exceptions/{id}/replay", post(exceptions::replay))
        .route("/exceptions/{id}/discard", post(exceptions::discard))
        .route("/exceptions/{id}/confirm", post(exceptions::confirm))
        .route(
            "/exceptions/{id}/edit",
            get(exceptions::edit).post(exceptions::give),
        )
        .route("/numbers", get(numbers::show))
        .route("/numbers/course", get(course::show))
        .route("/proofs", get(proofs::list))
        .route("/proofs/{id}", get(proofs::one).post(proofs::sign))
        .route("/replays", get(replays::list))
        .route("/replays/{id}", get(replays::one).post(replays::act))
        .route("/returns", get(returns::list))
        .route("/returns/{id}", get(returns::one))
        .route(
            "/returns/{id}/identification",
            get(returns::ask_whose).post(returns::say_whose),
        )
        .route("/returns/{id}/hold", post(returns::hold))
        .route("/returns/{id}/release", post(returns::release))
        .route("/returns/{id}/credit-reversals", post(returns::reverse))
        .route("/returns/{id}/moment/{n}", get(returns::moment))
        .route("/live/overview", get(live::overview))
        .route("/live/returns", get(live::returns))
        .route("/live/returns/{id}", get(live::one_return))
        .route("/live/exceptions", get(live::exceptions))
        .route("/live/approvals", get(live::approvals))
        .route("/live/replays", get(live::replays))
        .route("/live/replays/{id}", get(live::replay))
        .fallback(door::nowhere)
        .layer(from_fn_with_state(Arc::clone(&console), door::pass))
        .with_state(console)
}

/// A path with a query; what is empty is left out.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
    match text.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The path of something below a part of the console; whatever its id says it stays below it.
fn path_of(part: &str, id: &str) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/{part}/{}", id.replace('+', "%20"))
}

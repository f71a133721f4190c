//! Signing in at the identity provider: sent there, and taken in again.
//!
//! Whoever comes back is led on by a page of ours and not by a redirect: a browser keeps the session's cookie, which is `SameSite=Strict`, from a
//! request that another site began, and a redirect goes on with it.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use http::header::HOST;
use serde::Deserialize;

use super::Console;
use super::door::{From, cookie};
use super::frame::{self, Frame, Part};
use super::session::drawn;
use super::sign::{ours, random, too_many, with_cookie, with_lax_cookie};
use crate::access::Holder;
use crate::ask::Asked;
use crate::gate::{self, Ids};
use crate::members::{self, Failed};
use crate::oidc::{Answer, Begun, Provider, Refusal};
use crate::problem::Problem;
use crate::strangers;

/// Where a sign-in begins.
pub(super) const BEGIN: &str = "/sign-in/oidc";
/// Where the provider sends browsers back to; it has to know the whole address.
pub(super) const CALLBACK: &str = "/sign-in/oidc/callback";
/// As long as a sign-in may take: [`crate::oidc`].
const WHILE: &str = "Max-Age=600";

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedIn<'a> {
    frame: Frame,
    to: &'a str,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

/// Sends somebody to the provider.
pub(super) async fn begin(
    State(console): State<Arc<Console>>,
    Extension(From(from)): Extension<From>,
    Extension(ids): Extension<Ids>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let provider = provider(&console)?;
    if let Some(response) = shut(&console, &wanted.to, from, &ids).await? {
        return Ok(response);
    }
    let begun = Begun {
        state: drawn().map_err(random)?,
        nonce: drawn().map_err(random)?,
        verifier: drawn().map_err(random)?,
        redirect_uri: redirect_uri(&console, provider, &headers)?,
        to: ours(&wanted.to).to_owned(),
        at: console.app.api.clock.now(),
    };
    let there = match provider.begin(&begun).await {
        Ok(there) => there,
        Err(refusal) => return Ok(refused(&console, refusal, "oidc", from, &ids).await),
    };
    let given = drawn().map_err(random)?;
    console.pending.keep(&given, begun, from);
    let response = Redirect::to(&there).into_response();
    let cookie = (console.provider_cookie(), given.as_str(), WHILE);
    Ok(with_lax_cookie(response, &console, cookie))
}

/// Takes in whom the provider sent back.
pub(super) async fn callback(
    State(console): State<Arc<Console>>,
    Extension(From(from)): Extension<From>,
    Extension(ids): Extension<Ids>,
    headers: HeaderMap,
    Asked(answer): Asked<Answer>,
) -> Result<Response, Problem> {
    let provider = provider(&console)?;
    if let Some(response) = shut(&console, "/", from, &ids).await? {
        return Ok(response);
    }
    // Whatever comes of it, it is used now.
    let given = cookie(&headers, console.provider_cookie());
    let begun = given.and_then(|given| console.pending.take(&given));
    let taken = match &begun {
        None => Err(Failed::Refused(Refusal::NotBegun, "oidc".to_owned())),
        Some(begun) => taken_in(&console, provider, (begun, &answer), from, &ids).await,
    };
    let response = match (taken, begun) {
        (Ok(holder), Some(begun)) => signed_in(&console, holder, &begun.to, from)?,
        (Err(Failed::Refused(refusal, subject)), _) => {
            refused(&console, refusal, &subject, from, &ids).await
        }
        (Err(Failed::Problem(problem)), _) => return Err(problem),
        (Ok(_), None) => return Err(Refusal::NotBegun.problem()),
    };
    let gone = (console.provider_cookie(), "", "Max-Age=0");
    Ok(with_lax_cookie(response, &console, gone))
}

async fn taken_in(
    console: &Console,
    provider: &Provider,
    (begun, answer): (&Begun, &Answer),
    from: IpAddr,
    ids: &Ids,
) -> Result<Holder, Failed> {
    let now = console.app.api.clock.now();
    let identity = provider.finish(begun, answer, now).await;
    let identity = identity.map_err(|refusal| Failed::Refused(refusal, "oidc".to_owned()))?;
    members::take_in(&console.app, identity, from, ids).await
}

fn signed_in(
    console: &Console,
    holder: Holder,
    to: &str,
    from: IpAddr,
) -> Result<Response, Problem> {
    let holder = Arc::new(holder);
    let id = console.sessions.open(&holder).map_err(random)?;
    tracing::info!(who = %holder, address = %from, "somebody signed in to the console");
    let response = frame::page(&SignedIn {
        frame: Frame::new(None, Part::Other, "Signed in"),
        to,
    })?;
    let cookie = (console.session_cookie(), id.as_str(), "");
    Ok(with_cookie(response, console, cookie))
}

fn provider(console: &Console) -> Result<&Provider, Problem> {
    let provider = console.app.api.provider.as_ref();
    provider.ok_or_else(|| Problem::not_found("There is no such page."))
}

/// An address from which too many sign-ins failed has to wait.
async fn shut(
    console: &Console,
    to: &str,
    from: IpAddr,
    ids: &Ids,
) -> Result<Option<Response>, Problem> {
    let Some(wait) = console.attempts.wait(from, None) else {
        return Ok(None);
    };
    if gate::is_news(&console.app, format!("{from} oidc")) {
        let what = ("sign-in.too-many", "oidc");
        strangers::tried(&console.app, from, what, ids).await;
    }
    Ok(Some(too_many(console, to, wait).await?))
}

/// A page that says why, and an entry of the audit.
async fn refused(
    console: &Console,
    refusal: Refusal,
    subject: &str,
    from: IpAddr,
    ids: &Ids,
) -> Response {
    if refusal.is_theirs() {
        console.attempts.failed(from, None);
    }
    let what = ("sign-in.failed", subject);
    strangers::tried_and_refused(&console.app, from, what, &refusal.word(), ids).await;
    frame::refusal(None, &refusal.problem())
}

/// Where the provider is to send the browser back to.
fn redirect_uri(
    console: &Console,
    provider: &Provider,
    headers: &HeaderMap,
) -> Result<String, Problem> {
    if let Some(url) = &provider.settings().public_url {
        return Ok(format!("{url}{CALLBACK}"));
    }
    // The provider sends nobody to an address that it does not know.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_host = |host: &&str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
        !host.is_empty() && host.bytes().all(plain)
    };
    let Some(host) = host.filter(is_host) else {
        let detail = "The request does not say which host it is for.";
        return Err(Problem::bad_request("sign-in.host", detail));
    };
    let scheme = if console.behind_tls { "https" } else { "http" };
    Ok(format!("{scheme}://{host}{CALLBACK}"))
}

//! Signing in with a name and a password or with a token of the API, and out.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::door::{Form, From, cookie};
use super::frame::{Frame, Part, written};
use super::overview::overview;
use super::session::{Session, drawn};
use super::{Console, address, provider};
use crate::access::{self, Scope};
use crate::ask::Asked;
use crate::gate::{self, Ids};
use crate::problem::Problem;
use crate::strangers;
use crate::users;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: Frame,
    csrf: &'a str,
    to: &'a str,
    wrong: &'a str,
    /// Whose button is shown, and where it leads to; empty if there is no identity provider.
    provider: &'a str,
    begin: String,
    /// Somebody signs in by a password.
    by_password: bool,
    /// Somebody signs in by a token.
    by_token: bool,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

/// Asks for a name and a password, or a token.
pub(super) async fn ask(
    State(console): State<Arc<Console>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    asked(&console, StatusCode::OK, &wanted.to, "").await
}

async fn asked(
    console: &Console,
    status: StatusCode,
    to: &str,
    wrong: &str,
) -> Result<Response, Problem> {
    let csrf = drawn().map_err(random)?;
    let to = ours(to);
    let api = &console.app.api;
    let page = SignIn {
        frame: Frame::new(None, Part::Other, "Sign in"),
        csrf: &csrf,
        to,
        wrong,
        provider: api.provider.as_ref().map_or("", |p| &p.settings().label),
        begin: address(provider::BEGIN, &[("to", to)]),
        by_password: api.provider.is_none() || has_users(console).await?,
        by_token: api.provider.is_none() || !api.tokens.is_empty(),
    };
    let response = written(status, &page)?;
    Ok(with_cookie(
        response,
        console,
        (console.form_cookie(), &csrf, "Max-Age=3600"),
    ))
}

/// True if anybody signs in by a password.
async fn has_users(console: &Console) -> Result<bool, Problem> {
    let all = console.app.store().users().await?;
    Ok(all.iter().any(|row| !access::is_member(&row.name)))
}

/// Takes them.
pub(super) async fn take(
    State(console): State<Arc<Console>>,
    Extension(form): Extension<Form>,
    Extension(From(address)): Extension<From>,
    Extension(ids): Extension<Ids>,
) -> Result<Response, Problem> {
    let to = form.get("to");
    let (name, password) = (form.get("name").trim(), form.get("password"));
    let by_name = !name.is_empty() || !password.is_empty();
    let counted = by_name.then_some(name);
    let wait = || console.attempts.wait(address, counted);
    let is_shut = || wait().is_some();
    let found = if is_shut() {
        None
    } else if by_name {
        let known = users::known(&console.app, (name, password), is_shut).await?;
        known.map(Arc::new)
    } else {
        let tokens = &console.app.api.tokens;
        tokens.find(form.get("token").trim()).cloned()
    };
    let Some(holder) = found else {
        let subject = subject(&console, counted).await?;
        if let Some(wait) = wait() {
            // Whoever waits may ask a thousand times.
            if gate::is_news(&console.app, format!("{address} {subject}")) {
                let what = ("sign-in.too-many", &*subject);
                strangers::tried(&console.app, address, what, &ids).await;
            }
            return too_many(&console, to, wait).await;
        }
        console.attempts.failed(address, counted);
        strangers::tried(&console.app, address, ("sign-in.failed", &subject), &ids).await;
        let wrong = if by_name {
            "Nobody signs in by that name and password."
        } else {
            "No token has that text. Paste it whole, as backhaul api token new printed it."
        };
        return asked(&console, StatusCode::UNAUTHORIZED, to, wrong).await;
    };
    let id = console.sessions.open(&holder).map_err(random)?;
    tracing::info!(who = %holder, %address, "somebody signed in to the console");
    let response = Redirect::to(ours(to)).into_response();
    Ok(with_cookie(
        response,
        &console,
        (console.session_cookie(), &id, ""),
    ))
}

/// What a sign-in is about, for the audit. A name that nobody has is not told: it may be a password, typed in the wrong field.
async fn subject(console: &Console, name: Option<&str>) -> Result<String, Problem> {
    let Some(name) = name else {
        return Ok("token".to_owned());
    };
    let known = console.app.store().user(name).await?;
    Ok(known.map_or_else(|| "user".to_owned(), |user| format!("user/{}", user.name)))
}

/// Too many failed: from that address, or by that name, which may be nobody's.
pub(super) async fn too_many(
    console: &Console,
    to: &str,
    wait: Duration,
) -> Result<Response, Problem> {
    let seconds = wait.as_secs().saturating_add(1);
    let wrong = format!("Too many sign-ins failed. Wait {seconds} seconds, and try again.");
    let mut response = asked(console, StatusCode::TOO_MANY_REQUESTS, to, &wrong).await?;
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// Ends the session.
pub(super) async fn out(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie(&headers, console.session_cookie()) {
        console.sessions.close(&id);
    }
    left(&console)
}

/// Ends every session of whoever asks: those of a user in all processes, those of a token in this one.
pub(super) async fn out_everywhere(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(ids): Extension<Ids>,
) -> Result<Response, Problem> {
    users::sign_out(&console.app, &session.holder, &session.holder, &ids).await?;
    console.sessions.close_all(&session.holder);
    Ok(left(&console))
}

fn left(console: &Console) -> Response {
    let mut response = with_cookie(
        Redirect::to("/sign-in").into_response(),
        console,
        (console.session_cookie(), "", "Max-Age=0"),
    );
    // What the browser kept of pages goes as well.
    response.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\""),
    );
    response
}

/// The overview, or the first part of the console that this person may see.
pub(super) async fn home(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    if session.holder.may(Scope::ReturnsRead) {
        return overview(&console, &session).await;
    }
    let parts = [
        ("/exceptions", Scope::ExceptionsRead),
        ("/approvals", Scope::ApprovalsRead),
        ("/numbers", Scope::MetricsRead),
        ("/proofs", Scope::ProofsRead),
        ("/bench", Scope::MessagesTry),
        ("/audit", Scope::AuditRead),
    ];
    let mut may = parts.iter().filter(|(_, scope)| session.holder.may(*scope));
    match may.next() {
        Some((to, _)) => Ok(Redirect::to(to).into_response()),
        None => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "api.forbidden",
            format!(
                "Your {} has none of the rights that the pages of this console ask for: {}.",
                session.holder, "returns:read, exceptions:read, approvals:read"
            ),
        )),
    }
}

/// A path of this console, whatever was given.
pub(super) fn ours(to: &str) -> &str {
    // Browsers drop control characters, and what is left may name another host.
    let is_path = to.starts_with('/')
        && !to.starts_with("//")
        && to.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if is_path && !to.starts_with("/sign-") {
        to
    } else {
        "/"
    }
}

pub(super) fn random(error: getrandom::Error) -> Problem {
    tracing::error!(%error, "the system has no randomness to give");
    Problem::later("the system has no randomness to give: try again")
}

pub(super) fn with_cookie(
    response: Response,
    console: &Console,
    cookie: (&str, &str, &str),
) -> Response {
    with_cookie_for(response, console, "Strict", cookie)
}

/// The same, shown to us also when another site leads here: `Lax`.
pub(super) fn with_lax_cookie(
    response: Response,
    console: &Console,
    cookie: (&str, &str, &str),
) -> Response {
    with_cookie_for(response, console, "Lax", cookie)
}

fn with_cookie_for(
    mut response: Response,
    console: &Console,
    same_site: &str,
    (name, value, more): (&str, &str, &str),
) -> Response {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}");
    if console.behind_tls {
        text.push_str("; Secure");
    }
    if !more.is_empty() {
        text.push_str("; ");
        text.push_str(more);
    }
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(ours("/returns?q=1"), "/returns?q=1");
        for other in [
            "",
            "//there/x",
            "///there",
            "/x\t",
            "javascript:alert(1)",
            "https://there",
            "/\\there",
            "returns",
            "/sign-in",
        ] {
            assert_eq!(ours(other), "/", "{other}");
        }
    }
}

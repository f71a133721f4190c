//! Signing in with a name and a password or with a token of the API, and out.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::Console;
use super::door::{Form, From, cookie};
use super::frame::{Frame, Part, written};
use super::overview::overview;
use super::session::{Session, drawn};
use crate::access::Scope;
use crate::gate::Ids;
use crate::problem::Problem;
use crate::users;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: Frame,
    csrf: &'a str,
    to: &'a str,
    wrong: &'a str,
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
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    asked(&console, StatusCode::OK, &wanted.to, "")
}

fn asked(
    console: &Console,
    status: StatusCode,
    to: &str,
    wrong: &str,
) -> Result<Response, Problem> {
    let csrf = drawn().map_err(random)?;
    let page = SignIn {
        frame: Frame::new(None, Part::Other, "Sign in"),
        csrf: &csrf,
        to: ours(to),
        wrong,
    };
    let response = written(status, &page)?;
    Ok(with_cookie(
        response,
        console,
        (console.form_cookie(), &csrf, "Max-Age=3600"),
    ))
}

/// Takes them.
pub(super) async fn take(
    State(console): State<Arc<Console>>,
    Extension(form): Extension<Form>,
    Extension(From(address)): Extension<From>,
    Extension(ids): Extension<Ids>,
) -> Result<Response, Problem> {
    let to = form.get("to");
    let is_shut = || console.sessions.is_shut(address);
    let (name, password) = (form.get("name").trim(), form.get("password"));
    let by_name = !name.is_empty() || !password.is_empty();
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
        if is_shut() {
            let wrong = "Too many sign-ins failed from your address. Wait a minute.";
            return asked(&console, StatusCode::TOO_MANY_REQUESTS, to, wrong);
        }
        console.sessions.failed(address);
        tracing::warn!(%address, request.id = %ids.request, "a sign-in to the console failed");
        let wrong = if by_name {
            "Nobody signs in by that name and password."
        } else {
            "No token has that text. Paste it whole, as backhaul api token new printed it."
        };
        return asked(&console, StatusCode::UNAUTHORIZED, to, wrong);
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

/// Ends the session.
pub(super) async fn out(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie(&headers, console.session_cookie()) {
        console.sessions.close(&id);
    }
    let mut response = with_cookie(
        Redirect::to("/sign-in").into_response(),
        &console,
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
fn ours(to: &str) -> &str {
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

fn random(error: getrandom::Error) -> Problem {
    tracing::error!(%error, "the system has no randomness to give");
    Problem::later("the system has no randomness to give: try again")
}

fn with_cookie(
    mut response: Response,
    console: &Console,
    (name, value, more): (&str, &str, &str),
) -> Response {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict");
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
            "https://there",
            "/\\there",
            "returns",
            "/sign-in",
        ] {
            assert_eq!(ours(other), "/", "{other}");
        }
    }
}

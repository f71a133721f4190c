//! Every request for a page passes here: its session, its rights, its form, and the headers of its answer.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use url::form_urlencoded;

use super::asks::{Asks, PAGES};
pub(super) use super::form::Form;
use super::session::Session;
use super::{Console, frame, live};
use crate::access::{Needs, Scope, needs};
use crate::ask;
use crate::gate::{self, Caller, Ids};
use crate::origin;
use crate::problem::Problem;
use crate::rescue::rescued;
use crate::users;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From(pub(super) IpAddr);

/// Lets a request through, or refuses it.
pub(super) async fn pass(
    State(console): State<Arc<Console>>,
    request: Request,
    next: Next,
) -> Response {
    if is_nowhere(&request) && is_of_api(&request) {
        return gate::pass(State(Arc::clone(&console.app)), request, next).await;
    }
    let ids = Ids::of(request.headers());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let entered = async {
        match living(&console, request.headers()).await {
            Ok(session) => (
                session.clone(),
                admit(&console, request, session, &ids).await,
            ),
            Err(problem) => (None, Err(problem.into())),
        }
    };
    let (session, admitted) = rescued(entered, &ids)
        .await
        .unwrap_or_else(|problem| (None, Err(problem.into())));
    let response = match admitted {
        Ok(request) => rescued(next.run(request), &ids)
            .await
            .unwrap_or_else(Problem::into_response),
        Err(refused) => refused.into_response(),
    };
    // Refusals of the API and of the pages are the same; here they are pages.
    let response = match response.extensions().get::<Problem>() {
        Some(problem) => frame::refusal(session.as_ref(), problem),
        None => response,
    };
    let mut response = dressed(response, &ids);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(path) = path
        && let Ok(allowed) = HeaderValue::from_str(&methods(path.as_str()).join(", "))
    {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn is_nowhere(request: &Request) -> bool {
    request.extensions().get::<MatchedPath>().is_none()
}

/// True if that is asked of the API, and not of a page: by its path, or by a program, which shows a token.
fn is_of_api(request: &Request) -> bool {
    let below = request.uri().path().strip_prefix("/v1");
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || request.headers().contains_key(AUTHORIZATION)
}

/// What is at no path.
pub(super) async fn nowhere(request: Request) -> Problem {
    if is_of_api(&request) {
        return gate::nowhere();
    }
    Problem::not_found("There is no such page.")
}

/// Methods that a page takes.
fn methods(path: &str) -> Vec<&'static str> {
    let of = PAGES.iter().filter(|(_, p, _)| *p == path);
    of.map(|(method, ..)| *method).collect()
}

/// The session of a request. That of a user ends when the user is changed or disabled.
async fn living(console: &Console, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    let Some(id) = cookie(headers, console.session_cookie()) else {
        return Ok(None);
    };
    let Some(session) = console.sessions.find(&id) else {
        return Ok(None);
    };
    if users::still_holds(&console.app, &session.holder).await? {
        return Ok(Some(session));
    }
    console.sessions.close(&id);
    Ok(None)
}

enum Refused {
    Problem(Problem),
    SignIn(String),
}

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::SignIn(to) => Redirect::to(&to).into_response(),
        }
    }
}

impl std::convert::From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn admit(
    console: &Console,
    request: Request,
    session: Option<Session>,
    ids: &Ids,
) -> Result<Request, Refused> {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        // Nobody need be signed in to be told that there is nothing.
        return Ok(request);
    };
    let path = path.as_str();
    let method = match request.method() {
        &Method::HEAD => "GET",
        other => other.as_str(),
    };
    // Nothing that is not in the table is reached, even if it should be routed.
    let Some((method, path, asks)) = PAGES.iter().find(|(m, p, _)| *m == method && *p == path)
    else {
        let detail = "This page does not take that method.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Problem::new(status, "api.method", detail).into());
    };
    ask::query_without_nul(request.uri())?;
    if *asks != Asks::Nothing {
        let Some(session) = &session else {
            return Err(unknown(request.method(), request.uri()));
        };
        if let Some(scope) = scope_of(*asks)
            && !session.holder.may(scope)
        {
            let route = format!("{method} {path}");
            let lacking = ("scope", scope.word());
            gate::denied(&console.app, &session.holder, &route, lacking, ids).await;
            let detail = format!(
                "Your {} lacks the right {}. Sign in with another that has it, or have it added to this one.",
                session.holder,
                scope.word()
            );
            return Err(Problem::new(StatusCode::FORBIDDEN, "api.forbidden", detail).into());
        }
    }
    let mut request = if *method == "POST" {
        let filled = filled(console, request, session.as_ref()).await;
        if let Err(Refused::Problem(problem)) = &filled
            && problem.code == FOREIGN
            && let Some(session) = &session
        {
            let route = format!("{method} {path}");
            gate::denied(
                &console.app,
                &session.holder,
                &route,
                ("form", "foreign"),
                ids,
            )
            .await;
        }
        filled?
    } else {
        request
    };
    let from = origin::address(&console.app, &request);
    let extensions = request.extensions_mut();
    extensions.insert(From(from));
    extensions.insert(ids.clone());
    if let Some(session) = session {
        extensions.insert(Caller(Arc::clone(&session.holder)));
        extensions.insert(session);
    }
    Ok(request)
}

/// The right that is asked for.
fn scope_of(asks: Asks) -> Option<Scope> {
    match asks {
        Asks::Nothing | Asks::Session => None,
        Asks::Admin => Some(Scope::Admin),
        // A route that there is not opens nothing.
        Asks::As(method, path) => match needs(method, path) {
            Some(Needs::Scope(scope)) => Some(scope),
            Some(Needs::Nothing) | None => Some(Scope::Admin),
        },
    }
}

/// Nobody is signed in: they are asked to, and come back to the page that they wanted.
fn unknown(method: &Method, uri: &Uri) -> Refused {
    // A page that is open and whose session has ended cannot sign in by itself.
    if method.is_safe() && !uri.path().starts_with(live::BELOW) {
        let wanted = uri.path_and_query().map_or("/", |to| to.as_str());
        return Refused::SignIn(super::address("/sign-in", &[("to", wanted)]));
    }
    let detail = "You are not signed in any more, and nothing was done. Sign in and do it again.";
    Problem::new(StatusCode::UNAUTHORIZED, "api.unauthorized", detail).into()
}

/// Reads a form, and lets none pass that does not come from a page of ours.
async fn filled(
    console: &Console,
    request: Request,
    session: Option<&Session>,
) -> Result<Request, Refused> {
    if console.app.api.stop.is_cancelled() {
        return Err(Problem::later("the sidecar is stopping").into());
    }
    let (mut parts, body) = request.into_parts();
    if !is_from_here(&parts.headers) {
        return Err(foreign().into());
    }
    // Each byte of a text may be written as three.
    let most = console.app.api.max_body.saturating_mul(3);
    let bytes = ask::taken(body, most).await?;
    let form = Form(form_urlencoded::parse(&bytes).into_owned().collect());
    // A message may hold anything; what is kept as text may not.
    let has_nul = |(name, value): (&String, &String)| name != "text" && value.contains('\0');
    if form.0.iter().any(has_nul) {
        let detail = "A field has a NUL in it, and nothing was done.";
        return Err(Problem::bad_request("console.form", detail).into());
    }
    let csrf = form.get("csrf");
    let is_ours = match session {
        Some(session) if parts.uri.path() != "/sign-in" => session.is_ours(csrf),
        // Nobody is signed in yet: what the form says must be what the browser was given with it.
        _ => cookie(&parts.headers, console.form_cookie())
            .is_some_and(|given| !given.is_empty() && given == csrf),
    };
    if !is_ours {
        return Err(foreign().into());
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

fn foreign() -> Problem {
    let detail = "This form does not come from a page of this console, or its page is too old, and nothing was done. \
                  Go back, load the page anew, and do it again.";
    Problem::new(StatusCode::FORBIDDEN, FOREIGN, detail)
}

/// Code of a form that does not come from here.
const FOREIGN: &str = "console.foreign-form";

/// What the browser itself says about who sends a form, or follows. Those that say nothing are left to the text in the form.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = text(ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(HOST)
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).iter();
    let mut pairs = texts
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// Headers that every page has. The sources of each: the OWASP cheat sheets on HTTP headers and content security policy.
fn dressed(mut response: Response, ids: &Ids) -> Response {
    let fixed = [
        (
            "content-security-policy",
            "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), geolocation=(), microphone=()",
        ),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&ids.request) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn a_form_of_another_site_is_told_by_what_the_browser_says() {
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        for other in ["cross-site", "same-site", "none"] {
            assert!(!is_from_here(&headers(&[
                ("sec-fetch-site", other),
                ("origin", "http://here:1"),
                ("host", "here:1")
            ])));
        }
        assert!(is_from_here(&headers(&[
            ("origin", "http://here:1"),
            ("host", "here:1")
        ])));
        for other in ["null", "http://there:1", "http://here:2"] {
            assert!(!is_from_here(
                &headers(&[("host", "here:1")])
                    .into_iter()
                    .filter_map(|(name, value)| Some((name?, value)))
                    .chain([(ORIGIN, HeaderValue::from_static(other))])
                    .collect()
            ));
        }
        assert!(is_from_here(&HeaderMap::new()));
    }

    #[test]
    fn every_page_asks_for_what_a_route_of_the_api_asks() {
        for (method, path, asks) in PAGES {
            if let Asks::As(api_method, api_path) = asks {
                let found = needs(api_method, api_path);
                assert!(
                    matches!(found, Some(Needs::Scope(_))),
                    "{method} {path} points at {api_method} {api_path}"
                );
                assert_ne!(scope_of(*asks), Some(Scope::Admin), "{method} {path}");
            }
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let sent = headers(&[("cookie", "a=1; backhaul=x=y ;b=2")]);
        assert_eq!(cookie(&sent, "backhaul").as_deref(), Some("x=y"));
        assert_eq!(cookie(&sent, "c"), None);
    }
}

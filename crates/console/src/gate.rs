//! Every request passes here: it gets its ids, shows its token, and its answer gets the headers that all have.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use http::header::{ALLOW, AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use store::{AuditEntry, Unit};
use tokio::time::Instant;

use crate::access::{self, Holder, Needs, Scope};
use crate::api::App;
use crate::ask;
use crate::origin;
use crate::problem::Problem;
use crate::rescue::rescued;
use crate::strangers;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// Longest id that is taken from a caller.
const LONGEST_ID: usize = 128;
/// The same denial is in the audit once in that time.
const QUIET: Duration = Duration::from_mins(1);
/// Denials that are remembered at the most.
const REMEMBERED: usize = 1_000;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Arc<Holder>);

impl Caller {
    /// True if they may see what messages say.
    pub(crate) fn sees_bodies(&self) -> bool {
        self.0.may(Scope::BodiesRead)
    }
}

/// Names of a request.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    /// Of this request alone.
    pub(crate) request: String,
    /// Of everything that belongs to it; empty if the caller gave none.
    pub(crate) correlation: String,
}

impl Ids {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            request: given(headers, &REQUEST_ID).unwrap_or_else(drawn),
            correlation: given(headers, &CORRELATION_ID).unwrap_or_default(),
        }
    }
}

/// An id that a caller gave, if it can be written anywhere.
fn given(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    let plain = !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| text.to_owned())
}

/// An id that nobody has. Of use in logs only: nothing is recognised by it.
fn drawn() -> String {
    let mut bytes = [0_u8; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => HEXLOWER.encode(&bytes),
        Err(_) => String::new(),
    }
}

/// Lets a request through, or refuses it.
pub(crate) async fn pass(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let ids = Ids::of(request.headers());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let answered = async {
        match admit(&app, &mut request, &ids).await {
            Ok(()) => {
                request.extensions_mut().insert(ids.clone());
                next.run(request).await
            }
            Err(problem) => problem.into_response(),
        }
    };
    let mut response = rescued(answered, &ids)
        .await
        .unwrap_or_else(Problem::into_response);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(path) = path
        && let Ok(allowed) = HeaderValue::from_str(&access::methods(path.as_str()).join(", "))
    {
        response.headers_mut().insert(ALLOW, allowed);
    }
    dressed(response, &ids)
}

/// There is nothing at that path.
pub(crate) fn nowhere() -> Problem {
    Problem::not_found("there is no such path: see /v1/openapi.json")
}

/// There is something at that path, and it does not take that method.
pub(crate) fn wrong_method() -> Problem {
    let detail = "this path does not take that method: see /v1/openapi.json";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "api.method", detail)
}

async fn admit(app: &App, request: &mut Request, ids: &Ids) -> Result<(), Problem> {
    let method = request.method().as_str().to_owned();
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return Ok(());
    };
    ask::query_without_nul(request.uri())?;
    let scope = match access::needs(&method, path.as_str()) {
        // Nothing that is not in the table is reached, even if it should be routed.
        None => {
            return Err(wrong_method());
        }
        Some(Needs::Nothing) => return Ok(()),
        Some(Needs::Scope(scope)) => scope,
    };
    let route = format!("{method} {}", path.as_str());
    let Some(holder) = shown(request.headers()).and_then(|text| app.api.tokens.find(text)) else {
        // Whoever shows nothing tries nothing.
        if request.headers().contains_key(AUTHORIZATION) {
            let from = origin::address(app, request);
            strangers::tried(app, from, ("api.unauthorized", &route), ids).await;
        } else {
            tracing::warn!(route, request.id = %ids.request, "a request without a token is refused");
        }
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "api.unauthorized",
            "show a token: Authorization: Bearer …",
        ));
    };
    if !holder.may(scope) {
        denied(app, holder, &route, ("scope", scope.word()), ids).await;
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "api.forbidden",
            format!("{holder} lacks the scope {}", scope.word()),
        ));
    }
    if app.api.stop.is_cancelled() && !request.method().is_safe() {
        return Err(Problem::later("the sidecar is stopping"));
    }
    let caller = Caller(Arc::clone(holder));
    request.extensions_mut().insert(caller);
    Ok(())
}

/// The person that a token stands for. One that stands for nobody is refused, which is written down.
pub(crate) async fn person<'a>(
    app: &App,
    caller: &'a Caller,
    route: &str,
    ids: &Ids,
) -> Result<&'a str, Problem> {
    let holder = caller.0.as_ref();
    if let Some(person) = &holder.person {
        return Ok(person);
    }
    denied(app, holder, route, ("person", ""), ids).await;
    let detail = format!(
        "{holder} stands for no person: write person = \"…\" into its block, or give --person to the user, a user of the file of approvers"
    );
    Err(Problem::new(StatusCode::FORBIDDEN, "api.no-person", detail))
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let text = shown.next()?.to_str().ok()?;
    // Two are none: a proxy before us may have taken the other one.
    if shown.next().is_some() {
        return None;
    }
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Somebody who is known tried what they may not: that is written down, once a minute at the most.
pub(crate) async fn denied(
    app: &App,
    holder: &Holder,
    route: &str,
    (what, lacking): (&str, &str),
    ids: &Ids,
) {
    tracing::warn!(
        who = %holder, route, what, lacking, request.id = %ids.request, "a request is denied"
    );
    if !is_news(app, format!("{holder} {route}")) {
        return;
    }
    let entry = AuditEntry {
        at: app.api.clock.now(),
        actor: holder.actor(),
        action: "api.denied".to_owned(),
        subject: route.to_owned(),
        correlation_id: ids.correlation.clone(),
        after_hash: String::new(),
        body: serde_json::json!({ what: lacking, "request_id": ids.request }).to_string(),
    };
    let unit = Unit {
        audit: vec![entry],
        ..Unit::default()
    };
    if let Err(error) = app.store().commit(vec![unit], Vec::new()).await {
        tracing::warn!(%error, "a denial is not in the audit");
    }
}

pub(crate) fn is_news(app: &App, what: String) -> bool {
    let now = Instant::now();
    let mut told = app.denied.lock().unwrap_or_else(PoisonError::into_inner);
    told.retain(|_, at| now.duration_since(*at) < QUIET);
    if told.contains_key(&what) || told.len() >= REMEMBERED {
        return false;
    }
    told.insert(what, now);
    true
}

/// Headers that every answer has. The sources of each: the OWASP REST security cheat sheet.
fn dressed(mut response: Response, ids: &Ids) -> Response {
    let fixed = [
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
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
    for (name, value) in [
        (REQUEST_ID, &ids.request),
        (CORRELATION_ID, &ids.correlation),
    ] {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            headers.insert(name, value);
        }
    }
    response
}

//! Who may come in, and how often: OAuth tokens, API keys, CSRF tokens, the rate.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{Auth, Desk};
use crate::answer::Refusal;
use crate::draw;
use crate::faults::gateway::throttled;

pub(super) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// Tokens given out, and when they end.
#[derive(Debug, Default)]
pub(super) struct Gate {
    issued: AtomicU64,
    bearer: Mutex<HashMap<String, Instant>>,
    csrf: Mutex<HashMap<String, Instant>>,
    second: Mutex<Option<(Instant, u32)>>,
}

impl Gate {
    fn token(&self, word: &str) -> String {
        let number = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
        let salt = jiff::Timestamp::now().as_nanosecond().to_string();
        format!("{word}-{number:06}-{}", draw::hex(number, &[word, &salt]))
    }

    fn issue(&self, tokens: &Mutex<HashMap<String, Instant>>, word: &str, ms: u64) -> String {
        let token = self.token(word);
        let end = Instant::now() + Duration::from_millis(ms);
        tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.clone(), end);
        token
    }

    /// A fresh CSRF token.
    pub(super) fn issue_csrf(&self, lifetime_ms: u64) -> String {
        self.issue(&self.csrf, "csrf", lifetime_ms)
    }

    /// Refuses with 401 who does not prove to be known.
    pub(super) fn admit(&self, auth: &Auth, headers: &HeaderMap) -> Result<(), Refusal> {
        let admitted = match auth {
            Auth::None => true,
            Auth::ApiKey(key) => same(key, text(headers, "x-api-key")),
            Auth::ClientCredentials { .. } => {
                let token = text(headers, "authorization").strip_prefix("Bearer ");
                token.is_some_and(|token| holds(&self.bearer, token))
            }
        };
        if admitted {
            return Ok(());
        }
        let message = "the token or key is missing, wrong or expired";
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
        Err(refusal.with(header::WWW_AUTHENTICATE, "Bearer"))
    }

    /// Refuses with 403 a change without a valid CSRF token.
    pub(super) fn check_csrf(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if holds(&self.csrf, text(headers, CSRF.as_str())) {
            return Ok(());
        }
        let message = "the CSRF token is missing or no longer valid";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, "CSRF_REQUIRED", message);
        Err(refusal.with(CSRF, "required"))
    }

    /// Refuses with 429 what is over the rate.
    pub(super) fn check_rate(&self, per_second: Option<u32>) -> Result<(), Refusal> {
        let Some(most) = per_second else {
            return Ok(());
        };
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = match *second {
            Some((began, count)) if began.elapsed() < Duration::from_secs(1) => (began, count),
            _ => (Instant::now(), 0),
        };
        if count >= most {
            return Err(throttled());
        }
        *second = Some((began, count + 1));
        Ok(())
    }
}

fn holds(tokens: &Mutex<HashMap<String, Instant>>, token: &str) -> bool {
    let tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.get(token).is_some_and(|end| *end > Instant::now())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn same(secret: &str, given: &str) -> bool {
    secret.as_bytes().ct_eq(given.as_bytes()).into()
}

/// `POST /oauth/token`.
pub(super) async fn issue_token(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse =
        |status: StatusCode, error: &str| (status, Json(json!({ "error": error }))).into_response();
    let Auth::ClientCredentials {
        client_id,
        client_secret,
        lifetime_ms,
    } = &desk.config.auth
    else {
        return refuse(StatusCode::BAD_REQUEST, "unauthorized_client");
    };
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let in_form = || {
        Some((
            form.get("client_id")?.clone(),
            form.get("client_secret")?.clone(),
        ))
    };
    let (id, secret) = basic(&headers).or_else(in_form).unwrap_or_default();
    if !same(client_id, &id) || !same(client_secret, &secret) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let token = desk.gate.issue(&desk.gate.bearer, "tok", *lifetime_ms);
    let expires_in = lifetime_ms / 1000;
    let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in});
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = text(headers, "authorization").strip_prefix("Basic ")?;
    let plain = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

//! Forms that do something: what they ask goes to the API's own function, under a key that the form was given, so that
//! pressing twice, going back and loading again do it once.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use data_encoding::HEXLOWER;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::door::Form;
use super::session::drawn;
use crate::problem::{FieldError, Problem};

/// Longest answer of the API that is read.
const LONGEST: usize = 8 * 1024 * 1024;

/// A key for a form.
pub(super) fn key() -> Result<String, Problem> {
    drawn().map_err(|error| {
        tracing::error!(%error, "the system has no randomness to give");
        Problem::later("the system has no randomness to give: try again")
    })
}

/// The Idempotency-Key of a form that asks for that. Another text in the same form is another request.
pub(super) fn name(form: &Form, asked: &str) -> Result<String, Problem> {
    let key = form.get("key");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if key.is_empty() || key.len() > 64 || !key.bytes().all(plain) {
        let detail = "This form has no key of ours, and nothing was done. Load the page anew.";
        return Err(Problem::bad_request("console.no-key", detail));
    }
    let digest = HEXLOWER.encode(&Sha256::digest(asked.as_bytes()));
    let short: String = digest.chars().take(16).collect();
    Ok(format!("page.{key}.{short}"))
}

/// The request to the API for a form that asks for that.
pub(super) fn asked(form: &Form, asked: &Value) -> Result<(HeaderMap, Body), Problem> {
    let text = asked.to_string();
    let name = name(form, &text)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(HeaderName::from_static("idempotency-key"), name);
    }
    Ok((headers, Body::from(text)))
}

/// What the API answered, or its refusal.
pub(super) async fn said(answer: Result<Response, Problem>) -> Result<Value, Problem> {
    let response = answer?;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), LONGEST).await;
    let bytes = bytes.map_err(|error| broken(&error))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
    if status.is_success() {
        return Ok(value);
    }
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let errors = value["errors"].as_array().into_iter().flatten();
    let errors = errors.map(|error| FieldError {
        pointer: text(error, "pointer"),
        detail: text(error, "detail"),
    });
    let mut problem = Problem::new(status, "console.refused", text(&value, "detail"));
    problem.errors = errors.collect();
    Err(problem)
}

fn broken(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "an answer of the API cannot be read");
    let detail = "It is not known what became of this: look at what it was about.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "api.broken", detail)
}

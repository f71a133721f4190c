//! Refusals: RFC 9457 (`application/problem+json`), with our members `code` and `errors`.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// A refusal, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
    /// Stable code, for programs ("api.invalid").
    code: &'static str,
    /// What is wrong with single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer of the field (RFC 6901); a position in native bytes for messages of partners.
    pub(crate) pointer: String,
    /// What is wrong, and what to do.
    pub(crate) detail: String,
}

/// A refusal under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "api.not-found", detail)
    }

    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// The fields that are wrong.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let first = errors.first();
        let detail = first.map_or_else(String::new, |e| match e.pointer.as_str() {
            "" => e.detail.clone(),
            pointer => format!("{pointer}: {}", e.detail),
        });
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "api.invalid", detail);
        problem.errors = errors;
        problem
    }

    pub(crate) fn later(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "api.not-now", detail);
        problem.retry_after = Some(Duration::from_secs(2));
        problem
    }

    fn document(&self) -> ProblemDocument {
        ProblemDocument {
            title: self.status.canonical_reason().unwrap_or("error"),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            errors: self.errors.clone(),
        }
    }

    pub(crate) fn body(&self) -> String {
        serde_json::to_string(&self.document()).unwrap_or_default()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a request cannot be answered now");
        match error {
            StoreError::Unavailable(_) => Self::later("the store cannot be reached: ask again"),
            StoreError::Broken(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "api.broken",
                "the store refuses: the log of the sidecar says why",
            ),
        }
    }
}

/// Media type of problems.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // The pages show it to people instead.
        response.extensions_mut().insert(self);
        response
    }
}

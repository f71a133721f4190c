//! Answers of both servers: a document, or a refusal with a code.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What a request came to when it went well.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Value,
}

impl Done {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn created(location: String, body: Value) -> Self {
        Self {
            status: StatusCode::CREATED,
            headers: vec![(header::LOCATION, location)],
            body,
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request understood and not carried out.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    target: Option<&'static str>,
    headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MALFORMED", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// Understood, and against a rule of the business.
    pub(crate) fn rule(
        code: &'static str,
        target: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
        Self {
            target: Some(target),
            ..refusal
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

fn respond(status: StatusCode, headers: Vec<(HeaderName, String)>, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        respond(self.status, self.headers, self.body)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (Some(target), Value::Object(members)) = (self.target, &mut error) {
            members.insert("target".to_owned(), target.into());
        }
        respond(self.status, self.headers, json!({ "error": error }))
    }
}

/// Reads a JSON body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::malformed(error.to_string()))
}

/// Reads a JSON value into the type it should have.
pub(crate) fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    T::deserialize(value).map_err(|error| Refusal::malformed(error.to_string()))
}

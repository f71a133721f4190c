//! Answers to senders: 202, or a problem document.
//!
//! Format: RFC 9457 (`application/problem+json`), with our members `code` and `place`.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use connector::Answer;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    place: &'a str,
}

/// What a connector said, as a response.
pub(super) fn of_answer(answer: Answer, truncated: bool) -> Response {
    match answer {
        Answer::Later(wait) => later(wait, "it could not be stored now: send it again"),
        Answer::Accepted | Answer::Refused { .. } if truncated => {
            let detail = "the body is longer than this path takes; its beginning was kept";
            problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "sidecar.too-large",
                detail,
                "",
            )
        }
        Answer::Accepted => StatusCode::ACCEPTED.into_response(),
        Answer::Refused {
            status,
            code,
            detail,
            place,
        } => {
            let status = StatusCode::from_u16(status)
                .ok()
                .filter(StatusCode::is_client_error)
                .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            problem(status, &code, &detail, &place)
        }
    }
}

/// 503 with `Retry-After` in whole seconds.
pub(super) fn later(wait: Duration, detail: &str) -> Response {
    let mut response = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "sidecar.not-now",
        detail,
        "",
    );
    let seconds = wait.as_secs().max(1);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A problem document.
pub(super) fn problem(status: StatusCode, code: &str, detail: &str, place: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("error");
    let document = Problem {
        title,
        status: status.as_u16(),
        detail,
        code,
        place,
    };
    let body = serde_json::to_vec(&document).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

//! What is asked: bodies, queries and paths, read with limits, and refused with the field that is wrong.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query, RawPathParams};
use bytes::{Bytes, BytesMut};
use data_encoding::BASE64;
use futures_util::StreamExt as _;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::problem::{FieldError, Problem};

/// How long a sender may take for its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a JSON body of at most `max` bytes.
pub(crate) async fn json(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Problem> {
    let media = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media = media
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    if media != "application/json" && !media.ends_with("+json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "api.media-type",
            "send JSON, and say so: Content-Type: application/json",
        ));
    }
    taken(body, max).await
}

/// Takes a body of at most `max` bytes.
pub(crate) async fn taken(body: Body, max: usize) -> Result<Bytes, Problem> {
    tokio::time::timeout(PATIENCE, whole(body, max))
        .await
        .map_err(|_| {
            let status = StatusCode::REQUEST_TIMEOUT;
            Problem::new(status, "api.slow-body", "the body took too long")
        })?
}

async fn whole(body: Body, max: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk
            .map_err(|_| Problem::bad_request("api.cut-body", "the body did not come whole"))?;
        if bytes.len() + chunk.len() > max {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "api.too-large",
                format!("the body is longer than {max} bytes ([api] max_body_bytes)"),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Reads an object, or names the field that is wrong.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Readers of objects would take their members in an array too, by their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid(vec![FieldError {
            pointer: String::new(),
            detail: "an array: an object is expected".to_owned(),
        }]));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path().iter());
        let inner = error.into_inner();
        if inner.is_data() {
            return Problem::invalid(vec![FieldError {
                pointer,
                detail: inner.to_string(),
            }]);
        }
        Problem::bad_request("api.not-json", format!("not JSON: {inner}"))
    })?;
    reader
        .end()
        .map_err(|error| Problem::bad_request("api.not-json", format!("not JSON: {error}")))?;
    without_nul(bytes)?;
    Ok(value)
}

/// No text has a NUL in it: PostgreSQL keeps none.
fn without_nul(bytes: &[u8]) -> Result<(), Problem> {
    let may_have = bytes.windows(6).any(|six| six == br"\u0000");
    let value = may_have.then(|| serde_json::from_slice::<Value>(bytes).ok());
    match value.flatten().as_ref().and_then(place_of_nul) {
        None => Ok(()),
        Some(pointer) => Err(Problem::invalid(vec![FieldError {
            pointer,
            detail: "a text has no NUL in it".to_owned(),
        }])),
    }
}

/// JSON pointer of the first text with a NUL. It is no deeper than the parser allows.
fn place_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| place_of_nul(item).map(|rest| format!("/{index}{rest}"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let here = name.contains('\0').then(String::new);
            let rest = here.or_else(|| place_of_nul(member))?;
            let name = name.replace('~', "~0").replace('/', "~1");
            Some(format!("/{}{rest}", name.replace('\0', "\u{fffd}")))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Nor has a query.
pub(crate) fn query_without_nul(uri: &Uri) -> Result<(), Problem> {
    if uri.query().is_some_and(|query| query.contains("%00")) {
        return Err(Problem::bad_request(
            "api.query",
            "a query has no NUL in it",
        ));
    }
    Ok(())
}

/// A reason is given, and not too long.
pub(crate) fn reason(text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() || text.chars().count() > 500 {
        return Err(Problem::invalid(vec![FieldError {
            pointer: "/reason".to_owned(),
            detail: "say why, in 1 to 500 characters".to_owned(),
        }]));
    }
    Ok(())
}

/// A note that may be empty, in that member.
pub(crate) fn note(pointer: &str, text: &str) -> Result<(), Problem> {
    let is_control = |c: char| c.is_control() && c != '\n';
    if text.chars().count() > 500 || text.contains(is_control) {
        return Err(Problem::invalid(vec![FieldError {
            pointer: pointer.to_owned(),
            detail: "it is longer than 500 characters, or has control characters in it".to_owned(),
        }]));
    }
    Ok(())
}

/// A JSON pointer (RFC 6901).
fn pointer<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
    let mut pointer = String::new();
    for segment in path {
        let text = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&text);
    }
    pointer
}

/// The query, or a problem.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|error| Problem::bad_request("api.query", error.body_text()))
    }
}

/// The name in the path, or a problem.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(name) = path.map_err(|_| no_name())?;
        named(&name)?;
        Ok(Self(name))
    }
}

/// The name in the path; empty where the route has none.
pub(crate) async fn named_if_any<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<String, Problem> {
    let names = RawPathParams::from_request_parts(parts, state).await;
    if names.is_ok_and(|names| names.iter().next().is_none()) {
        return Ok(String::new());
    }
    let Named(name) = Named::from_request_parts(parts, state).await?;
    Ok(name)
}

/// The name in the path and a position after it, or a problem.
pub(crate) struct Placed(pub(crate) String, pub(crate) usize);

impl<S: Send + Sync> FromRequestParts<S> for Placed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((name, place)) = path.map_err(|_| no_name())?;
        named(&name)?;
        let place = place
            .parse()
            .map_err(|_| Problem::not_found("positions are whole numbers from 0"))?;
        Ok(Self(name, place))
    }
}

/// Nothing has a name with a NUL in it: PostgreSQL keeps none.
fn named(name: &str) -> Result<(), Problem> {
    if name.contains('\0') {
        return Err(no_name());
    }
    Ok(())
}

fn no_name() -> Problem {
    Problem::not_found("the path has no text in it that could be a name: %00, or what is not UTF-8")
}

/// The bytes of a message, told as text or in base64.
pub(crate) fn bytes(text: Option<&str>, base64: Option<&str>) -> Result<Bytes, Problem> {
    let wrong = |pointer: &str, detail: &str| {
        Problem::invalid(vec![FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        }])
    };
    match (text, base64) {
        (Some(text), None) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        (None, Some(text)) => match BASE64.decode(text.as_bytes()) {
            Ok(bytes) => Ok(Bytes::from(bytes)),
            Err(_) => Err(wrong("/base64", "it is not base64")),
        },
        _ => Err(wrong("/text", "give text or base64, and not both")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_named_by_its_pointer() {
        #[derive(Debug, serde::Deserialize)]
        struct Line {
            #[expect(dead_code, reason = "only read")]
            qty: u32,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Whole {
            #[expect(dead_code, reason = "only read")]
            lines: Vec<Line>,
        }
        let problem = read::<Whole>(br#"{"lines":[{"qty":1},{"qty":"x"}]}"#).unwrap_err();
        assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem.errors[0].pointer, "/lines/1/qty");
        let problem = read::<Whole>(b"{").unwrap_err();
        assert_eq!(problem.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            read::<Whole>(br#"{"lines":[]} x"#).unwrap_err().code,
            "api.not-json"
        );
    }
}

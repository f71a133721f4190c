//! `Idempotency-Key`: a request is done once, and answered the same for ever.
//!
//! Source: draft-ietf-httpapi-idempotency-key-header-07; a key is of one tenant and one route. The first request notes
//! its key before it begins and its answer when it has ended. What it does is written under the same name, so that a
//! request whose process died is taken up by the next one, and done once all the same. Notes are never dropped: keys that
//! may have moved money do not expire.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use canonical::MessageKey;
use data_encoding::HEXLOWER;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{NoteName, Store, StoreError};

use crate::api::App;
use crate::gate::Caller;
use crate::problem::{MEDIA_TYPE, Problem};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key.
const LONGEST: usize = 255;
/// How long a request may take before another one with its key takes it up, on top of what it waits.
const LEASE: Duration = Duration::from_secs(30);

/// An answer, as it is given and as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// JSON.
    pub(crate) body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
}

impl Answer {
    pub(crate) fn json<T: Serialize>(status: StatusCode, body: &T) -> Self {
        Self {
            status: status.as_u16(),
            body: serde_json::to_string(body).unwrap_or_default(),
            headers: BTreeMap::new(),
        }
    }

    pub(crate) fn with(mut self, header: &str, value: impl Into<String>) -> Self {
        self.headers.insert(header.to_owned(), value.into());
        self
    }

    fn of_problem(problem: &Problem) -> Self {
        Self {
            status: problem.status.as_u16(),
            body: problem.body(),
            headers: BTreeMap::from([(CONTENT_TYPE.to_string(), MEDIA_TYPE.to_owned())]),
        }
    }

    pub(crate) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// What is noted under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// Of path and payload.
    digest: String,
    /// Until when the request that noted it may be at work.
    until: Timestamp,
    /// Its answer, when it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
}

/// A request that is to be done once.
pub(crate) struct Request<'a> {
    pub(crate) app: Arc<App>,
    pub(crate) caller: &'a Caller,
    /// Method and path template.
    pub(crate) route: &'static str,
    /// What the path names; empty if nothing.
    pub(crate) of: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) payload: &'a [u8],
    /// How long the answer waits for what follows.
    pub(crate) waits: Duration,
}

/// A request that is being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doing {
    /// Its name, under which what it does is written.
    pub(crate) name: MessageKey,
    /// An earlier one with this key was begun and not ended: what it did is found done.
    pub(crate) again: bool,
}

enum Begun {
    Doing(Doing),
    Ended(Answer),
    Refused(Problem),
}

/// Does what is asked for unless it was done, and answers. The work goes on if the caller hangs up meanwhile.
pub(crate) async fn once<W, F>(request: Request<'_>, work: W) -> Result<Response, Problem>
where
    W: FnOnce(Doing) -> F,
    F: Future<Output = Result<Answer, Problem>> + Send + 'static,
{
    let key = key(request.headers)?.ok_or_else(missing)?;
    let tenant = &request.caller.0.tenant;
    let name = noted(request.caller, request.route, &key);
    let named = MessageKey::derive(&["api", tenant, request.route, &key]);
    let now = request.app.api.clock.now();
    let lease = SignedDuration::try_from(LEASE + request.waits).unwrap_or(SignedDuration::MAX);
    let note = Note {
        digest: digest(request.of, request.payload),
        until: now.saturating_add(lease).unwrap_or(now),
        answer: None,
    };
    let doing = match begin(request.app.store(), &name, &note, named, now).await? {
        Begun::Doing(doing) => doing,
        Begun::Ended(answer) => {
            let mut response = answer.response();
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
            return Ok(response);
        }
        Begun::Refused(problem) => return Err(problem),
    };
    let app = Arc::clone(&request.app);
    let work = work(doing);
    let ended = tokio::spawn(async move {
        let answer = match work.await {
            Ok(answer) => answer,
            // Nothing is known to be done: the same key may try again at once.
            Err(problem) if problem.status.is_server_error() => {
                app.store().drop_note(name).await?;
                return Err(problem);
            }
            Err(problem) => Answer::of_problem(&problem),
        };
        keep(app.store(), name, note, &answer).await?;
        Ok(answer.response())
    });
    ended.await.unwrap_or_else(|_| {
        Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api.broken",
            "the request broke: send it again under the same key",
        ))
    })
}

fn noted(caller: &Caller, route: &str, key: &str) -> NoteName {
    NoteName {
        // No connector may be called so.
        owner: format!("api/{}", caller.0.tenant),
        space: route.to_owned(),
        key: key.to_owned(),
    }
}

async fn begin(
    store: &dyn Store,
    name: &NoteName,
    note: &Note,
    named: MessageKey,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let text = serde_json::to_string(note).unwrap_or_default();
    let Some(there) = store.claim_note(name.clone(), text.clone()).await? else {
        return Ok(Begun::Doing(Doing {
            name: named,
            again: false,
        }));
    };
    let there: Note =
        serde_json::from_str(&there).map_err(|error| StoreError::Broken(error.to_string()))?;
    if there.digest != note.digest {
        return Ok(Begun::Refused(reused()));
    }
    if let Some(answer) = there.answer {
        return Ok(Begun::Ended(answer));
    }
    if now < there.until {
        let mut problem = Problem::conflict(
            "api.idempotency-key-in-progress",
            "the request with this Idempotency-Key is being done: ask again for its answer",
        );
        problem.retry_after = Some(Duration::from_secs(1));
        return Ok(Begun::Refused(problem));
    }
    // Two may take it up at once: what they do is written under the same name, once.
    store.put_note(name.clone(), text).await?;
    Ok(Begun::Doing(Doing {
        name: named,
        again: true,
    }))
}

async fn keep(
    store: &dyn Store,
    name: NoteName,
    mut note: Note,
    answer: &Answer,
) -> Result<(), StoreError> {
    note.answer = Some(answer.clone());
    let text = serde_json::to_string(&note).unwrap_or_default();
    store.put_note(name, text).await
}

/// The key of a request, if it has one: a quoted string, as the draft says, or the bare text, as most send it.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let plain = key
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if key.trim().is_empty() || key.len() > LONGEST || !plain || values.next().is_some() {
        return Err(Problem::bad_request(
            "api.idempotency-key",
            format!("an Idempotency-Key is one text of 1 to {LONGEST} printable ASCII characters"),
        ));
    }
    Ok(Some(key.to_owned()))
}

/// There is no key.
pub(crate) fn missing() -> Problem {
    Problem::bad_request(
        "api.idempotency-key-missing",
        "give an Idempotency-Key of your own, the same when you send this request again",
    )
}

/// The key stands for another request.
pub(crate) fn reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "api.idempotency-key-reused",
        "this Idempotency-Key was used for another request: give each request its own",
    )
}

/// Of what is asked for: equal for JSON that says the same.
fn digest(of: &str, payload: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update((of.len() as u64).to_be_bytes());
    hash.update(of.as_bytes());
    match serde_json::from_slice::<serde_json::Value>(payload) {
        Ok(value) => hash.update(value.to_string().as_bytes()),
        Err(_) => hash.update(payload),
    }
    HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(text: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", text.parse().unwrap());
        key(&headers)
    }

    #[test]
    fn keys_come_quoted_or_bare() {
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        assert_eq!(key_of("\"a b\"").unwrap().as_deref(), Some("a b"));
        assert_eq!(key_of("a-1").unwrap().as_deref(), Some("a-1"));
        assert!(key_of("\"\"").is_err());
        assert!(key_of(&"x".repeat(256)).is_err());
        assert!(key_of(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn the_digest_is_of_what_is_said() {
        assert_eq!(
            digest("", br#"{"a":1,"b":[2]}"#),
            digest("", br#"{ "b": [2], "a": 1 }"#)
        );
        assert_ne!(digest("", br#"{"a":1}"#), digest("", br#"{"a":2}"#));
        assert_ne!(digest("x", b"{}"), digest("y", b"{}"));
    }
}

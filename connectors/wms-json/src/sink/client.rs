//! One HTTP request with limits: connect and total timeout, size of the answer, no redirection, no retry.

use std::time::Duration;

use connector::Failure;
use jiff::SignedDuration;
use reqwest::{RequestBuilder, Response, StatusCode, header};
use secrecy::ExposeSecret;
use url::Url;

use super::retry_after::retry_after;
use crate::config::Auth;
use crate::failures;

/// Largest answer that is read, unless the block says otherwise.
pub(crate) const MAX_ANSWER: usize = 1024 * 1024;

/// A client for one partner.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    auth: Auth,
    max_bytes: usize,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// How long the partner asks us to wait.
    pub(crate) wait: Option<Duration>,
    /// True when the partner says that it had it before.
    pub(crate) duplicate: bool,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(
        auth: Auth,
        connect: SignedDuration,
        total: SignedDuration,
        max_bytes: usize,
    ) -> Result<Self, Failure> {
        let span =
            |span: SignedDuration| Duration::try_from(span).unwrap_or(Duration::from_secs(20));
        let http = reqwest::Client::builder()
            .connect_timeout(span(connect))
            .timeout(span(total))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("backhaul/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Failure::misconfigured(failures::MISCONFIGURED, format!("no HTTP client: {error}"))
            })?;
        Ok(Self {
            http,
            auth,
            max_bytes,
        })
    }

    /// Posts JSON with our key.
    pub(crate) async fn post(&self, url: Url, key: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let request = self
            .http
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(body);
        self.exchange(request, true).await
    }

    /// Gets JSON.
    pub(crate) async fn get(&self, url: Url) -> Result<Answer, Failure> {
        self.exchange(self.http.get(url), false).await
    }

    async fn exchange(&self, request: RequestBuilder, changes: bool) -> Result<Answer, Failure> {
        let request = request.header(header::ACCEPT, "application/json");
        let request = match &self.auth {
            Auth::None => request,
            Auth::Bearer { token } => request.bearer_auth(token.expose_secret()),
            Auth::Basic { user, password } => {
                request.basic_auth(user, Some(password.expose_secret()))
            }
            Auth::Header { name, value } => request.header(name, value.expose_secret()),
        };
        let lost = |error: &reqwest::Error| lost(error, changes);
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let mut answer = Answer {
            status: response.status(),
            wait: wait(&response),
            duplicate: response
                .headers()
                .get("x-duplicate")
                .is_some_and(|v| v == "true"),
            body: Vec::new(),
        };
        while let Some(part) = response.chunk().await.map_err(|error| lost(&error))? {
            if answer.body.len() + part.len() > self.max_bytes {
                let what = format!("the answer is larger than {} bytes", self.max_bytes);
                return Err(unknown(failures::UNREADABLE_ANSWER, what, changes));
            }
            answer.body.extend_from_slice(&part);
        }
        Ok(answer)
    }
}

/// A failure after which nothing is known; of a request that changes nothing, nothing is lost.
fn unknown(code: &'static str, what: String, changes: bool) -> Failure {
    if changes {
        Failure::in_doubt(code, what)
    } else {
        Failure::unavailable(code, what)
    }
}

/// What a request without an answer means. Only one that found no connection was surely not sent.
fn lost(error: &reqwest::Error, changes: bool) -> Failure {
    let place = error
        .url()
        .map_or("the partner", |url| url.host_str().unwrap_or("the partner"));
    if error.is_builder() {
        let what = format!("the request to {place} cannot be made: {}", cause(error));
        Failure::misconfigured(failures::MISCONFIGURED, what)
    } else if error.is_connect() {
        let what = format!("{place} cannot be reached: {}", cause(error));
        Failure::unavailable(failures::UNREACHABLE, what)
    } else {
        let why = if error.is_timeout() {
            "it took too long".to_owned()
        } else {
            cause(error)
        };
        unknown(
            failures::NO_ANSWER,
            format!("{place} gave no answer: {why}"),
            changes,
        )
    }
}

/// The innermost cause, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn wait(response: &Response) -> Option<Duration> {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    retry_after(text(header::RETRY_AFTER)?, text(header::DATE))
}

/// The address: the path below the base, with values put into its braces, escaped.
pub(crate) fn address(base: &Url, path: &str, values: &[(&str, &str)]) -> Result<Url, Failure> {
    let base = base.as_str().trim_end_matches('/');
    fill(&format!("{base}/{}", path.trim_start_matches('/')), values)
}

/// A template with values put into its braces, escaped.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> Result<Url, Failure> {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), &escaped(value));
    }
    Url::parse(&text).map_err(|error| {
        Failure::misconfigured(
            failures::MISCONFIGURED,
            format!("{template:?} is no address: {error}"),
        )
    })
}

/// Escapes everything but letters, digits, `-`, `_` and, inside, `.`; safe in paths and in queries.
fn escaped(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    // A value of dots alone would climb out of its path.
    let dots = value.bytes().all(|b| b == b'.');
    value
        .bytes()
        .map(|b| {
            if plain(b) && !dots {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place() {
        let base: Url = "https://wms.example/api/".parse().unwrap();
        let at = |rma: &str| {
            address(
                &base,
                "asn/{rma}/cancel?k={key}",
                &[("rma", rma), ("key", "a&b")],
            )
            .unwrap()
            .to_string()
        };
        assert_eq!(
            at("RMA-1.0"),
            "https://wms.example/api/asn/RMA-1.0/cancel?k=a%26b"
        );
        assert_eq!(
            at("../x?y#z"),
            "https://wms.example/api/asn/..%2Fx%3Fy%23z/cancel?k=a%26b"
        );
        assert!(!at("..").contains("/../"));
    }
}

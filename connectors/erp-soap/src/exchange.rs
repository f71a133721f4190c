//! One request and its answer. The only I/O of this connector.

use std::error::Error;
use std::sync::Arc;

use connector::Failure;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder};
use url::Url;

use crate::classify::{Reply, Verdict, classify, harmless};
use crate::config::Options;
use crate::failures;
use crate::login::Login;
use crate::profile::{Call, Profile};
use crate::wire::Version;

/// An answer longer than this is not read to its end.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The way to one ERP.
pub(crate) struct Exchange {
    client: Client,
    url: Url,
    login: Login,
    version: Version,
    profile: Arc<Profile>,
}

/// A call to be made.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) call: &'a Call,
    /// The envelope without its security header.
    pub(crate) envelope: &'a [u8],
    /// Our key, by which result lines are told apart.
    pub(crate) key: &'a str,
    /// The session that it belongs to.
    pub(crate) session: Option<&'a HeaderValue>,
}

impl Exchange {
    /// Made ready; nothing is connected yet.
    pub(crate) fn new(
        options: Options,
        profile: Arc<Profile>,
        version: Version,
    ) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::misconfigured(failures::BAD_CONFIGURATION, what);
        let timeout = options
            .timeout()
            .ok_or_else(|| wrong("timeout is not above zero".into()))?;
        let connect = options.connect_timeout().unwrap_or(timeout);
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(connect)
            // A repeated request is the router's decision, and an answer from elsewhere proves nothing.
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()
            .map_err(|error| wrong(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self {
            client,
            url: options.url,
            login: Login::new(&options.auth, options.ws_security)?,
            version,
            profile,
        })
    }

    /// Host and port, for people.
    pub(crate) fn authority(&self) -> &str {
        self.url.authority()
    }

    /// Asks something that changes nothing. Whatever fails, nothing was changed.
    pub(crate) async fn read(&self, question: Question<'_>) -> Result<Verdict, Failure> {
        let reply = self.ask(question).await.map_err(harmless)?;
        match classify(&reply, &self.profile, question.key) {
            Verdict::Failed(failure) => Err(harmless(failure)),
            verdict => Ok(verdict),
        }
    }

    /// Asks something that changes something. Sent once; gives the session that the ERP opened for it, too.
    pub(crate) async fn change(
        &self,
        question: Question<'_>,
    ) -> Result<(Verdict, Option<HeaderValue>), Failure> {
        let reply = self.ask(question).await?;
        let session = if self.profile.session {
            session(&reply.headers)
        } else {
            None
        };
        Ok((classify(&reply, &self.profile, question.key), session))
    }

    async fn ask(&self, question: Question<'_>) -> Result<Reply, Failure> {
        let url = self.address(&question.call.path)?;
        let envelope = self.login.sign(question.envelope, self.version)?;
        let action = &question.call.action;
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, self.version.content_type(action))
            .header(ACCEPT, "text/xml, application/soap+xml, multipart/related");
        if let Some(action) = self.version.action_header(action) {
            request = request.header("SOAPAction", action);
        }
        if let Some(login) = self.login.header() {
            request = request.header(AUTHORIZATION, login);
        }
        if let Some(session) = question.session {
            request = request.header(COOKIE, session);
        }
        exchange(request.body(envelope)).await
    }

    fn address(&self, path: &str) -> Result<Url, Failure> {
        if path.is_empty() {
            return Ok(self.url.clone());
        }
        let mut url = self.url.clone();
        let whole = format!("{}{path}", self.url.path().trim_end_matches('/'));
        url.set_path(&whole);
        if url.origin() == self.url.origin() {
            Ok(url)
        } else {
            let message = format!("{path:?} leads to another host");
            Err(Failure::misconfigured(failures::BAD_CONFIGURATION, message))
        }
    }
}

/// Names and values of the cookies that an answer sets.
fn session(headers: &HeaderMap) -> Option<HeaderValue> {
    let pairs: Vec<&str> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .collect();
    let mut header = HeaderValue::from_str(&pairs.join("; ")).ok()?;
    header.set_sensitive(true);
    (!header.is_empty()).then_some(header)
}

/// Sends a request and reads its answer to the end.
///
/// - No connection: `Unavailable`, nothing was sent.
/// - Anything later: `InDoubt`, the other side may have read it all.
async fn exchange(request: RequestBuilder) -> Result<Reply, Failure> {
    let mut response = request.send().await.map_err(|error| lost(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            let message = format!("the answer is longer than {MAX_ANSWER} bytes");
            return Err(Failure::in_doubt(failures::GARBAGE, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status,
        headers,
        body,
    })
}

fn lost(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        let message = format!("the request cannot be made: {}", causes(error));
        return Failure::misconfigured(failures::BAD_CONFIGURATION, message);
    }
    if error.is_connect() {
        let message = format!("no connection, nothing was sent: {}", causes(error));
        return Failure::unavailable(failures::UNREACHABLE, message);
    }
    let message = format!("sent, but the answer was not received: {}", causes(error));
    Failure::in_doubt(failures::ANSWER_LOST, message)
}

/// The innermost cause says what happened; the address is not repeated.
fn causes(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    if error.is_timeout() {
        "time ran out".to_owned()
    } else {
        innermost.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_what_the_cookies_say() {
        let mut headers = HeaderMap::new();
        assert_eq!(session(&headers), None);
        for cookie in ["sap-contextid=SID%3a1; path=/; secure", "sap-usercontext=c"] {
            headers.append(SET_COOKIE, cookie.parse().unwrap());
        }
        let session = session(&headers).unwrap();
        assert_eq!(session, "sap-contextid=SID%3a1; sap-usercontext=c");
        assert!(session.is_sensitive());
    }
}

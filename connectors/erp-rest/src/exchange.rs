//! One request and its answer: connection, login, token against forged requests. The only I/O of this connector.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use connector::Failure;
use http::header::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Client, RequestBuilder};
use url::Url;

use crate::auth::Auth;
use crate::classify::{Reply, Verdict, classify, harmless};
use crate::config::Options;
use crate::csrf::Csrf;
use crate::failures;
use crate::profile::Profile;
use crate::template::{self, Values};

/// An answer longer than this is not read to its end.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The way to one ERP.
pub(crate) struct Exchange {
    client: Client,
    base: Url,
    auth: Auth,
    csrf: Csrf,
    headers: HeaderMap,
    profile: Arc<Profile>,
}

/// A request that changes something.
pub(crate) struct Change<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) if_match: Option<&'a str>,
    pub(crate) body: Option<&'a [u8]>,
}

impl Exchange {
    /// Made ready; nothing is connected yet.
    pub(crate) fn new(options: Options, profile: Arc<Profile>) -> Result<Self, Failure> {
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
        let vars = options.vars.iter();
        let vars = vars.map(|(name, value)| (name.as_str(), value.as_str()));
        let values = Values::new(vars.collect(), &profile.texts);
        Ok(Self {
            auth: Auth::new(options.auth, &options.base_url)?,
            csrf: Csrf::default(),
            headers: headers(&profile.headers, &values)?,
            base: options.base_url,
            client,
            profile,
        })
    }

    /// An address of ours: a path behind `base_url`.
    pub(crate) fn ours(&self, path: &str) -> Result<Url, Failure> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        text.parse().map_err(|error| {
            let message = format!("{text:?} is not an address: {error}");
            Failure::misconfigured(failures::WRONG_ADDRESS, message)
        })
    }

    /// An address that the ERP gave. `None` when it leads to another host: our credentials do not go there.
    pub(crate) fn theirs(&self, address: &str) -> Option<Url> {
        let url = self.base.join(address).ok()?;
        (url.origin() == self.base.origin()).then_some(url)
    }

    /// Reads. Whatever fails, nothing was changed.
    pub(crate) async fn read(&self, url: Url) -> Result<(Reply, Verdict), Failure> {
        let mut renewed = false;
        loop {
            let login = self.auth.header(&self.client).await?;
            let request = self.prepare(Method::GET, url.clone(), login.as_ref());
            let reply = exchange(request).await.map_err(harmless)?;
            match classify(&reply, &self.profile) {
                Verdict::LoginNeeded(failure) => {
                    if renewed || !self.forget(login.as_ref()).await {
                        return Err(failure);
                    }
                    renewed = true;
                }
                Verdict::Failed(failure) => return Err(harmless(failure)),
                verdict => return Ok((reply, verdict)),
            }
        }
    }

    /// Sends a change. It is sent a second time only after an answer that says it was surely not applied: once for a login
    /// that ran out, once for a token against forged requests.
    pub(crate) async fn change(&self, change: Change<'_>) -> Result<(Reply, Verdict), Failure> {
        let (mut renewed, mut fetched) = (false, false);
        loop {
            let login = self.auth.header(&self.client).await?;
            let mut request =
                self.prepare(change.method.clone(), change.url.clone(), login.as_ref());
            request = request.headers(change.headers.clone());
            if let Some(csrf) = self.csrf(login.as_ref()).await? {
                request = request.headers(csrf);
            }
            if let Some(etag) = change.if_match {
                request = request.header(IF_MATCH, etag);
            }
            if let Some(body) = change.body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.to_vec());
            }
            let reply = exchange(request).await?;
            match classify(&reply, &self.profile) {
                Verdict::LoginNeeded(failure) => {
                    if renewed || !self.forget(login.as_ref()).await {
                        return Err(failure);
                    }
                    renewed = true;
                }
                Verdict::CsrfNeeded if !fetched && self.profile.csrf.is_some() => {
                    self.csrf.forget().await;
                    fetched = true;
                }
                Verdict::CsrfNeeded => {
                    let message =
                        "the ERP wants a token against forged requests, also after a fresh one";
                    return Err(Failure::misconfigured(failures::FORBIDDEN, message));
                }
                verdict => return Ok((reply, verdict)),
            }
        }
    }

    fn prepare(
        &self,
        method: Method,
        url: Url,
        login: Option<&(HeaderName, HeaderValue)>,
    ) -> RequestBuilder {
        let request = self
            .client
            .request(method, url)
            .header(ACCEPT, "application/json");
        let request = request.headers(self.headers.clone());
        match login {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }

    async fn forget(&self, login: Option<&(HeaderName, HeaderValue)>) -> bool {
        match login {
            Some((_, value)) => self.auth.forget(value).await,
            None => false,
        }
    }

    /// Headers with the token against forged requests, if this ERP wants one.
    async fn csrf(
        &self,
        login: Option<&(HeaderName, HeaderValue)>,
    ) -> Result<Option<HeaderMap>, Failure> {
        let Some(rules) = &self.profile.csrf else {
            return Ok(None);
        };
        let url = self.ours(&rules.path)?;
        let ask = || {
            self.prepare(Method::GET, url, login)
                .header(&rules.header, &rules.fetch)
        };
        self.csrf.headers(rules, ask).await.map(Some)
    }
}

/// Sends a request and reads its answer to the end.
///
/// - No connection: `Unavailable`, nothing was sent.
/// - Anything later: `InDoubt`, the other side may have read it all.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Reply, Failure> {
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

fn headers(
    templates: &BTreeMap<String, String>,
    values: &Values<'_>,
) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, template) in templates {
        let wrong = |what: &str| {
            let message = format!("header {name:?} of the profile: {what}");
            Failure::misconfigured(failures::BAD_CONFIGURATION, message)
        };
        let value = template::header(template, values)
            .map_err(|missing| wrong(&format!("{{{missing}}} has no value")))?;
        let parsed: HeaderName = name.parse().map_err(|_| wrong("it is not a header name"))?;
        headers.insert(
            parsed,
            value
                .parse()
                .map_err(|_| wrong("its value is not a header"))?,
        );
    }
    Ok(headers)
}

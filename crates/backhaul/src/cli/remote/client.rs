//! HTTP to the API of a sidecar.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use canonical::MessageKey;
use jiff::Timestamp;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::Ended;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: the proof of a long audit takes its time.
const WHOLE: Duration = Duration::from_mins(5);
/// Tries of what did not reach the sidecar, or came while it could not.
const TRIES: usize = 3;
/// Longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;
/// Rows of a page.
const PAGE: usize = 200;

/// A running sidecar.
#[derive(Debug)]
pub(in crate::cli) struct Sidecar {
    base: Url,
    token: String,
    client: Client,
}

/// What a query says.
pub(in crate::cli) type Query<'a> = Vec<(&'a str, String)>;

/// What is asked of these; what is not said is not asked.
pub(in crate::cli) fn given(sides: &[(&'static str, &Option<String>)]) -> Query<'static> {
    let said = sides.iter();
    said.filter_map(|(name, said)| Some((*name, said.as_ref()?.clone())))
        .collect()
}

/// Why there is no answer, and whether asking again may help.
struct Refused {
    ended: Ended,
    is_passing: bool,
}

impl Sidecar {
    /// The one at that address. The token goes there and nowhere else: no redirect is followed.
    /// An address that is none is not repeated: there may be a password in it.
    pub(in crate::cli) fn at(url: &str, token: &str, ca: Option<&[u8]>) -> Result<Self, Ended> {
        let base = Url::parse(url.trim()).ok().filter(|url| {
            let is_http = matches!(url.scheme(), "http" | "https");
            is_http && url.username().is_empty() && url.password().is_none()
        });
        let Some(base) = base else {
            return Err(Ended::Wrong(
                "--url (or BACKHAUL_URL) is no address of an API: write http:// or https://, host and port, without a name and password"
                    .to_owned(),
            ));
        };
        let wrong = |error: reqwest::Error| Ended::Wrong(format!("the certificates: {error}"));
        let mut client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("backhaul/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = ca {
            let all = reqwest::Certificate::from_pem_bundle(pem).map_err(wrong)?;
            if all.is_empty() {
                let what = "there is no certificate (PEM) in the file of --ca";
                return Err(Ended::Wrong(what.to_owned()));
            }
            client = client.tls_certs_merge(all);
        }
        Ok(Self {
            base,
            token: token.to_owned(),
            client: client.build().map_err(wrong)?,
        })
    }

    fn address(&self, path: &[&str], query: &[(&str, String)]) -> Result<Url, Ended> {
        // Such a name is no segment of a path, but a way through it.
        if path.iter().any(|name| matches!(*name, "" | "." | "..")) {
            return Err(Ended::Refused("nothing has that name".to_owned()));
        }
        let mut url = self.base.clone();
        url.set_query(None);
        url.path_segments_mut()
            .map_err(|()| Ended::Wrong(format!("{} is no address of an API", self.base)))?
            .pop_if_empty()
            .push("v1")
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Reads something.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Value, Ended> {
        let url = self.address(path, query)?;
        let text = self.tried(&url, None).await?;
        read(&url, &text)
    }

    /// Reads one thing, which says its own name in that member: another route may be at the path of a name that there is not.
    pub(super) async fn one(&self, path: &[&str], member: &str) -> Result<Value, Ended> {
        let found = self.get(path, &[]).await?;
        if found.get(member).is_some_and(Value::is_string) {
            return Ok(found);
        }
        Err(Ended::Refused(format!(
            "nothing is known as {:?}",
            path.last().copied().unwrap_or_default()
        )))
    }

    /// Reads something that is no JSON.
    pub(super) async fn file(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Vec<u8>, Ended> {
        let url = self.address(path, query)?;
        self.tried(&url, None).await
    }

    /// Reads a list to its end, or so far; 0 for its end.
    pub(super) async fn list(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        most: usize,
    ) -> Result<Vec<Value>, Ended> {
        let mut items = Vec::new();
        let mut from: Option<(&str, String)> = None;
        let mut last = None;
        loop {
            let left = match most {
                0 => PAGE,
                most => most.saturating_sub(items.len()).min(PAGE),
            };
            let mut asked = query.to_vec();
            asked.push(("limit", left.to_string()));
            asked.extend(from.take());
            let mut page = self.get(path, &asked).await?;
            items.extend(items_of(&mut page)?);
            let next = page.get("next").cloned();
            if next.is_some() && next == last {
                return Err(no_answer());
            }
            last.clone_from(&next);
            // Lists of the audit and of differences go on behind a position, the others at a cursor.
            from = match &next {
                Some(Value::String(cursor)) => Some(("cursor", cursor.clone())),
                Some(Value::Number(position)) => Some(("after", position.to_string())),
                _ => return Ok(items),
            };
            if most > 0 && items.len() >= most {
                return Ok(items);
            }
        }
    }

    /// Asks for something to be done, once however often it is tried.
    pub(super) async fn post(&self, path: &[&str], asked: &Value) -> Result<Value, Ended> {
        self.post_and_wait(path, asked, 0).await
    }

    /// The same, and waits so many seconds for what follows.
    pub(super) async fn post_and_wait(
        &self,
        path: &[&str],
        asked: &Value,
        seconds: u64,
    ) -> Result<Value, Ended> {
        let url = self.address(path, &[])?;
        let text = self.tried(&url, Some((asked, seconds))).await?;
        read(&url, &text)
    }

    async fn tried(&self, url: &Url, asked: Option<(&Value, u64)>) -> Result<Vec<u8>, Ended> {
        let key = once(url);
        let ask = || self.ask(url, asked, &key);
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(300))
            .with_max_times(TRIES - 1);
        let answered = ask.retry(delays).when(|refused| refused.is_passing).await;
        answered.map_err(|refused| match refused.ended {
            // It may have been done, and only its answer lost.
            Ended::Failed(why) if refused.is_passing && asked.is_some() => Ended::Failed(format!(
                "{why}\nit is not known whether that was done: look before you ask again"
            )),
            ended => ended,
        })
    }

    async fn ask(
        &self,
        url: &Url,
        asked: Option<(&Value, u64)>,
        key: &str,
    ) -> Result<Vec<u8>, Refused> {
        let mut request = match asked {
            None => self.client.get(url.clone()),
            Some((asked, _)) => {
                let post = self.client.post(url.clone()).json(asked);
                post.header("Idempotency-Key", key)
            }
        };
        if let Some((_, seconds @ 1..)) = asked {
            request = request.header("Prefer", format!("wait={seconds}"));
        }
        let response = request
            .bearer_auth(&self.token)
            .send()
            .await
            .map_err(|error| unreached(url, error))?;
        let status = response.status();
        if status.is_success() {
            return whole(url, response).await;
        }
        Err(Refused {
            is_passing: matches!(status.as_u16(), 502..=504),
            ended: refusal(url, response).await,
        })
    }
}

/// The answer, if it is not longer than any of a sidecar's.
async fn whole(url: &Url, mut response: Response) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    loop {
        let part = response.chunk().await;
        let Some(part) = part.map_err(|error| unreached(url, error))? else {
            return Ok(bytes);
        };
        if bytes.len() + part.len() > LONGEST {
            return Err(Refused {
                ended: Ended::Failed(format!(
                    "{} answers with more than {} MiB, which is more than is read: ask for less (--limit, filters)",
                    place(url),
                    LONGEST / 1024 / 1024
                )),
                is_passing: false,
            });
        }
        bytes.extend_from_slice(&part);
    }
}

/// The rows of a page.
pub(super) fn items_of(page: &mut Value) -> Result<Vec<Value>, Ended> {
    match page.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => Ok(items),
        _ => Err(no_answer()),
    }
}

/// Somebody answers who is no sidecar.
pub(super) fn no_answer() -> Ended {
    Ended::Failed("the answer is none of a sidecar's API: is that its address?".to_owned())
}

/// A key for one request, however often it is tried.
fn once(url: &Url) -> String {
    let now = Timestamp::now().to_string();
    let process = std::process::id().to_string();
    MessageKey::derive(&["cli", url.path(), &now, &process]).to_string()
}

fn unreached(url: &Url, error: reqwest::Error) -> Refused {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    Refused {
        ended: Ended::Failed(format!("{} does not answer: {words}", place(url))),
        is_passing: true,
    }
}

/// The sidecar's address without what is asked of it.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn read(url: &Url, text: &[u8]) -> Result<Value, Ended> {
    serde_json::from_slice(text).map_err(|error| {
        let place = place(url);
        Ended::Failed(format!(
            "{place}: the answer is no JSON ({error}): is that the API of a sidecar?"
        ))
    })
}

/// A refusal in words: what the problem document says, with each field (RFC 9457).
async fn refusal(url: &Url, response: Response) -> Ended {
    let status = response.status();
    let text = whole(url, response).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&text).unwrap_or_default();
    let said = |of: &Value, name: &str| {
        let text = of.get(name).and_then(Value::as_str).unwrap_or_default();
        text.to_owned()
    };
    let mut text = match said(&problem, "detail") {
        detail if detail.is_empty() => format!("{}: it answers {status}", place(url)),
        detail => detail,
    };
    let errors = problem.get("errors").and_then(Value::as_array);
    for error in errors.into_iter().flatten() {
        let (pointer, detail) = (said(error, "pointer"), said(error, "detail"));
        if !text.contains(&detail) {
            text = format!("{text}\n  {pointer}: {detail}");
        }
    }
    match status {
        StatusCode::BAD_REQUEST
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::PAYLOAD_TOO_LARGE => Ended::Wrong(text),
        StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::CONFLICT
        | StatusCode::PRECONDITION_FAILED => Ended::Refused(text),
        _ => Ended::Failed(text),
    }
}

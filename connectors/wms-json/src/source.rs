//! Takes in deliveries of the partner: from the sidecar's listener, from a queue, or fetched after a notification.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use connector::inbound::TRACEPARENT;
use connector::mapping::{Json, read};
use connector::{
    Answer, Failure, FailureKind, Inbound, Inlet, InletDelivery, Origin, Settlement, Source,
};

use crate::config::{Fetch, Http};
use crate::sink::client::{Client, fill};
use crate::{failures, signature};

/// What a sender is told when we cannot take its message now.
const LATER: Duration = Duration::from_secs(5);
/// Set by the listener on a body that was cut at the limit.
const TRUNCATED: &str = "x-backhaul-truncated";

/// The way in of a block.
pub(crate) struct WmsSource {
    instance: String,
    ways: Vec<Way>,
    http: Option<Http>,
    fetch: Option<Fetching>,
    /// A notification whose document is being fetched: taken up again if the wait for it was cancelled.
    fetching: Option<Taken>,
    /// Deliveries by our token: the way they came, and their id there.
    open: HashMap<u64, (usize, u64)>,
    next_token: u64,
}

/// One inlet.
pub(crate) struct Way {
    pub(crate) channel: &'static str,
    pub(crate) inlet: Box<dyn Inlet>,
    /// Ended: it gives no more.
    pub(crate) ended: bool,
}

/// How the documents of notifications are fetched.
pub(crate) struct Fetching {
    pub(crate) options: Fetch,
    pub(crate) client: Client,
}

#[derive(Clone)]
struct Taken {
    way: usize,
    delivery: Arc<InletDelivery>,
}

impl WmsSource {
    pub(crate) fn new(
        instance: &str,
        ways: Vec<Way>,
        http: Option<Http>,
        fetch: Option<Fetching>,
    ) -> Self {
        Self {
            instance: instance.to_owned(),
            ways,
            http,
            fetch,
            fetching: None,
            open: HashMap::new(),
            next_token: 1,
        }
    }

    /// The next delivery of any way.
    async fn take(&mut self) -> Result<Option<Taken>, Failure> {
        loop {
            let waiting: Vec<_> = self
                .ways
                .iter_mut()
                .enumerate()
                .filter(|(_, way)| !way.ended)
                .map(|(i, way)| {
                    let next = way.inlet.next();
                    Box::pin(async move { (i, next.await) })
                })
                .collect();
            if waiting.is_empty() {
                return Ok(None);
            }
            let ((way, taken), _, rest) = futures_util::future::select_all(waiting).await;
            drop(rest);
            match taken? {
                Some(delivery) => {
                    return Ok(Some(Taken {
                        way,
                        delivery: Arc::new(delivery),
                    }));
                }
                None => {
                    if let Some(way) = self.ways.get_mut(way) {
                        way.ended = true;
                    }
                }
            }
        }
    }

    /// Why this delivery is not to be read, if so.
    fn refusal(&self, taken: &Taken) -> Option<Failure> {
        let way = self.ways.get(taken.way)?;
        let http = self.http.as_ref().filter(|_| way.channel == "http")?;
        if taken
            .delivery
            .headers
            .get(TRUNCATED)
            .is_some_and(|v| v == "true")
        {
            let what = format!("the message is larger than {} bytes", http.max_bytes);
            let failure = Failure::malformed(failures::TOO_LARGE, what);
            return Some(failure.at(format!("byte {}", http.max_bytes)));
        }
        signature::check(http, &taken.delivery).err()
    }

    fn inbound(&mut self, taken: &Taken, raw: Bytes, refused: Option<Failure>) -> Inbound {
        let token = self.next_token;
        self.next_token += 1;
        self.open.insert(token, (taken.way, taken.delivery.id));
        let headers = &taken.delivery.headers;
        let id_header = self
            .http
            .as_ref()
            .map(|http| http.id_header.to_ascii_lowercase());
        let named = [id_header.as_deref(), Some("message-id"), Some("message_id")];
        let reference = named
            .into_iter()
            .flatten()
            .find_map(|name| headers.get(name));
        Inbound {
            origin: Origin {
                connector: self.instance.clone(),
                channel: self
                    .ways
                    .get(taken.way)
                    .map_or("", |way| way.channel)
                    .to_owned(),
                reference: reference.cloned().unwrap_or_default(),
                received_at: taken.delivery.received_at,
                // The codec needs none; only the trace context goes on, which is no credential.
                headers: headers
                    .get_key_value(TRACEPARENT)
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .into_iter()
                    .collect(),
                token,
            },
            raw,
            refused,
        }
    }

    async fn answer(&mut self, way: usize, id: u64, answer: Answer) -> Result<(), Failure> {
        match self.ways.get_mut(way) {
            Some(way) => way.inlet.answer(id, answer).await,
            None => Ok(()),
        }
    }

    /// Fetches the document of a notification. `None`: not now, and the sender was told so.
    async fn fetched(&mut self, taken: &Taken) -> Result<Option<Inbound>, Failure> {
        let Some(fetch) = &self.fetch else {
            let raw = taken.delivery.body.clone();
            return Ok(Some(self.inbound(taken, raw, None)));
        };
        let outcome = document(fetch, &taken.delivery.body).await;
        self.fetching = None;
        match outcome {
            Ok(document) => Ok(Some(self.inbound(taken, document, None))),
            Err(failure) => match failure.kind {
                FailureKind::Malformed | FailureKind::Rejected => {
                    let raw = taken.delivery.body.clone();
                    Ok(Some(self.inbound(taken, raw, Some(failure))))
                }
                FailureKind::Unavailable
                | FailureKind::InDoubt
                | FailureKind::Unacknowledged
                | FailureKind::Throttled { .. } => {
                    self.answer(taken.way, taken.delivery.id, Answer::Later(LATER))
                        .await?;
                    Ok(None)
                }
                FailureKind::Misconfigured => {
                    self.answer(taken.way, taken.delivery.id, Answer::Later(LATER))
                        .await?;
                    Err(failure)
                }
            },
        }
    }
}

/// Fetches the document that a notification speaks of.
async fn document(fetch: &Fetching, notification: &[u8]) -> Result<Bytes, Failure> {
    let url = address(&fetch.options.url, notification)?;
    let answer = fetch.client.get(url).await?;
    let what = format!(
        "the partner answered {} for the document",
        answer.status.as_u16()
    );
    match answer.status.as_u16() {
        200..=299 => Ok(answer.body.into()),
        401 | 403 => Err(Failure::misconfigured(failures::CREDENTIALS, what)),
        404 | 410 => Err(Failure::rejected(failures::NOT_FOUND, what)),
        _ => Err(Failure::unavailable(failures::FETCH_FAILED, what)),
    }
}

/// The document's address, made of what the notification says.
fn address(template: &str, notification: &[u8]) -> Result<url::Url, Failure> {
    let unreadable = |what: String| Failure::malformed(failures::NOT_JSON, what).at("notification");
    let json = read(notification).map_err(|error| unreadable(error.to_string()))?;
    let mut values = Vec::new();
    for name in names(template) {
        let value = match json.get(name) {
            Some(Json::Text(text)) if !text.trim().is_empty() => text.to_string(),
            Some(Json::Number(number)) => number.to_string(),
            _ => {
                let what = format!("member {name:?} is missing or no text");
                let failure = Failure::malformed(failures::WRONG_SHAPE, what);
                return Err(failure.at(format!("/{name}")));
            }
        };
        values.push((name, value));
    }
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    fill(template, &values)
}

/// The names in a template's braces.
pub(crate) fn names(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
}

#[async_trait]
impl Source for WmsSource {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        loop {
            let taken = match self.fetching.clone() {
                Some(taken) => taken,
                None => match self.take().await? {
                    Some(taken) => taken,
                    None => return Ok(None),
                },
            };
            if let Some(failure) = self.refusal(&taken) {
                let raw = taken.delivery.body.clone();
                return Ok(Some(self.inbound(&taken, raw, Some(failure))));
            }
            if self.fetch.is_some() {
                self.fetching = Some(taken.clone());
            }
            if let Some(inbound) = self.fetched(&taken).await? {
                return Ok(Some(inbound));
            }
        }
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        let Some((way, id)) = self.open.remove(&origin.token) else {
            return Ok(());
        };
        let answer = match how {
            Settlement::Stored => Answer::Accepted,
            Settlement::NotNow => Answer::Later(LATER),
            Settlement::Parked(failure) => Answer::Refused {
                status: status(failure.code),
                code: failure.code.to_owned(),
                detail: failure.message,
                place: failure.place,
            },
        };
        self.answer(way, id, answer).await
    }
}

/// HTTP status of a refusal.
fn status(code: &str) -> u16 {
    match code {
        failures::SIGNATURE | failures::STALE => 401,
        failures::TOO_LARGE => 413,
        failures::NOT_UTF8 | failures::NOT_JSON | failures::TOO_DEEP => 400,
        _ => 422,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_made_of_the_notification() {
        let template = "https://wms.example/returns/{rma}?site={warehouse}";
        assert_eq!(names(template).collect::<Vec<_>>(), ["rma", "warehouse"]);
        let url = address(template, br#"{"rma":"R/1","warehouse":7}"#).unwrap();
        assert_eq!(url.as_str(), "https://wms.example/returns/R%2F1?site=7");
        let missing = address(template, br#"{"rma":"R1"}"#).unwrap_err();
        assert_eq!(missing.code, failures::WRONG_SHAPE);
        assert_eq!(
            address(template, b"{").unwrap_err().code,
            failures::NOT_JSON
        );
    }
}

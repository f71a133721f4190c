//! Looking documents up by our key, in every place where a half-finished one can be.

use connector::{Failure, Found};
use serde_json::Value;

use crate::classify::{Reply, Verdict};
use crate::document::{Document, NotOurs, Standing};
use crate::exchange::Exchange;
use crate::failures;
use crate::interface::{Interface, Task};
use crate::profile::Place;
use crate::template::{self, Values};
use crate::wire;

/// Pages of one look-up that are followed; a key with more documents than that is "several" long before.
const MAX_PAGES: usize = 10;

/// What is there under our key.
#[derive(Debug)]
pub(crate) enum Sighting {
    /// Nothing, in any place.
    Nothing,
    /// One.
    One(Box<Document>),
    /// Several.
    Several(Vec<Document>),
}

impl Sighting {
    /// As the contract says it.
    pub(crate) fn into_found(self) -> Found {
        match self {
            Self::Nothing => Found::Nothing,
            Self::One(document) => match document.standing {
                Standing::Complete => Found::Complete(document.reference),
                Standing::Half => Found::Half(document.reference),
                Standing::Differs(difference) => Found::Differs {
                    document: document.reference,
                    difference,
                },
            },
            Self::Several(documents) => Found::Several(
                documents
                    .into_iter()
                    .map(|document| document.reference)
                    .collect(),
            ),
        }
    }
}

/// Looks in all places. One document seen in two places (the same id) is one; one that was taken back counts only when there
/// is no other.
pub(crate) async fn look_up(
    exchange: &Exchange,
    interface: &Interface,
    task: Task<'_>,
) -> Result<Sighting, Failure> {
    let mut documents: Vec<Document> = Vec::new();
    for place in &task.operation.places {
        for document in look_into(exchange, interface, task, place).await? {
            match documents.iter_mut().find(|known| known.id == document.id) {
                // The later place is the more finished one, by the profile's order.
                Some(known) => *known = document,
                None => documents.push(document),
            }
        }
    }
    // A person who takes all but one back leaves the one.
    if documents.iter().any(|document| !document.is_taken_back) {
        documents.retain(|document| !document.is_taken_back);
    }
    Ok(match documents.len() {
        0 => Sighting::Nothing,
        1 => documents
            .pop()
            .map_or(Sighting::Nothing, |only| Sighting::One(Box::new(only))),
        _ => Sighting::Several(documents),
    })
}

/// Reads one document by its address; always current, other than look-ups.
pub(crate) async fn read_by_id(
    exchange: &Exchange,
    interface: &Interface,
    task: Task<'_>,
    id: &str,
) -> Result<Option<Document>, Failure> {
    let Some(template) = &task.operation.read else {
        return Ok(None);
    };
    let mut values = interface.values(task.paper);
    values.push("id", id);
    let path = fill(template, &values)?;
    let (reply, verdict) = exchange.read(exchange.ours(&path)?).await?;
    if verdict != Verdict::Done {
        return Ok(None);
    }
    single(task, &reply).map(Some)
}

/// Reads one document at an address that the ERP gave.
pub(crate) async fn read_at(
    exchange: &Exchange,
    task: Task<'_>,
    address: &str,
) -> Result<Option<Document>, Failure> {
    let Some(url) = exchange.theirs(address) else {
        return Ok(None);
    };
    let (reply, verdict) = exchange.read(url).await?;
    if verdict != Verdict::Done {
        return Ok(None);
    }
    single(task, &reply).map(Some)
}

/// The document in the answer to a create, a finishing step or a read.
pub(crate) fn single(task: Task<'_>, reply: &Reply) -> Result<Document, Failure> {
    let garbage = |what: String| Failure::in_doubt(failures::GARBAGE, what);
    let body = wire::read(&reply.body)
        .map_err(|error| garbage(format!("the answer could not be read: {error}")))?;
    let value = body.pointer(&task.operation.document_at).ok_or_else(|| {
        garbage(format!(
            "the answer has no document at {:?}",
            task.operation.document_at
        ))
    })?;
    let etag = reply
        .headers
        .get(http::header::ETAG)
        .and_then(|value| value.to_str().ok());
    Document::read(task.operation, task.paper, value, etag).map_err(|not_ours| match not_ours {
        NotOurs::NoId => garbage(format!(
            "the answer has no id at {:?}",
            task.operation.id_at
        )),
        NotOurs::OtherKey(key) => {
            let message = format!("the answer shows a document with the key {key:?}, not ours");
            Failure::in_doubt(failures::WRONG_DOCUMENT, message)
        }
    })
}

/// Fills a path template; what has no value is wrong in the profile.
pub(crate) fn fill(template: &str, values: &Values<'_>) -> Result<String, Failure> {
    template::path(template, values).map_err(|missing| {
        let message = format!("{{{missing}}} in the path {template:?} has no value");
        Failure::misconfigured(failures::BAD_CONFIGURATION, message)
    })
}

async fn look_into(
    exchange: &Exchange,
    interface: &Interface,
    task: Task<'_>,
    place: &Place,
) -> Result<Vec<Document>, Failure> {
    let found = listed(exchange, place, &interface.values(task.paper)).await?;
    ours(task, found.iter())
}

/// Everything that a place lists, over all its pages.
pub(crate) async fn listed(
    exchange: &Exchange,
    place: &Place,
    values: &Values<'_>,
) -> Result<Vec<Value>, Failure> {
    let path = fill(&place.path, values)?;
    let unreadable = |what: String| {
        Failure::unavailable(
            failures::LOOK_UP_FAILED,
            format!("look-up in {}: {what}", place.name),
        )
    };
    let (mut url, mut found) = (exchange.ours(&path)?, Vec::new());
    for _ in 0..MAX_PAGES {
        let (reply, verdict) = exchange.read(url).await?;
        match (&place.list_at, verdict) {
            (_, Verdict::Done) => {}
            (None, Verdict::Absent) => return Ok(found),
            (_, other) => {
                let message = format!("look-up in {}: {path} gives {other:?}", place.name);
                return Err(Failure::misconfigured(failures::WRONG_ADDRESS, message));
            }
        }
        let body = wire::read(&reply.body).map_err(unreadable)?;
        let Some(list_at) = &place.list_at else {
            found.push(body);
            return Ok(found);
        };
        let list = body.pointer(list_at).and_then(Value::as_array);
        let list = list.ok_or_else(|| unreadable(format!("no list at {list_at:?}")))?;
        found.extend(list.iter().cloned());
        let next = place
            .next_at
            .as_ref()
            .and_then(|at| wire::text_at(&body, at));
        let Some(next) = next else {
            return Ok(found);
        };
        let elsewhere = || unreadable(format!("the next page lies elsewhere: {next:?}"));
        url = exchange.theirs(&next).ok_or_else(elsewhere)?;
    }
    Err(unreadable(format!(
        "more than {MAX_PAGES} pages to one question"
    )))
}

/// Those with our key. A filter that is wider than asked (by prefix, say) does no harm. A document that shows no key at all
/// was found by our key and may be ours: that is no "nothing".
fn ours<'a>(
    task: Task<'_>,
    values: impl Iterator<Item = &'a Value>,
) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    for value in values {
        if value.pointer(&task.operation.key_at).is_none() {
            let at = &task.operation.key_at;
            let message = format!("a document in the answer has no key at {at:?}");
            return Err(Failure::unavailable(failures::LOOK_UP_FAILED, message));
        }
        match Document::read(task.operation, task.paper, value, None) {
            Ok(document) => documents.push(document),
            Err(NotOurs::OtherKey(_)) => {}
            Err(NotOurs::NoId) => {
                let message = format!(
                    "a document with our key has no id at {:?}",
                    task.operation.id_at
                );
                return Err(Failure::unavailable(failures::LOOK_UP_FAILED, message));
            }
        }
    }
    Ok(documents)
}

//! Bytes ↔ the "Backhaul WMS JSON" shape, version 1 (see the README).

mod event;
mod facts;
mod field;
mod outbound;
mod request;

use connector::Failure;
use connector::mapping::{Json, JsonError, read};

use crate::failures;

pub(crate) use event::{Event, Fact};
pub(crate) use facts::{
    Cancellation, Disposition, Goods, Inspection, Receipt, Reversal, Snapshot, SupplierAnswer,
    Transit,
};
pub(crate) use field::Field;
pub(crate) use outbound::{
    Announcement, AnnouncementLine, Cancel, Notification, Told, told, told_list,
};
pub(crate) use request::{Invoice, Replacement, Request, RequestLine};

/// Version of the shape that this connector speaks.
pub(crate) const VERSION: u64 = 1;

/// Events of a message at the most: each is some hundred bytes when it is read, however short it is written.
const MOST_EVENTS: usize = 10_000;

/// Reads a document.
pub(crate) fn document(bytes: &[u8]) -> Result<Json, Failure> {
    read(bytes).map_err(|error| {
        let what = error.to_string();
        match error {
            JsonError::Encoding { byte } => {
                Failure::malformed(failures::NOT_UTF8, what).at(format!("byte {byte}"))
            }
            JsonError::TooDeep { byte } => {
                Failure::malformed(failures::TOO_DEEP, what).at(format!("byte {byte}"))
            }
            JsonError::Syntax {
                line,
                column,
                truncated,
                ..
            } => {
                let what = if truncated {
                    format!("the message ends too early: {what}")
                } else {
                    what
                };
                Failure::malformed(failures::NOT_JSON, what)
                    .at(format!("line {line} column {column}"))
            }
        }
    })
}

/// The events of a document: itself, the items of an array, or those of its member `events`. `at` is where it stands.
pub(crate) fn events(document: &Json, at: &str) -> Result<Vec<Result<Event, Failure>>, Failure> {
    let root = Field::new(document, at.to_owned());
    if let Some(version) = root
        .optional("version")
        .filter(|_| root.optional("type").is_none())
        && version.whole()? != VERSION
    {
        return Err(version.bad("this version of the shape is not known: expected 1"));
    }
    let events = root.optional("events");
    for list in [Some(document), events.as_ref().map(Field::json)] {
        let items = list.and_then(Json::items).map_or(0, <[Json]>::len);
        if items > MOST_EVENTS {
            let what = format!("the message has {items} events, more than {MOST_EVENTS}");
            return Err(Failure::malformed(failures::TOO_LARGE, what).at(at));
        }
    }
    let list = match (document, events) {
        (Json::Null, _) => Vec::new(),
        (Json::Array(_), _) => root.items()?,
        (Json::Object(_), Some(events)) => events.items()?,
        (Json::Object(_), None) => vec![root],
        _ => return Err(root.wrong("an event, an array of events, or an object with events")),
    };
    Ok(list.iter().map(Event::read).collect())
}

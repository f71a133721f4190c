//! A message that was refused goes on with other bytes, or is read with a configuration that is mended: a copy takes its
//! place, under the business key of the original.
//!
//! The copy is read first; if anything in it cannot be, nothing is written. Then the original is closed and the copy put
//! into the outbox in one transaction: pressed twice, the second time the original is not open any more. From there it
//! goes through the front door like every message: inbox, workflow, caps and guards.

mod again;

use bytes::Bytes;
use canonical::Envelope;
use connector::{Codec, Failure};
use data_encoding::BASE64;
use jiff::Timestamp;
use store::{AuditEntry, ExceptionRow, ExceptionState, OutboxMessage, Store, StoreError};

use crate::desk::{self, REPLAY_MARK};
use crate::{intake, wire};

pub use again::{Again, again, refused_at_intake};

/// Who gives a copy to the flow, and how it is read.
#[derive(Clone, Copy)]
pub struct Edit<'a> {
    /// Who.
    pub who: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Codec of the exception's connector, as configured now; for what was refused at the intake.
    pub codec: Option<&'a dyn Codec>,
}

/// What the copy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedCopy {
    /// Keys and types of its events.
    pub events: Vec<(String, String)>,
    messages: Vec<OutboxMessage>,
}

/// Why there is no copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCopy {
    /// It cannot be read: each part with its place.
    Unreadable(Vec<Failure>),
    /// It may not take the place of the original, because.
    Refused(String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// The original is closed, the copy under way.
    Done(EditedCopy),
    /// Nothing was done.
    Not(NoCopy),
}

/// Reads the copy, and does nothing.
pub fn read(row: &ExceptionRow, bytes: &Bytes, how: Edit<'_>) -> Result<EditedCopy, NoCopy> {
    match row.stage.as_str() {
        "intake" => read_native(row, bytes, how.codec),
        "route" => read_event(row, bytes),
        _ => Err(NoCopy::Refused(format!(
            "an exception of stage {:?} has no message to edit: mend the cause and replay it",
            row.stage
        ))),
    }
}

/// Reads the copy, closes the original and lets the copy go.
pub async fn edit(
    store: &dyn Store,
    row: &ExceptionRow,
    bytes: &Bytes,
    how: Edit<'_>,
    now: Timestamp,
) -> Result<Edited, StoreError> {
    if row.state != ExceptionState::Open {
        return Ok(not_open(row));
    }
    let copy = match read(row, bytes, how) {
        Ok(copy) => copy,
        Err(none) => return Ok(Edited::Not(none)),
    };
    let keys: Vec<&str> = copy.events.iter().map(|(key, _)| key.as_str()).collect();
    let resolution = format!(
        "given back by {} as a copy ({}): {}",
        how.who,
        keys.join(", "),
        how.reason
    );
    let closed = store
        .close_exception(
            &row.exception_id,
            ExceptionState::Replayed,
            &resolution,
            now,
            copy.messages.clone(),
            entry(row, bytes, &copy, how, now),
        )
        .await?;
    Ok(if closed {
        Edited::Done(copy)
    } else {
        not_open(row)
    })
}

fn not_open(row: &ExceptionRow) -> Edited {
    Edited::Not(NoCopy::Refused(format!(
        "exception {} is not open any more: a copy has taken its place already, or somebody decided otherwise",
        row.exception_id
    )))
}

fn read_native(
    row: &ExceptionRow,
    bytes: &Bytes,
    codec: Option<&dyn Codec>,
) -> Result<EditedCopy, NoCopy> {
    let Some(codec) = codec else {
        return Err(NoCopy::Refused(format!(
            "there is no connector {:?} in this configuration to read it",
            row.connector
        )));
    };
    let Ok(mut inbound) = intake::inbound_of(row) else {
        return Err(NoCopy::Refused(
            "where the message came from cannot be read".to_owned(),
        ));
    };
    inbound.raw = bytes.clone();
    let opened = intake::open(&row.connector, codec, &inbound, inbound.origin.received_at);
    if !opened.failures.is_empty() {
        return Err(NoCopy::Unreadable(opened.failures));
    }
    copy_of(opened.messages)
}

/// An event keeps its key and its return: with others it would be another fact, beside the first one.
fn read_event(row: &ExceptionRow, bytes: &Bytes) -> Result<EditedCopy, NoCopy> {
    let unreadable = |message: String| {
        NoCopy::Unreadable(vec![Failure::malformed("router.not-an-event", message)])
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|e| unreadable(format!("not UTF-8 from byte {}", e.valid_up_to())))?;
    let mut copy = Envelope::parse(text).map_err(|e| unreadable(e.to_string()))?;
    copy.open().map_err(|e| unreadable(e.to_string()))?;
    let original = String::from_utf8_lossy(&row.raw);
    if let Ok(original) = Envelope::parse(&original) {
        for (what, was, is) in [
            ("id", key_of(&original.id), key_of(&copy.id)),
            ("subject", original.subject.as_str(), copy.subject.as_str()),
            ("type", original.kind.as_str(), copy.kind.as_str()),
        ] {
            if was != is {
                return Err(NoCopy::Refused(format!(
                    "the {what} of an event stays as it is: {was:?}, not {is:?}; another fact is told by whoever knows it"
                )));
            }
        }
    }
    copy.id = desk::marked(&copy.id, row);
    copy.causationid.clone_from(&row.exception_id);
    let message = wire::event(&copy).map_err(|e| unreadable(e.to_string()))?;
    copy_of(vec![message])
}

/// A message id without the marks of replays.
fn key_of(id: &str) -> &str {
    id.split(REPLAY_MARK).next().unwrap_or(id)
}

fn copy_of(messages: Vec<OutboxMessage>) -> Result<EditedCopy, NoCopy> {
    let mut events = Vec::with_capacity(messages.len());
    for message in &messages {
        let envelope = std::str::from_utf8(&message.body)
            .ok()
            .and_then(|text| Envelope::parse(text).ok());
        if let Some(envelope) = envelope {
            events.push((key_of(&envelope.id).to_owned(), envelope.kind));
        }
    }
    if events.is_empty() {
        return Err(NoCopy::Refused(
            "it says nothing: no event follows from it; discard the exception with a reason instead".to_owned(),
        ));
    }
    Ok(EditedCopy { events, messages })
}

fn entry(
    row: &ExceptionRow,
    bytes: &Bytes,
    copy: &EditedCopy,
    how: Edit<'_>,
    now: Timestamp,
) -> AuditEntry {
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), "utf-8"),
        Err(_) => (BASE64.encode(bytes), "base64"),
    };
    let same = row.raw == *bytes;
    AuditEntry {
        at: now,
        actor: how.who.to_owned(),
        action: if same {
            "exception.read-again".to_owned()
        } else {
            "exception.edited".to_owned()
        },
        subject: if row.return_id.is_empty() {
            row.exception_id.clone()
        } else {
            row.return_id.clone()
        },
        correlation_id: String::new(),
        after_hash: String::new(),
        body: serde_json::json!({
            "exception_id": row.exception_id, "code": row.code, "reason": how.reason,
            "events": copy.events, "encoding": encoding, "copy": text
        })
        .to_string(),
    }
}

#[cfg(test)]
mod tests;

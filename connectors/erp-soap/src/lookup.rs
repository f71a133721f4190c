//! Looking documents up by our key, in every place where a half-finished one can be.

use connector::{Failure, Found};

use crate::classify::Verdict;
use crate::document::{Document, NotOurs, Standing};
use crate::exchange::{Exchange, Question};
use crate::failures;
use crate::interface::{Interface, Task};
use crate::profile::Shows;
use crate::wire::{Element, select};

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
    for index in 0..task.operation.places.len() {
        for document in look_into(exchange, interface, task, index).await? {
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

/// The one document of ours in the answer to a call that changed something. It is changed: whatever is wrong with the
/// answer leaves it in doubt.
pub(crate) fn single(
    task: Task<'_>,
    shows: &Shows,
    answer: &Element,
    unsaid: &Standing,
) -> Result<Document, Failure> {
    let garbage =
        |what: String| Failure::in_doubt(failures::GARBAGE, format!("the answer: {what}"));
    let shown = select(answer, &shows.at).map_err(garbage)?;
    let mut shown = shown.into_iter().filter(|element| !element.is_void());
    let mut other = None;
    let mut ours = None;
    for element in shown.by_ref() {
        match Document::read(task.operation, task.paper, shows, element, unsaid.clone()) {
            Ok(_) if ours.is_some() => {
                let message = "the answer shows several documents of ours";
                return Err(Failure::in_doubt(failures::SEVERAL, message));
            }
            Ok(document) => ours = Some(document),
            Err(NotOurs::OtherKey(key)) => other = Some(key),
            Err(NotOurs::NoNumber) => {
                return Err(garbage(format!("no number at {:?}", shows.number)));
            }
        }
    }
    match (ours, other) {
        (Some(document), _) => Ok(document),
        (None, Some(key)) => {
            let message = format!("the answer shows a document with the key {key:?}, not ours");
            Err(Failure::in_doubt(failures::WRONG_DOCUMENT, message))
        }
        (None, None) => Err(garbage(format!("no document at {:?}", shows.at))),
    }
}

async fn look_into(
    exchange: &Exchange,
    interface: &Interface,
    task: Task<'_>,
    index: usize,
) -> Result<Vec<Document>, Failure> {
    let (call, envelope) = interface.place(task, index)?;
    let Some(shows) = &call.shows else {
        return Ok(Vec::new());
    };
    let question = Question {
        call,
        envelope: &envelope,
        key: &task.paper.key,
        session: None,
    };
    match exchange.read(question).await? {
        Verdict::Done(answer) => found(task, shows, &answer).map_err(|what| {
            let message = format!("look-up by {}: {what}", call.element);
            Failure::unavailable(failures::LOOK_UP_FAILED, message)
        }),
        Verdict::Absent(_) => Ok(Vec::new()),
        Verdict::Duplicate(message) | Verdict::Failed(Failure { message, .. }) => {
            let message = format!("look-up by {}: {message}", call.element);
            Err(Failure::misconfigured(failures::WRONG_ADDRESS, message))
        }
    }
}

/// Those with our key. A query that is answered wider than asked (by prefix, say) does no harm.
fn found(task: Task<'_>, shows: &Shows, answer: &Element) -> Result<Vec<Document>, String> {
    let mut documents = Vec::new();
    for element in select(answer, &shows.at)? {
        if element.is_void() {
            continue;
        }
        let read = Document::read(
            task.operation,
            task.paper,
            shows,
            element,
            Standing::Complete,
        );
        match read {
            Ok(document) => documents.push(document),
            // Found by our key, and it shows none: it may be ours, so that this is no "nothing".
            Err(NotOurs::OtherKey(key)) if key.is_empty() => {
                return Err(format!("a document has no key at {:?}", shows.key));
            }
            Err(NotOurs::OtherKey(_)) => {}
            Err(NotOurs::NoNumber) => {
                return Err(format!("a document has no number at {:?}", shows.number));
            }
        }
    }
    Ok(documents)
}

//! A document in the books: an unchanging identity and a row of faces, the last of which is true now.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Collection;
use super::filter::{Condition, Query};

/// One document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) collection: Collection,
    pub(super) id: String,
    pub(super) number: String,
    pub(super) key: String,
    created_at: Timestamp,
    faces: Vec<Face>,
}

/// How a document looks from some moment on.
#[derive(Debug, Clone)]
pub(super) struct Face {
    since: Instant,
    modified_at: Timestamp,
    pub(super) version: usize,
    pub(super) status: Status,
    pub(super) body: Arc<Map<String, Value>>,
}

/// Where a document is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Open,
    Draft,
    Posted,
    Cancelled,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Draft => "Draft",
            Self::Posted => "Posted",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Document {
    pub(super) fn new(
        (collection, id, number): (Collection, String, String),
        key: String,
        status: Status,
        body: Map<String, Value>,
    ) -> Self {
        let mut document = Self {
            collection,
            id,
            number,
            key,
            created_at: Timestamp::now(),
            faces: Vec::with_capacity(2),
        };
        document.turn(status, Arc::new(body));
        document
    }

    /// From now on the document looks so.
    pub(super) fn turn(&mut self, status: Status, body: Arc<Map<String, Value>>) {
        let version = self.faces.len() + 1;
        let (since, modified_at) = (Instant::now(), Timestamp::now());
        self.faces.push(Face {
            since,
            modified_at,
            version,
            status,
            body,
        });
    }

    /// The face that is true now.
    pub(super) fn face(&self) -> Option<&Face> {
        self.faces.last()
    }

    pub(super) fn status(&self) -> Option<Status> {
        self.face().map(|face| face.status)
    }

    pub(super) fn is_live(&self) -> bool {
        self.status() != Some(Status::Cancelled)
    }

    /// The face queries see, which lags behind.
    pub(super) fn indexed(&self, lag: Duration) -> Option<&Face> {
        self.faces
            .iter()
            .rev()
            .find(|face| face.since.elapsed() >= lag)
    }

    pub(super) fn etag(&self) -> String {
        self.face()
            .map(|face| etag(face.version))
            .unwrap_or_default()
    }

    pub(super) fn location(&self) -> String {
        format!("/api/{}/{}", self.collection, self.id)
    }

    /// The document as it is now, as sent to callers.
    pub(super) fn render(&self) -> Value {
        self.face()
            .map_or(Value::Null, |face| self.render_face(face))
    }

    pub(super) fn render_face(&self, face: &Face) -> Value {
        let mut members = face.body.as_ref().clone();
        let own = [
            ("@odata.etag", json!(etag(face.version))),
            ("id", json!(self.id)),
            ("number", json!(self.number)),
            ("status", json!(face.status.word())),
            ("createdAt", json!(self.created_at.to_string())),
            ("modifiedAt", json!(face.modified_at.to_string())),
        ];
        members.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(members)
    }

    /// Whether the face meets every condition of one of the alternatives.
    pub(super) fn meets(&self, face: &Face, query: &Query) -> bool {
        let mut alternatives = query.alternatives.iter();
        query.alternatives.is_empty()
            || alternatives.any(|all| all.iter().all(|condition| self.holds(face, condition)))
    }

    fn holds(&self, face: &Face, condition: &Condition) -> bool {
        let holds = |text: Cow<'_, str>| condition.operator.holds(&text, &condition.value);
        if condition.of_lines {
            let lines = face.body.get("lines").and_then(Value::as_array);
            return lines.into_iter().flatten().any(|line| {
                let member = line.get(&condition.field);
                member.and_then(text).is_some_and(holds)
            });
        }
        self.member(face, &condition.field).is_some_and(holds)
    }

    fn member<'a>(&'a self, face: &'a Face, field: &str) -> Option<Cow<'a, str>> {
        match field {
            "id" => Some(Cow::from(&self.id)),
            "number" => Some(Cow::from(&self.number)),
            "status" => Some(Cow::from(face.status.word())),
            "createdAt" => Some(self.created_at.to_string().into()),
            "modifiedAt" => Some(face.modified_at.to_string().into()),
            other => face.body.get(other).and_then(text),
        }
    }
}

/// A member as text.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::from(text)),
        Value::Null => None,
        value => Some(value.to_string().into()),
    }
}

fn etag(version: usize) -> String {
    format!("W/\"{version}\"")
}

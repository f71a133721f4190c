//! Samples of a block: what a message of the partner must become. Tried offline, by `backhaul check`.

use std::path::Path;

use canonical::Event;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Codec, Failure, Inbound, Origin, Problem, Settings};

/// A sample of a block, as its configuration names it.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Its place in the list.
    pub number: usize,
    /// Message of the partner, relative to the configuration file.
    pub file: &'a Path,
    /// What must come out, as `backhaul translate` prints it.
    pub expect: &'a Path,
}

/// What must come out of a sample, and what does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What must come out.
    pub expected: Value,
    /// What comes out: a list of events and of failures of parts, or the one failure of the whole.
    pub found: Value,
}

impl Sample<'_> {
    /// Runs the sample under that reference of its origin. A file that cannot be read is a problem.
    pub fn run(
        &self,
        settings: &Settings,
        codec: &dyn Codec,
        reference: &str,
    ) -> Result<Outcome, Problem> {
        let file = settings.path(self.file);
        let raw = std::fs::read(&file).map_err(|error| {
            Problem::new(
                settings.place(&self.place("file")),
                format!("{} cannot be read: {error}", file.display()),
                "give a path relative to the configuration file",
            )
        })?;
        let expected = settings.read(&self.place("expect"), self.expect)?;
        let expected = serde_json::from_str(&expected).map_err(|error| {
            Problem::new(
                settings.place(&self.place("expect")),
                format!("{} is no JSON: {error}", self.expect.display()),
                "write it with `backhaul translate`",
            )
        })?;
        let found = found(codec, &settings.instance, reference, raw);
        Ok(Outcome { expected, found })
    }

    /// The problem of a sample that becomes something else. `how` says where or how much, `mend` names what may be wrong
    /// besides the expectation.
    pub fn differs(&self, settings: &Settings, how: &str, mend: &str) -> Problem {
        Problem::new(
            settings.place(&format!("samples.{}", self.number)),
            format!(
                "{} becomes something else than {} says{how}",
                self.file.display(),
                self.expect.display()
            ),
            format!("mend the {mend} or the expectation; see both with `backhaul translate`"),
        )
    }

    fn place(&self, member: &str) -> String {
        format!("samples.{}.{member}", self.number)
    }
}

impl Outcome {
    /// Where the two differ first, as a JSON pointer. A member that is not there is as good as null.
    pub fn difference(&self) -> Option<String> {
        difference(&self.expected, &self.found, "")
    }
}

/// What a message becomes, as JSON.
fn found(codec: &dyn Codec, instance: &str, reference: &str, raw: Vec<u8>) -> Value {
    let inbound = Inbound {
        origin: Origin {
            connector: instance.to_owned(),
            channel: "sample".to_owned(),
            reference: reference.to_owned(),
            received_at: Timestamp::UNIX_EPOCH,
            headers: std::collections::BTreeMap::new(),
            token: 0,
        },
        raw: raw.into(),
        refused: None,
    };
    match codec.decode(&inbound) {
        Ok(events) => events
            .iter()
            .map(|event| match event {
                Ok(event) => shown(event),
                Err(failure) => refused(failure),
            })
            .collect(),
        Err(failure) => refused(&failure),
    }
}

fn shown(event: &Event) -> Value {
    let data = event.data.to_json().ok();
    let data = data.and_then(|data| serde_json::from_str(data.get()).ok());
    json!({
        "key": event.key,
        "type": event.data.type_name(),
        "subject": event.subject,
        "time": event.occurred_at,
        "data": data.unwrap_or(Value::Null),
    })
}

fn refused(failure: &Failure) -> Value {
    json!({"failure": failure.code, "message": failure.message, "place": failure.place})
}

fn difference(expected: &Value, found: &Value, at: &str) -> Option<String> {
    match (expected, found) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(i, (a, b))| difference(a, b, &format!("{at}/{i}")))
        }
        (Value::Object(a), Value::Object(b)) => {
            let null = &Value::Null;
            a.keys().chain(b.keys()).find_map(|name| {
                let (a, b) = (a.get(name).unwrap_or(null), b.get(name).unwrap_or(null));
                difference(a, b, &format!("{at}/{name}"))
            })
        }
        _ if expected == found => None,
        _ if at.is_empty() => Some("/".to_owned()),
        _ => Some(at.to_owned()),
    }
}

#[cfg(test)]
mod tests;

//! Samples of a block: what a message of the partner must become.

use canonical::Event;
use connector::{Codec, Failure, Inbound, Origin, Problem, Settings};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Sample;

/// Runs a sample. What is wrong with it, if anything.
pub(crate) fn check(
    settings: &Settings,
    codec: &dyn Codec,
    number: usize,
    sample: &Sample,
) -> Option<Problem> {
    let place = |member: &str| format!("samples.{number}.{member}");
    let file = settings.path(&sample.file);
    let raw = match std::fs::read(&file) {
        Ok(raw) => raw,
        Err(error) => {
            return Some(Problem::new(
                settings.place(&place("file")),
                format!("{} cannot be read: {error}", file.display()),
                "give a path relative to the configuration file",
            ));
        }
    };
    let expected = match settings.read(&place("expect"), &sample.expect) {
        Ok(expected) => expected,
        Err(problem) => return Some(problem),
    };
    let expected: Value = match serde_json::from_str(&expected) {
        Ok(expected) => expected,
        Err(error) => {
            return Some(Problem::new(
                settings.place(&place("expect")),
                format!("{} is no JSON: {error}", sample.expect.display()),
                "write it with `backhaul translate`",
            ));
        }
    };
    let found = outcome(codec, &settings.instance, raw);
    if found == expected {
        return None;
    }
    let shown = |value: &Value| value.as_array().map_or(0, Vec::len);
    Some(Problem::new(
        settings.place(&format!("samples.{number}")),
        format!(
            "{} becomes something else than {} says ({} and {} parts)",
            sample.file.display(),
            sample.expect.display(),
            shown(&found),
            shown(&expected)
        ),
        "mend the profile or the expectation; see both with `backhaul translate`",
    ))
}

/// What a message becomes, as JSON.
fn outcome(codec: &dyn Codec, instance: &str, raw: Vec<u8>) -> Value {
    let inbound = Inbound {
        origin: Origin {
            connector: instance.to_owned(),
            channel: "sample".to_owned(),
            reference: String::new(),
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
        Err(failure) => Value::Array(vec![refused(&failure)]),
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

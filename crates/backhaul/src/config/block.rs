//! Reads a block key by key, so that everything wrong with it is found at once and each problem names its key.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::report::Report;

/// Reads a block whose keys all have defaults. What cannot be read is reported and left at its default.
pub(super) fn read<T: DeserializeOwned + Default>(
    place: &str,
    value: Option<Value>,
    report: &mut Report,
) -> T {
    let table = match value {
        None => return T::default(),
        Some(Value::Table(table)) => table,
        Some(other) => {
            report.problem(
                place,
                format!("a {} where a block of keys is expected", other.type_str()),
                format!("write it as a block: [{place}]"),
            );
            return T::default();
        }
    };
    let mut good = Table::new();
    for (key, value) in table {
        match fitting::<T>(&key, value) {
            Ok(value) => drop(good.insert(key, value)),
            Err(what) => report.problem(
                format!("{place}.{key}"),
                what,
                "correct it, or leave it out for its default; docs/reference has every key",
            ),
        }
    }
    T::deserialize(Value::Table(good)).unwrap_or_else(|error| {
        report.problem(place, message(&error), "correct the block");
        T::default()
    })
}

/// The value if the key takes it. Variables of the environment are texts: a number or a boolean in one is understood.
fn fitting<T: DeserializeOwned>(key: &str, value: Value) -> Result<Value, String> {
    let alone = |value: &Value| {
        let table = Table::from_iter([(key.to_owned(), value.clone())]);
        T::deserialize(Value::Table(table)).map(drop)
    };
    let first = match alone(&value) {
        Ok(()) => return Ok(value),
        Err(error) => message(&error),
    };
    let Value::String(text) = &value else {
        return Err(first);
    };
    let number = text.parse().ok().map(Value::Integer);
    let boolean = text.parse().ok().map(Value::Boolean);
    let list = Some(Value::Array(
        text.split(',').map(|t| Value::from(t.trim())).collect(),
    ));
    [number, boolean, list]
        .into_iter()
        .flatten()
        .find(|value| alone(value).is_ok())
        .ok_or(first)
}

/// The sentence of a TOML error, on one line.
pub(super) fn message(error: &toml::de::Error) -> String {
    error.message().trim().replace('\n', ", ")
}

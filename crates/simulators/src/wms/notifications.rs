//! The sink of customer notifications: each key once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::floor::DUPLICATE;
use crate::answer::{Done, Refusal, read};

/// Notifications sent to customers.
#[derive(Debug, Default)]
pub(super) struct Notifications(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<Map<String, Value>>,
    by_key: HashMap<String, usize>,
    repeats: usize,
}

impl Notifications {
    /// Takes one, unless its key is known.
    pub(super) fn take(&self, body: &[u8]) -> Result<Done, Refusal> {
        let mut notification: Map<String, Value> = read(body)?;
        let key = notification
            .get("key")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let key = key.ok_or_else(|| Refusal::malformed("missing field `key`"))?;
        let mut state = self.state();
        if let Some(position) = state.by_key.get(&key).copied() {
            state.repeats += 1;
            let known = state.sent.get(position).cloned().unwrap_or_default();
            notification.insert(
                "id".to_owned(),
                known.get("id").cloned().unwrap_or_default(),
            );
            if notification != known {
                let message = format!("{key} came with another body before");
                return Err(Refusal::conflict("KEY_CONFLICT", message));
            }
            return Ok(Done::ok(Value::Object(known)).with(DUPLICATE, "true"));
        }
        let position = state.sent.len();
        let id = format!("ntf-{:06}", position + 1);
        notification.insert("id".to_owned(), id.clone().into());
        state.by_key.insert(key, position);
        state.sent.push(notification.clone());
        Ok(Done::created(
            format!("/notifications/{id}"),
            Value::Object(notification),
        ))
    }

    /// The one with this key, if any.
    pub(super) fn find(&self, key: &str) -> Done {
        let state = self.state();
        let found = state
            .by_key
            .get(key)
            .and_then(|position| state.sent.get(*position));
        Done::ok(json!({ "value": found.into_iter().collect::<Vec<_>>() }))
    }

    /// All, and how many repeats there were.
    pub(super) fn all(&self) -> (Vec<Value>, usize) {
        let state = self.state();
        (
            state.sent.iter().cloned().map(Value::Object).collect(),
            state.repeats,
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

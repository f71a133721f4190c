//! Remembered answers by `Idempotency-Key`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::HeaderName;

use crate::answer::{Done, Refusal};

/// Says that the answer was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What is known of each (route, key).
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Scope, Known>>);

/// (route with id, key).
pub(super) type Scope = (String, String);

#[derive(Debug)]
enum Known {
    InProgress(Vec<u8>),
    Answered(Vec<u8>, Done),
}

/// What a request with a key turns out to be.
#[derive(Debug)]
pub(super) enum Begin {
    /// The first: work on it, then tell how it ended.
    First,
    /// A repeat: this was the answer.
    Replay(Done),
}

impl Memory {
    /// Takes the key for this body, or says why not.
    pub(super) fn begin(&self, scope: &Scope, body: &[u8]) -> Result<Begin, Refusal> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = || {
            let message = "this Idempotency-Key came with another body before";
            Refusal::rule("IDEMPOTENCY_KEY_REUSED", "Idempotency-Key", message)
        };
        match known.get(scope) {
            None => {
                known.insert(scope.clone(), Known::InProgress(body.to_vec()));
                Ok(Begin::First)
            }
            Some(Known::InProgress(first) | Known::Answered(first, _)) if first != body => {
                Err(reused())
            }
            Some(Known::InProgress(_)) => {
                let message = "the first request with this key is still being worked on";
                Err(Refusal::conflict("IDEMPOTENCY_IN_PROGRESS", message))
            }
            Some(Known::Answered(_, done)) => {
                Ok(Begin::Replay(done.clone().with(REPLAYED, "true")))
            }
        }
    }

    /// Remembers a good answer; forgets the key after a refusal, so that a corrected body may come.
    pub(super) fn end(&self, scope: Scope, body: &[u8], outcome: &Result<Done, Refusal>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(done) => {
                known.insert(scope, Known::Answered(body.to_vec(), done.clone()));
            }
            Err(_) => {
                known.remove(&scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_is_in_progress_then_replayed_and_never_reused() {
        let memory = Memory::default();
        let scope = ("POST /x".to_owned(), "k".to_owned());
        assert!(matches!(memory.begin(&scope, b"a"), Ok(Begin::First)));
        let busy = memory.begin(&scope, b"a").expect_err("in progress");
        assert_eq!(busy.code(), "IDEMPOTENCY_IN_PROGRESS");
        memory.end(scope.clone(), b"a", &Ok(Done::ok(Value::Null)));
        assert!(matches!(memory.begin(&scope, b"a"), Ok(Begin::Replay(_))));
        let other = memory.begin(&scope, b"b").expect_err("another body");
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");
    }

    #[test]
    fn a_refused_request_frees_its_key() {
        let memory = Memory::default();
        let scope = ("POST /x".to_owned(), "k".to_owned());
        memory.begin(&scope, b"wrong").expect("first");
        memory.end(scope.clone(), b"wrong", &Err(Refusal::malformed("no")));
        assert!(matches!(memory.begin(&scope, b"right"), Ok(Begin::First)));
    }
}

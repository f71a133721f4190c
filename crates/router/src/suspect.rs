//! Suspects: messages that were under way when a process died, and that may be the reason.
//!
//! What kills a process (an abort, a stack that overflows, memory that is gone, an endless loop that a watchdog ends)
//! comes again, together with its neighbours. So what comes again is taken one by one, and before each a mark is made in
//! the store: "begun". What ends, however it ends, loses its mark. A message that was begun [`TIMES`] times and never
//! ended is not begun again: it alone goes to the exception store.

use std::sync::Arc;

use canonical::key::short_hash;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use store::{NoteName, Store, StoreError};

/// Times that a message may be begun without an end.
pub(crate) const TIMES: u32 = 3;
/// Failure of a message that is not begun again. Filed as `POISON_MESSAGE`.
pub(crate) const POISON: &str = "router.poison";
/// Owner of the router's own notes; no connector may be called so.
pub(crate) const OWNER: &str = "router";

/// What may be done with a suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It is marked: work on it, then say [`Marks::ended`].
    Go,
    /// It was begun too often: keep it, say [`Marks::ended`], and never touch it.
    Poison,
}

/// The marks of one way that messages take.
#[derive(Clone)]
pub(crate) struct Marks {
    store: Arc<dyn Store>,
    space: String,
}

impl Marks {
    /// Marks of that way: "events", "intake/wms-east", "effects/erp".
    pub(crate) fn new(store: &Arc<dyn Store>, way: &str) -> Self {
        Self {
            store: Arc::clone(store),
            space: format!("begun/{way}"),
        }
    }

    /// Counts that it is begun. Durable when it returns.
    pub(crate) async fn begin(&self, key: &str) -> Result<Begun, StoreError> {
        let name = self.name(key);
        let begun = self.store.note(&name).await?;
        let begun: u32 = begun.and_then(|count| count.parse().ok()).unwrap_or(0);
        if begun >= TIMES {
            return Ok(Begun::Poison);
        }
        let count = (begun + 1).to_string();
        self.store.put_note(name, count).await?;
        Ok(Begun::Go)
    }

    /// It ended, well or not: the process lives. A mark that stays behind because the store does not answer counts once
    /// too often, which at worst asks a person about a message that did no harm.
    pub(crate) async fn ended(&self, key: &str) {
        if let Err(error) = self.store.drop_note(self.name(key)).await {
            tracing::warn!(%error, "a mark of a message under way is not dropped");
        }
    }

    fn name(&self, key: &str) -> NoteName {
        NoteName {
            owner: OWNER.to_owned(),
            space: self.space.clone(),
            key: key.to_owned(),
        }
    }
}

/// Recognises a message when it comes again: by its id, if it has one, and its bytes.
pub(crate) fn key_of(id: &str, body: &[u8]) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(body));
    short_hash(&["begun", id, &digest], 40)
}

/// What happened, for people.
pub(crate) fn what_happened(what: &str) -> String {
    format!(
        "{what} was begun {TIMES} times, one at a time, and each time the process ended before it: it kills or stops whoever \
         works on it (a stack that overflows, memory, an endless loop). It is kept alone and not begun again. Keep it for \
         the makers, replay it with a version that is mended, or discard it"
    )
}

#[cfg(test)]
mod tests;

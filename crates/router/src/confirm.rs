//! A person says that the document is there in the target: the effect is confirmed by hand, and the return goes on.
//!
//! For what no look-up can decide: targets without a guard, several documents under one key, documents that somebody typed
//! in. Nothing is sent, and nobody looks it up again: effect, exception, audit and the message to the workflow are one
//! transaction.

use canonical::effect::ErpRef;
use jiff::Timestamp;
use store::{AuditEntry, ExceptionRow, Reopening, Store, StoreError};

use crate::desk::Decided;
use crate::outcome;
use crate::settle::outcome_of;

/// Who confirms, what, and why.
#[derive(Debug, Clone)]
pub struct ByHand<'a> {
    /// Who.
    pub who: &'a str,
    /// The document as the target numbers it.
    pub document: ErpRef,
    /// Why: where it was seen. Goes into the audit.
    pub reason: &'a str,
}

/// Confirms the effect of an exception.
pub async fn confirm(
    store: &dyn Store,
    row: &ExceptionRow,
    by: &ByHand<'_>,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    let refused = |why: String| Ok(Decided::Refused(why));
    if by.reason.trim().is_empty() || by.document.doc_no.trim().is_empty() {
        return refused("give the document's number, and say where it was seen".to_owned());
    }
    if row.effect_key.is_empty() {
        return refused(format!("exception {} is about no effect", row.exception_id));
    }
    let Some(effect) = store.effect(&row.effect_key).await? else {
        return refused(format!("effect {} is not in the store", row.effect_key));
    };
    if effect.attempts == 0 && effect.last_sent_at.is_none() {
        return refused(format!(
            "effect {} was never sent, so that its document cannot be there: replay it, or discard it with a reason",
            row.effect_key
        ));
    }
    let next = outcome::by_hand(&effect, by.document.clone());
    let settled = match outcome_of(&effect.connector, &effect, next, "", now) {
        Ok(settled) => settled,
        Err(error) => return refused(format!("it cannot be written down: {error}")),
    };
    let number = &by.document.doc_no;
    let confirming = Reopening {
        effect_key: effect.effect_key,
        connector: effect.connector,
        document: settled.document,
        exception: Some((
            row.exception_id.clone(),
            format!("confirmed by {} as {number}: {}", by.who, by.reason),
        )),
        now,
        outbox: settled.outbox,
        audit: entry(row, by, now),
    };
    match store.reopen(confirming).await? {
        Some(_) => Ok(Decided::Done(format!("confirmed as {number}"))),
        None => refused(format!(
            "effect {} is {} and moves by itself, or the exception is not open any more",
            row.effect_key,
            effect.state.word()
        )),
    }
}

fn entry(row: &ExceptionRow, by: &ByHand<'_>, now: Timestamp) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: by.who.to_owned(),
        action: "effect.confirmed-by-hand".to_owned(),
        subject: row.return_id.clone(),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: serde_json::json!({
            "exception_id": row.exception_id, "code": row.code, "effect_key": row.effect_key,
            "document": by.document, "reason": by.reason
        })
        .to_string(),
    }
}

//! A person says that the document is there in the target: the effect is confirmed by hand, and the return goes on.
//!
//! For what no look-up can decide: targets without a guard, several documents under one key, documents that somebody typed
//! in. Nothing is sent. The effect is given back and taken at once under a lease of the person's, so that nobody else works on it
//! meanwhile; cut off between the two it is looked up, as after a replay.

use canonical::effect::ErpRef;
use jiff::{SignedDuration, Timestamp};
use store::{
    AuditEntry, EffectRow, ExceptionRow, Lease, LeaseRequest, Reopening, Store, StoreError,
};

use crate::desk::Decided;
use crate::outcome;
use crate::settle::outcome_of;

/// How long the person's lease lasts: two statements.
const LEASE: SignedDuration = SignedDuration::from_mins(1);

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
    let Some(held) = take(store, row, &effect, by, now).await? else {
        return refused(format!(
            "effect {} is {} and moves by itself, or the exception is not open any more",
            row.effect_key,
            effect.state.word()
        ));
    };
    let next = outcome::by_hand(&held, by.document.clone());
    let outcome = match outcome_of(&effect.connector, &held, next, "", now) {
        Ok(outcome) => outcome,
        Err(error) => return refused(format!("it cannot be written down: {error}")),
    };
    let (_, written) = store.settle(vec![outcome], Vec::new()).await?;
    if written.first() == Some(&true) {
        Ok(Decided::Done(format!(
            "confirmed as {}",
            by.document.doc_no
        )))
    } else {
        refused("somebody else took it meanwhile; look at it again".to_owned())
    }
}

/// Gives the effect back and takes it at once; none if it is not a person's to take.
async fn take(
    store: &dyn Store,
    row: &ExceptionRow,
    effect: &EffectRow,
    by: &ByHand<'_>,
    now: Timestamp,
) -> Result<Option<EffectRow>, StoreError> {
    let number = &by.document.doc_no;
    let reopening = Reopening {
        effect_key: effect.effect_key.clone(),
        connector: effect.connector.clone(),
        exception: Some((
            row.exception_id.clone(),
            format!("confirmed by {} as {number}: {}", by.who, by.reason),
        )),
        now,
        // No ticket: nobody else is told that it may be taken.
        outbox: Vec::new(),
        audit: entry(row, by, now),
    };
    if store.reopen(reopening).await?.is_none() {
        return Ok(None);
    }
    let request = LeaseRequest {
        effect_key: effect.effect_key.clone(),
        owner: format!("desk/{}", by.who),
        now,
        until: now.saturating_add(LEASE).unwrap_or(Timestamp::MAX),
    };
    Ok(match store.lease(vec![request]).await?.pop() {
        Some(Lease::Verify(held)) => Some(*held),
        _ => None,
    })
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

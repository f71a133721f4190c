//! What an operator tells of a return: a fact like a partner's, put into the outbox together with its audit entry. A
//! running sidecar publishes it, and the workflow decides.

use canonical::envelope::Context;
use canonical::{Envelope, Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use store::{AuditEntry, Store, StoreError, Unit, UnitOutcome};

use crate::{trace, wire};

/// Who the router takes such a fact from.
pub const CONNECTOR: &str = "operator";

/// A fact and who tells it.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    /// Id of the return.
    pub return_id: &'a str,
    /// What tells this fact from others of its kind in the return.
    pub id: &'a str,
    /// The fact.
    pub data: EventData,
    /// Who.
    pub who: &'a str,
    /// Why. Goes into the audit.
    pub reason: &'a str,
}

/// Puts the fact on its way. The key under which it travels; the same key again is the same fact.
pub async fn tell(
    store: &dyn Store,
    told: &Told<'_>,
    now: Timestamp,
) -> Result<MessageKey, StoreError> {
    let kind = told.data.type_name();
    let key = MessageKey::derive(&[CONNECTOR, told.return_id, kind, told.id]);
    let event = Event {
        key: key.clone(),
        subject: ReturnName::Id(told.return_id.to_owned()),
        occurred_at: now,
        data: told.data.clone(),
    };
    let context = Context {
        connector: CONNECTOR.to_owned(),
        correlation_id: told.return_id.to_owned(),
        causation_id: key.0.clone(),
        traceparent: trace::derived(told.return_id),
        ingested_at: now,
    };
    let broken =
        |error: serde_json::Error| StoreError::Broken(format!("{kind} cannot be written: {error}"));
    let envelope = Envelope::seal(&event, &context).map_err(broken)?;
    let unit = Unit {
        outbox: vec![wire::event(&envelope).map_err(broken)?],
        is_left: true,
        audit: vec![AuditEntry {
            at: now,
            actor: told.who.to_owned(),
            action: format!("told {kind}"),
            subject: told.return_id.to_owned(),
            correlation_id: told.return_id.to_owned(),
            after_hash: String::new(),
            body: serde_json::json!({ "key": key, "reason": told.reason }).to_string(),
        }],
        ..Unit::default()
    };
    let commit = store.commit(vec![unit], Vec::new()).await?;
    match commit.outcomes.into_iter().next() {
        Some(UnitOutcome::Done) | None => Ok(key),
        Some(other) => Err(StoreError::Broken(format!(
            "{kind} was not written: {other:?}"
        ))),
    }
}

//! The workflow's answer, written as rows: what one event adds to its return's unit.

use std::collections::BTreeMap;

use canonical::envelope::{Context, Envelope};
use canonical::{EffectKind, Event, MessageKey};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use store::{
    AuditEntry, ClaimRow, EffectRow, EffectState, EffectWrite, ExceptionRow, ExceptionState,
    InboxKey, InboxRow, OutboxMessage, Reference, ReturnRow, TimerRow, Unit,
};
use workflow::{Claim, PlannedEffect, Raised, ReturnState, Step, Verdict};

use crate::approve::{self, DECIDED};
use crate::report::{self, Report};
use crate::routes::{Home, Routes};
use crate::wire;

/// Connector name of effects that no route takes.
pub(crate) const UNROUTED: &str = "unrouted";

/// The key and content of a message, as the inbox keeps them. `data`: the JSON of its data.
///
/// Who told a fact is not a part of it: the same receipt by another way, or under another message id, is the same.
pub(crate) fn inbox_row(key: &MessageKey, data: &str) -> InboxRow {
    let mut hash = Sha256::new();
    match serde_json::from_str::<BTreeMap<String, &RawValue>>(data) {
        Ok(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "source") {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name.as_bytes());
                hash.update(value.get().as_bytes());
            }
        }
        Err(_) => hash.update(data.as_bytes()),
    }
    let mut short = [0_u8; 8];
    short.copy_from_slice(&hash.finalize().as_slice()[..8]);
    InboxRow {
        key: inbox_key(key),
        content: u64::from_be_bytes(short),
    }
}

fn inbox_key(key: &MessageKey) -> InboxKey {
    let mut short = [0_u8; 16];
    short.copy_from_slice(&Sha256::digest(key.as_str().as_bytes()).as_slice()[..16]);
    short
}

/// Where an event came from, for the rows that it leads to.
pub(crate) struct Cause<'a> {
    pub(crate) envelope: &'a Envelope,
    /// The envelope as received.
    pub(crate) text: &'a str,
    pub(crate) traceparent: &'a str,
}

/// Adds a step to the unit. The state itself is added once, by [`write_state`].
pub(crate) fn add(
    unit: &mut Unit,
    step: Step,
    state: Option<&ReturnState>,
    cause: &Cause<'_>,
    routes: &Routes,
) -> Result<(), serde_json::Error> {
    let return_id = state
        .map(|s| s.header().return_id.clone())
        .unwrap_or_default();
    let now = cause.envelope.ingestedat;
    unit.references.extend(
        step.references
            .into_iter()
            .map(|(space, value)| Reference { space, value }),
    );
    unit.claims.extend(step.claims.into_iter().map(claim_row));
    unit.releases
        .extend(step.releases.into_iter().map(claim_row));
    for planned in step.plan {
        plan(unit, planned, state, cause, routes)?;
    }
    for key in step.release {
        release(unit, key.0, state, routes, now);
    }
    unit.effects.extend(
        step.cancel
            .into_iter()
            .map(|key| EffectWrite::Cancel(key.0)),
    );
    for status in &step.statuses {
        unit.outbox.push(wire::status(status)?);
        unit.audit
            .extend(status.notes.iter().map(|note| AuditEntry {
                at: now,
                actor: "router".to_owned(),
                action: "noted".to_owned(),
                subject: return_id.clone(),
                correlation_id: cause.envelope.correlationid.clone(),
                after_hash: String::new(),
                body: serde_json::json!({ "note": note }).to_string(),
            }));
    }
    for raised in step.exceptions {
        unit.exceptions.push(exception(raised, state, cause));
    }
    for event in &step.tell {
        unit.outbox.push(tell(event, cause)?);
    }
    unit.resolve.extend(
        step.resolve
            .into_iter()
            .map(|f| (f, format!("settled by {}", cause.envelope.id))),
    );
    unit.timers
        .extend(step.timers.into_iter().map(|timer| TimerRow {
            key: timer.key,
            return_id: return_id.clone(),
            kind: timer_kind(timer.kind, &timer.of),
            due_at: timer.due_at,
        }));
    unit.timers_done.extend(step.timers_done);
    unit.audit.push(AuditEntry {
        at: now,
        actor: cause.envelope.connector().to_owned(),
        action: cause.envelope.kind.clone(),
        subject: return_id.clone(),
        correlation_id: cause.envelope.correlationid.clone(),
        after_hash: String::new(),
        body: cause.text.to_owned(),
    });
    if let (Verdict::Ignored(why), DECIDED) = (&step.verdict, cause.envelope.kind.as_str()) {
        let envelope = cause.envelope;
        unit.audit.push(approve::refused(envelope, &return_id, why));
    }
    Ok(())
}

/// What another return is told: by whoever told this one, and because of it.
fn tell(event: &Event, cause: &Cause<'_>) -> Result<OutboxMessage, serde_json::Error> {
    let context = Context {
        connector: cause.envelope.connector().to_owned(),
        correlation_id: cause.envelope.correlationid.clone(),
        causation_id: cause.envelope.id.clone(),
        traceparent: cause.traceparent.to_owned(),
        ingested_at: cause.envelope.ingestedat,
    };
    wire::event(&Envelope::seal(event, &context)?)
}

/// Adds the return's new state, and its hash to the last audit entry.
pub(crate) fn write_state(
    unit: &mut Unit,
    state: &ReturnState,
    version: u64,
    now: Timestamp,
) -> Result<(), serde_json::Error> {
    let text = serde_json::to_string(state)?;
    if let Some(entry) = unit.audit.last_mut() {
        entry.after_hash = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    }
    let header = state.header();
    unit.state = Some(ReturnRow {
        return_id: header.return_id.clone(),
        version,
        rma_number: header.rma_number.clone(),
        entity: header.legal_entity.clone(),
        site: header.return_to_site.clone(),
        customer: header.customer_account.clone(),
        lifecycle: header.lifecycle.word().to_owned(),
        business_code: state.business_code().word().to_owned(),
        updated_at: now,
        state: text,
    });
    Ok(())
}

/// Kind and object of a timer in one word, as the timer row keeps them.
pub(crate) fn timer_kind(kind: canonical::event::TimerKind, of: &str) -> String {
    let word = serde_json::to_value(kind)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    format!("{word}/{of}")
}

fn claim_row(claim: Claim) -> ClaimRow {
    ClaimRow {
        invoice_line: claim.invoice_line,
        from: claim.from.millionths(),
        to: claim.to.millionths(),
        return_id: claim.return_id,
        facts: claim.facts,
    }
}

fn plan(
    unit: &mut Unit,
    planned: PlannedEffect,
    state: Option<&ReturnState>,
    cause: &Cause<'_>,
    routes: &Routes,
) -> Result<(), serde_json::Error> {
    let command = planned.command;
    // By the return's site, wherever single goods end: planning and releasing must find the same connector.
    let home = Home {
        entity: &command.legal_entity,
        site: state.map_or(command.site.as_str(), |s| {
            s.header().return_to_site.as_str()
        }),
        channel: &command.channel,
    };
    let connector = routes.find(command.kind, home);
    let amount = command.amount();
    let now = cause.envelope.ingestedat;
    let key = command.effect_key.0.clone();
    if connector.is_none() {
        let report = Report::new("deliver", canonical::ExceptionCode::MasterDataMissing)
            .reason(format!(
                "no route takes {} of entity {}, site {} and channel {}: add one under [[routes]], then replay",
                command.kind, command.legal_entity, command.site, command.channel
            ))
            .about(&command.return_id, &key)
            .owner(UNROUTED, &command.site, &command.customer_account)
            .money(amount);
        unit.exceptions
            .push(report.row(now, String::new(), bytes::Bytes::new()));
    }
    let begins = match (connector, planned.ready) {
        (None, _) => EffectState::Parked,
        (Some(_), true) => EffectState::Ready,
        (Some(_), false) => EffectState::Planned,
    };
    let connector = connector.unwrap_or(UNROUTED);
    if begins == EffectState::Ready {
        unit.outbox.push(wire::effect(&key, connector, now));
    }
    unit.effects.push(EffectWrite::Plan(EffectRow {
        effect_key: key,
        return_id: command.return_id.clone(),
        kind: command.kind.word().to_owned(),
        connector: connector.to_owned(),
        state: begins,
        amount_minor: amount.map(|a| a.minor),
        currency: amount.map(|a| a.ccy.code().to_owned()),
        correlation_id: command.correlation_id.clone(),
        command: serde_json::to_string(&command)?,
        traceparent: cause.traceparent.to_owned(),
        attempts: 0,
        tries: 0,
        misses: 0,
        fence: 0,
        owner: String::new(),
        lease_until: None,
        not_before: None,
        last_sent_at: None,
        failure_code: String::new(),
        failure_text: String::new(),
        document: None,
        created_at: now,
        updated_at: now,
        ticket_at: None,
    }));
    Ok(())
}

/// Planned → Ready, and off to its connector.
fn release(
    unit: &mut Unit,
    key: String,
    state: Option<&ReturnState>,
    routes: &Routes,
    now: Timestamp,
) {
    let target = state.and_then(|s| {
        let kind: EffectKind = s.effect_kind(&key)?;
        let header = s.header();
        let home = Home {
            entity: &header.legal_entity,
            site: &header.return_to_site,
            channel: &header.channel,
        };
        routes.find(kind, home)
    });
    if let Some(connector) = target {
        unit.outbox.push(wire::effect(&key, connector, now));
    }
    unit.effects.push(EffectWrite::Release(key));
}

fn exception(raised: Raised, state: Option<&ReturnState>, cause: &Cause<'_>) -> ExceptionRow {
    let mut report = Report::new("route", raised.code)
        .reason(raised.reason)
        .place(raised.place)
        .money(raised.amount)
        .fingerprint(raised.fingerprint);
    if let Some(state) = state {
        let header = state.header();
        let effect = raised.effect_key.map(|k| k.0).unwrap_or_default();
        report = report.about(&header.return_id, &effect).owner(
            cause.envelope.connector(),
            &header.return_to_site,
            &header.customer_account,
        );
    }
    let row = report.row(
        cause.envelope.ingestedat,
        report::event_origin(cause.envelope),
        bytes::Bytes::copy_from_slice(cause.text.as_bytes()),
    );
    debug_assert_eq!(row.state, ExceptionState::Open, "new exceptions are open");
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fact_by_another_way_has_the_same_content() {
        let key = MessageKey("receipt|DC-EAST|GR-1".to_owned());
        let one = r#"{"receipt_id":"GR-1","source":{"adapter":"wms","message_id":"1"},"lines":[]}"#;
        let two = r#"{"receipt_id":"GR-1","source":{"adapter":"file"},"lines":[]}"#;
        let other =
            r#"{"receipt_id":"GR-1","source":{"adapter":"wms","message_id":"1"},"lines":[1]}"#;
        assert_eq!(inbox_row(&key, one), inbox_row(&key, two));
        assert_ne!(inbox_row(&key, one).content, inbox_row(&key, other).content);
    }
}

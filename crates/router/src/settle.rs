//! Writes down what became known of an effect: the row, the messages that follow, the exception. Pure.

use canonical::effect::EffectReport;
use canonical::envelope::{Context, Envelope};
use canonical::{Command, EffectKey, Event, EventData, MessageKey, ReturnName};
use jiff::{SignedDuration, Timestamp};
use store::{EffectOutcome, EffectRow, EffectState, OutboxMessage};

use crate::metrics::{label, metrics};
use crate::outcome::Next;
use crate::report::{self, Report};
use crate::{unit, wire};

/// The row to write for what is known.
pub(crate) fn outcome_of(
    connector: &str,
    row: &EffectRow,
    next: Next,
    traceparent: &str,
    now: Timestamp,
) -> Result<EffectOutcome, serde_json::Error> {
    let mut outbox = Vec::new();
    let mut not_before = None;
    if let Some(rung) = next.wait {
        // A little earlier than the message comes back, so that it is not early. A message that comes back before the
        // time the target asked for is dropped, and one that comes long after is not waited for: recovery sends another.
        let wait = next.asked.unwrap_or_else(|| rung.delay());
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO);
        let wait = wait.saturating_sub(SignedDuration::from_millis(200));
        not_before = now.saturating_add(wait).ok();
        outbox.push(wire::effect_later(&row.effect_key, connector, rung, now));
    } else if next.again {
        outbox.push(wire::effect(&row.effect_key, connector, now));
    }
    if let Some(result) = next.tell {
        outbox.push(tell(connector, row, &next, result, traceparent, now)?);
    }
    let exception = next.exception.map(|code| {
        metrics().exceptions.add(
            1,
            &[
                label("code", code.word()),
                label("connector", connector.to_owned()),
            ],
        );
        exception(connector, row, &next, code, now)
    });
    Ok(EffectOutcome {
        effect_key: row.effect_key.clone(),
        fence: row.fence,
        state: next.state,
        tries: next.tries,
        misses: next.misses,
        not_before,
        class: next.class.to_owned(),
        failure_code: next.failure_code,
        failure_text: next.failure_text,
        document: next
            .document
            .map(|d| serde_json::to_string(&d))
            .transpose()?,
        at: now,
        outbox,
        exception,
        audit: None,
    })
}

/// The outcome as an event for the workflow. Its key tells one outcome of an effect from the next (after a replay).
fn tell(
    connector: &str,
    row: &EffectRow,
    next: &Next,
    result: canonical::EffectResult,
    traceparent: &str,
    now: Timestamp,
) -> Result<OutboxMessage, serde_json::Error> {
    let kind = row.kind.parse().map_err(serde::de::Error::custom)?;
    let event = Event {
        key: MessageKey::derive(&[
            "effect",
            &row.effect_key,
            result.word(),
            &row.fence.to_string(),
        ]),
        subject: ReturnName::Id(row.return_id.clone()),
        occurred_at: now,
        data: EventData::EffectSettled(EffectReport {
            effect_key: EffectKey(row.effect_key.clone()),
            kind,
            result,
            erp_ref: next.document.clone(),
            recovered: next.class == "RECOVERED",
            failure_code: next.failure_code.clone(),
            failure_text: next.failure_text.clone(),
            settled_at: now,
        }),
    };
    let envelope = Envelope::seal(
        &event,
        &Context {
            connector: connector.to_owned(),
            correlation_id: row.correlation_id.clone(),
            causation_id: row.effect_key.clone(),
            traceparent: if traceparent.is_empty() {
                row.traceparent.clone()
            } else {
                traceparent.to_owned()
            },
            ingested_at: now,
        },
    )?;
    wire::event(&envelope)
}

fn exception(
    connector: &str,
    row: &EffectRow,
    next: &Next,
    code: canonical::ExceptionCode,
    now: Timestamp,
) -> store::ExceptionRow {
    let command: Option<Command> = serde_json::from_str(&row.command).ok();
    let (site, customer, amount) = command.as_ref().map_or(("", "", None), |c| {
        (c.site.as_str(), c.customer_account.as_str(), c.amount())
    });
    let remedy = match (code, row.state) {
        (canonical::ExceptionCode::ErpAmbiguous, _) => {
            "decide in the target, then confirm the document that holds, or replay"
        }
        (_, EffectState::InFlight | EffectState::Unknown) => "mend the cause, then replay",
        (_, _) => "see the runbook",
    };
    let code = report::by_reason(&next.failure_code).unwrap_or(code);
    let mut report = Report::new("deliver", code)
        .reason(format!("{}: {remedy}", next.failure_text))
        .about(&row.return_id, &row.effect_key)
        .owner(connector, site, customer)
        .money(amount)
        .fingerprint(format!("effect|{}", row.effect_key))
        .row(
            now,
            serde_json::json!({ "channel": "effect", "effect_key": row.effect_key }).to_string(),
            bytes::Bytes::copy_from_slice(row.command.as_bytes()),
        );
    report.failure_code.clone_from(&next.failure_code);
    report.missing = report::missing(
        connector,
        next.lacks.as_deref().map_or(&[], std::slice::from_ref),
    );
    debug_assert_ne!(
        connector,
        unit::UNROUTED,
        "unrouted effects are not delivered"
    );
    report
}

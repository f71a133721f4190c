//! Effects that are under way for too long: one exception, which stops nothing and ends with the effect's outcome.
//!
//! A return whose effects leave gets one timer. When it rings its effects are looked at; it is set again while one of them
//! may still become late.

use std::sync::Arc;

use canonical::{Command, Event, EventData, ExceptionCode};
use jiff::{SignedDuration, Timestamp};
use store::{
    AttemptRow, EffectRow, EffectState, EffectWrite, ExceptionFilter, ExceptionRow, ExceptionState,
    Lookup, Store, StoreError, TimerRow, Unit, UnitOutcome,
};

use crate::metrics::{label, metrics};
use crate::report::Report;

/// Kind of the timer. It is the router's own, not the workflow's.
const KIND: &str = "EFFECT_SLA";
/// Looks at a return that changes meanwhile, before it is left for the next round.
const TRIES: usize = 5;
/// Stage of the exceptions: there is nothing to replay, the effect goes on by itself.
pub(crate) const STAGE: &str = "watch";

/// True for a timer that is looked at here.
pub(crate) fn is_ours(timer: &TimerRow) -> bool {
    timer.kind == KIND
}

/// The timer of a return whose effects begin to move with that unit.
pub(crate) fn watch(unit: &mut Unit, return_id: &str, now: Timestamp, sla: SignedDuration) {
    let moves = unit.effects.iter().any(|write| match write {
        EffectWrite::Plan(effect) => effect.state == EffectState::Ready,
        EffectWrite::Release(_) => true,
        EffectWrite::Cancel(_) => false,
    });
    if moves {
        unit.timers.push(timer(return_id, now, sla));
    }
}

/// An outcome ends the exception: either it is what was waited for, or an exception of its own shows it.
pub(crate) fn settled(unit: &mut Unit, event: &Event) {
    if let EventData::EffectSettled(report) = &event.data {
        let why = format!("the outcome is known: {}", report.result.word());
        unit.resolve
            .push((fingerprint(report.effect_key.as_str()), why));
    }
}

fn timer(return_id: &str, now: Timestamp, after: SignedDuration) -> TimerRow {
    TimerRow {
        key: format!("{return_id}|{KIND}"),
        return_id: return_id.to_owned(),
        kind: KIND.to_owned(),
        due_at: now.saturating_add(after).unwrap_or(Timestamp::MAX),
    }
}

fn fingerprint(effect_key: &str) -> String {
    format!("effect-sla|{effect_key}")
}

/// A timer rang: opens what is late, ends what is over, and comes back for the rest. To be called until it succeeds; only
/// then the timer may be dropped.
pub(crate) async fn ring(
    store: &Arc<dyn Store>,
    rung: &TimerRow,
    now: Timestamp,
    sla: SignedDuration,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let mut unit = look(store, rung, now, sla).await?;
        // A timer of the same key is set again by the unit; a release meanwhile sets a later one.
        unit.timers.retain(|timer| timer.due_at > rung.due_at);
        let opened = unit.exceptions.clone();
        let commit = store.commit(vec![unit], Vec::new()).await?;
        if commit.outcomes.contains(&UnitOutcome::Stale) {
            continue;
        }
        for row in &opened {
            let labels = [
                label("code", row.code.clone()),
                label("connector", row.connector.clone()),
            ];
            metrics().exceptions.add(1, &labels);
            tracing::warn!(effect.key = %row.effect_key, connector.name = %row.connector, "{}", row.reason);
        }
        return Ok(());
    }
    Err(StoreError::Unavailable(format!(
        "return {} changes all the time; its effects are looked at again later",
        rung.return_id
    )))
}

async fn look(
    store: &Arc<dyn Store>,
    rung: &TimerRow,
    now: Timestamp,
    sla: SignedDuration,
) -> Result<Unit, StoreError> {
    let mut unit = Unit::default();
    let mut next: Option<SignedDuration> = None;
    // Read before the effects: an outcome that is taken in after this makes the unit stale, and nothing is opened.
    let home = store.load(&[Lookup::Id(rung.return_id.clone())]).await?;
    unit.read = home
        .into_iter()
        .flatten()
        .next()
        .map(|row| (row.return_id, row.version));
    let known = store
        .exceptions(&ExceptionFilter {
            return_id: Some(rung.return_id.clone()),
            ..ExceptionFilter::default()
        })
        .await?;
    for effect in store.effects_of(&rung.return_id).await? {
        let left = match effect.state {
            EffectState::Ready | EffectState::InFlight | EffectState::Unknown => {
                let history = store.attempts(&effect.effect_key).await?;
                let since = since(&effect, &history);
                let left = sla.saturating_sub(now.duration_since(since));
                if left.is_positive() {
                    left
                } else if is_handed_over(&effect, &history) {
                    sla
                } else {
                    if !is_told(&known, &effect, since) {
                        unit.exceptions.push(late(&effect, since, now));
                    }
                    continue;
                }
            }
            // A person may give these back at any time; they have exceptions of their own.
            EffectState::Parked | EffectState::Rejected | EffectState::Ambiguous => {
                unit.resolve.push(ended(&effect));
                sla
            }
            EffectState::Confirmed | EffectState::Cancelled => {
                unit.resolve.push(ended(&effect));
                continue;
            }
            EffectState::Planned => continue,
        };
        next = Some(next.map_or(left, |next| next.min(left)));
    }
    if let Some(left) = next {
        unit.timers.push(timer(&rung.return_id, now, left));
    }
    Ok(unit)
}

/// Since when it moves: since its first send, or since it was released, or given back by a person.
fn since(effect: &EffectRow, history: &[AttemptRow]) -> Timestamp {
    let sends = usize::try_from(effect.attempts).unwrap_or(usize::MAX);
    if sends == 0 {
        return effect.updated_at;
    }
    let sent = history.iter().rev().filter(|a| a.what == "send");
    sent.take(sends)
        .last()
        .map_or(effect.created_at, |first| first.begun_at)
}

/// True while the partner's own time to acknowledge runs: when it is over the connector looks in vain, and it is sent again.
fn is_handed_over(effect: &EffectRow, history: &[AttemptRow]) -> bool {
    let last = history.iter().rev().find(|a| !a.class.is_empty());
    effect.attempts == 1 && last.is_some_and(|a| a.class == "HANDED-OVER")
}

/// True if that silence has its exception, open or closed by a person.
fn is_told(known: &[ExceptionRow], effect: &EffectRow, since: Timestamp) -> bool {
    let name = fingerprint(&effect.effect_key);
    known.iter().any(|row| {
        row.fingerprint == name && (row.state == ExceptionState::Open || row.opened_at >= since)
    })
}

fn ended(effect: &EffectRow) -> (String, String) {
    let why = format!("the effect is {}", effect.state.word());
    (fingerprint(&effect.effect_key), why)
}

fn late(effect: &EffectRow, since: Timestamp, now: Timestamp) -> ExceptionRow {
    let command: Option<Command> = serde_json::from_str(&effect.command).ok();
    let (site, customer, amount) = command.as_ref().map_or(("", "", None), |c| {
        (c.site.as_str(), c.customer_account.as_str(), c.amount())
    });
    let told = if effect.failure_text.is_empty() {
        "nothing went wrong so far".to_owned()
    } else {
        format!("last: {}", effect.failure_text)
    };
    let reason = format!(
        "{} is under way to {} since {since} without a known outcome, {} and sent {} times; {told}. It is not given up: look \
         whether the target answers; the exception ends when it does",
        effect.kind,
        effect.connector,
        effect.state.word(),
        effect.attempts
    );
    let mut row = Report::new(STAGE, ExceptionCode::ErpUnknownSla)
        .reason(reason)
        .about(&effect.return_id, &effect.effect_key)
        .owner(&effect.connector, site, customer)
        .money(amount)
        .fingerprint(fingerprint(&effect.effect_key))
        .row(now, String::new(), bytes::Bytes::new());
    row.failure_code.clone_from(&effect.failure_code);
    row
}

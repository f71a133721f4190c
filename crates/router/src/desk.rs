//! The dead-letter desk: what may be done with an exception, and doing it.
//!
//! Each decision is one store transaction together with its messages and its audit entry; a running sidecar publishes the
//! messages. Pressing twice is harmless: the second time the exception is no longer open.

use canonical::{Command, EffectKind, ExceptionCode};
use jiff::Timestamp;
use store::{
    AuditEntry, EffectRow, EffectState, ExceptionRow, ExceptionState, Lookup, Reopening, Store,
    StoreError,
};

use crate::impact::{self, Action, Preview};
use crate::routes::{Home, Routes};
use crate::unit::UNROUTED;
use crate::{dead_letters, wire};

/// In the message id of an event that an operator gave back to the flow. Keys never hold it: a `|` in their parts is
/// escaped.
pub(crate) const REPLAY_MARK: &str = "|replay|";

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Done.
    Done(String),
    /// Not done, because.
    Refused(String),
}

/// Says what a replay would do, without doing it.
pub async fn preview(
    store: &dyn Store,
    row: &ExceptionRow,
    routes: &Routes,
) -> Result<Preview, StoreError> {
    let effects = if row.return_id.is_empty() {
        Vec::new()
    } else {
        store.effects_of(&row.return_id).await?
    };
    let applied = effects
        .iter()
        .filter(|e| e.state == EffectState::Confirmed)
        .map(name)
        .collect();
    let mut moves = Vec::new();
    let (does, action) = match plan(row) {
        _ if row.state != ExceptionState::Open => {
            (Action::Nothing, "nothing: it is not open".to_owned())
        }
        Plan::Decode => (
            Action::Decode,
            "decode the raw bytes again and publish their events".to_owned(),
        ),
        Plan::Event => (
            Action::Event,
            "give the event to the router again".to_owned(),
        ),
        Plan::Effect => {
            let effect = store.effect(&row.effect_key).await?;
            let said = preview_effect(store, row, effect.as_ref(), routes).await?;
            if said.0 != Action::Nothing {
                moves.extend(effect.as_ref().map(name));
            }
            said
        }
        Plan::Queue(queue) => (Action::Queue, format!("give the message back to {queue}")),
        Plan::Nothing => (
            Action::Nothing,
            "nothing: this exception is for information".to_owned(),
        ),
    };
    Ok(Preview {
        exception_id: row.exception_id.clone(),
        does,
        action,
        needs_vouching: does != Action::Nothing && unsigned(row),
        amount_minor: row.amount_minor,
        currency: row.currency.clone(),
        applied,
        moves,
    })
}

async fn preview_effect(
    store: &dyn Store,
    row: &ExceptionRow,
    effect: Option<&EffectRow>,
    routes: &Routes,
) -> Result<(Action, String), StoreError> {
    let nothing = |why: String| Ok((Action::Nothing, format!("nothing: {why}")));
    let Some(effect) = effect else {
        return nothing(format!("effect {} is not in the store", row.effect_key));
    };
    let ever_sent = effect.attempts > 0 || effect.last_sent_at.is_some();
    let Some(action) = impact::of_effect(effect.state, ever_sent) else {
        let state = effect.state.word();
        return nothing(format!("effect {} is {state}", row.effect_key));
    };
    if way_of(store, effect, routes).await?.is_none() {
        return nothing(format!(
            "no route takes {}: add one under [[routes]] first",
            effect.kind
        ));
    }
    let words = if ever_sent {
        "look the effect up in its target first, and send it only if it is not there"
    } else {
        "send the effect for the first time"
    };
    Ok((action, words.to_owned()))
}

fn name(effect: &EffectRow) -> String {
    format!("{} {}", effect.kind, effect.effect_key)
}

fn unsigned(row: &ExceptionRow) -> bool {
    row.code == ExceptionCode::SignatureInvalid.word()
}

/// Who replays, and how far they go.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// Who.
    pub who: &'a str,
    /// Also what nobody has signed: they have looked at the bytes and vouch for them.
    pub vouched: bool,
    /// Routes as configured now: an effect may have another way than when it was planned.
    pub routes: &'a Routes,
}

/// Gives the exception back to the flow.
pub async fn replay(
    store: &dyn Store,
    row: &ExceptionRow,
    how: Replay<'_>,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    if row.state != ExceptionState::Open {
        return Ok(Decided::Refused(format!(
            "exception {} is not open",
            row.exception_id
        )));
    }
    if unsigned(row) && !how.vouched {
        return Ok(Decided::Refused(
            "nobody signed these bytes: have the sender send them again, or look at them and vouch for them".to_owned(),
        ));
    }
    let audit = entry(row, how.who, "exception.replayed", "", now);
    let outbox = match plan(row) {
        Plan::Decode => vec![wire::replay(&row.exception_id)],
        Plan::Event => vec![event_again(row)],
        Plan::Queue(queue) => {
            vec![wire::to_queue(
                &row.exception_id,
                &queue,
                "application/json",
                row.raw.clone(),
            )]
        }
        Plan::Effect => return replay_effect(store, row, how, now, audit).await,
        Plan::Nothing => {
            return Ok(Decided::Refused(
                "there is nothing to replay: discard it with a reason".to_owned(),
            ));
        }
    };
    let resolution = format!("replayed by {}", how.who);
    let closed = store
        .close_exception(
            &row.exception_id,
            ExceptionState::Replayed,
            &resolution,
            now,
            outbox,
            audit,
        )
        .await?;
    Ok(if closed {
        Decided::Done(resolution)
    } else {
        Decided::Refused("somebody else closed it meanwhile".to_owned())
    })
}

/// Exception and effect in one transaction: whoever comes second finds both settled.
async fn replay_effect(
    store: &dyn Store,
    row: &ExceptionRow,
    how: Replay<'_>,
    now: Timestamp,
    audit: AuditEntry,
) -> Result<Decided, StoreError> {
    let Some(effect) = store.effect(&row.effect_key).await? else {
        return Ok(Decided::Refused(format!(
            "effect {} is not in the store",
            row.effect_key
        )));
    };
    let Some(connector) = way_of(store, &effect, how.routes).await? else {
        return Ok(Decided::Refused(format!(
            "no route takes {}: add one under [[routes]] first",
            effect.kind
        )));
    };
    let reopening = Reopening {
        outbox: vec![wire::effect(&effect.effect_key, &connector, now)],
        connector,
        document: None,
        exception: Some((row.exception_id.clone(), format!("replayed by {}", how.who))),
        now,
        audit,
        effect_key: effect.effect_key,
    };
    Ok(match store.reopen(reopening).await? {
        Some(EffectState::Unknown) => {
            Decided::Done("it is looked up in its target first".to_owned())
        }
        Some(_) => Decided::Done("it is sent".to_owned()),
        None => Decided::Refused(format!(
            "effect {} is {} and moves by itself, or somebody else replayed it meanwhile",
            row.effect_key,
            effect.state.word()
        )),
    })
}

/// The connector for an effect: the one that has it, unless no route took it when it was planned.
async fn way_of(
    store: &dyn Store,
    effect: &EffectRow,
    routes: &Routes,
) -> Result<Option<String>, StoreError> {
    if effect.connector != UNROUTED {
        return Ok(Some(effect.connector.clone()));
    }
    let Ok(kind) = effect.kind.parse::<EffectKind>() else {
        return Ok(None);
    };
    let found = store.load(&[Lookup::Id(effect.return_id.clone())]).await?;
    let home = found.into_iter().next().flatten();
    let Ok(command) = serde_json::from_str::<Command>(&effect.command) else {
        return Ok(None);
    };
    Ok(home.and_then(|row| {
        let home = Home {
            entity: &row.entity,
            site: &row.site,
            channel: &command.channel,
        };
        routes.find(kind, home).map(str::to_owned)
    }))
}

/// Decides that it will not be processed.
pub async fn discard(
    store: &dyn Store,
    row: &ExceptionRow,
    who: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    if reason.trim().is_empty() {
        return Ok(Decided::Refused(
            "say why: a discarded exception needs a reason".to_owned(),
        ));
    }
    let resolution = format!("discarded by {who}: {reason}");
    let audit = entry(row, who, "exception.discarded", reason, now);
    let closed = store
        .close_exception(
            &row.exception_id,
            ExceptionState::Discarded,
            &resolution,
            now,
            Vec::new(),
            audit,
        )
        .await?;
    Ok(if closed {
        Decided::Done(resolution)
    } else {
        Decided::Refused(format!("exception {} is not open", row.exception_id))
    })
}

enum Plan {
    Decode,
    Event,
    Effect,
    Queue(String),
    Nothing,
}

fn plan(row: &ExceptionRow) -> Plan {
    match row.stage.as_str() {
        "intake" => Plan::Decode,
        "deliver" if !row.effect_key.is_empty() => Plan::Effect,
        "route" if !row.raw.is_empty() => Plan::Event,
        dead_letters::STAGE => dead_letters::queue_of(row).map_or(Plan::Nothing, Plan::Queue),
        _ => Plan::Nothing,
    }
}

/// The id of an event that is given back. Given back again and again it keeps one mark, with the number of times that it
/// failed.
pub(crate) fn marked(id: &str, row: &ExceptionRow) -> String {
    let first = id.split(REPLAY_MARK).next().unwrap_or_default();
    format!(
        "{first}{REPLAY_MARK}{}.{}",
        row.exception_id, row.occurrences
    )
}

/// The event as it was, under a message id of its own, so that the inbox lets it in once more. The workflow still knows
/// its business key: what was applied is not applied again.
fn event_again(row: &ExceptionRow) -> store::OutboxMessage {
    let text = String::from_utf8_lossy(&row.raw);
    let envelope = canonical::Envelope::parse(&text).ok().map(|mut envelope| {
        envelope.id = marked(&envelope.id, row);
        envelope
    });
    envelope
        .and_then(|envelope| wire::event(&envelope).ok())
        .unwrap_or_else(|| wire::event_message(&row.exception_id, "unreadable", row.raw.clone()))
}

fn entry(row: &ExceptionRow, who: &str, action: &str, reason: &str, now: Timestamp) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: who.to_owned(),
        action: action.to_owned(),
        subject: if row.return_id.is_empty() {
            row.exception_id.clone()
        } else {
            row.return_id.clone()
        },
        correlation_id: String::new(),
        after_hash: String::new(),
        body: serde_json::json!({
            "exception_id": row.exception_id, "code": row.code, "effect_key": row.effect_key, "reason": reason
        })
        .to_string(),
    }
}

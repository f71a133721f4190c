//! What the router puts on the broker: events, effects, status, retries, replays.

use std::collections::BTreeMap;

use broker::topology::{EFFECTS, EVENTS, STATUS, effect_queue};
use broker::{Destination, Message, Queue, Rung, Topology};
use bytes::Bytes;
use canonical::envelope::{self, Envelope};
use canonical::status::StatusEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::OutboxMessage;

/// Queue of exceptions that were given back to the flow.
pub const REPLAY_QUEUE: &str = "returns.replay";

/// The topology of a sidecar with these connector instances. `one_session`: those whose effects are delivered by one
/// process at a time.
pub fn topology(connectors: &[String], one_session: &[String], delivery_limit: u32) -> Topology {
    let mut topology = Topology::of(connectors, delivery_limit);
    for connector in one_session {
        topology = topology.one_session(connector);
    }
    topology.queues.push(Queue {
        name: REPLAY_QUEUE.to_owned(),
        delivery_limit,
        one_consumer: false,
        bindings: Vec::new(),
    });
    topology
}

/// Body of an effect's message. The command itself is in the store: there it can be looked at, and there is one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectTicket {
    /// The effect.
    pub effect_key: String,
    /// Since when the effect may be delivered by it: when it was written, or when it comes back from the wait ladder. Left out
    /// by older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// Body of a replay's message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayTicket {
    /// The exception.
    pub exception_id: String,
}

/// Where an outbox message goes, as stored with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Address {
    Topic {
        exchange: String,
        key: String,
        optional: bool,
    },
    Queue(String),
    Wait {
        seconds: u64,
        queue: String,
    },
}

/// An event for the router.
pub fn event(envelope: &Envelope) -> Result<OutboxMessage, serde_json::Error> {
    Ok(event_message(
        &envelope.id,
        &envelope.kind,
        serde_json::to_vec(envelope)?.into(),
    ))
}

/// An event that is JSON already.
pub fn event_message(id: &str, kind: &str, body: Bytes) -> OutboxMessage {
    let key = kind.strip_prefix("backhaul.").unwrap_or(kind).to_owned();
    message(
        id,
        &Address::Topic {
            exchange: EVENTS.to_owned(),
            key,
            optional: false,
        },
        envelope::MEDIA_TYPE,
        body,
    )
}

/// An effect for its connector.
pub fn effect(effect_key: &str, connector: &str, now: Timestamp) -> OutboxMessage {
    let address = Address::Topic {
        exchange: EFFECTS.to_owned(),
        key: connector.to_owned(),
        optional: false,
    };
    let ticket = ticket(effect_key, now);
    message(effect_key, &address, "application/json", ticket)
}

/// An effect that waits on the ladder, then comes to its connector.
pub fn effect_later(
    effect_key: &str,
    connector: &str,
    rung: Rung,
    now: Timestamp,
) -> OutboxMessage {
    let address = Address::Wait {
        seconds: rung.delay().as_secs(),
        queue: effect_queue(connector),
    };
    let then = now.saturating_add(rung.delay()).unwrap_or(now);
    let ticket = ticket(effect_key, then);
    message(effect_key, &address, "application/json", ticket)
}

/// A status event for whoever listens.
pub fn status(event: &StatusEvent) -> Result<OutboxMessage, serde_json::Error> {
    let address = Address::Topic {
        exchange: STATUS.to_owned(),
        key: format!("return.{}", event.business_code),
        optional: true,
    };
    Ok(message(
        &event.event_id,
        &address,
        "application/json",
        serde_json::to_vec(event)?.into(),
    ))
}

/// An exception that goes back into the flow.
pub fn replay(exception_id: &str) -> OutboxMessage {
    let body = serde_json::json!({ "exception_id": exception_id }).to_string();
    message(
        exception_id,
        &Address::Queue(REPLAY_QUEUE.to_owned()),
        "application/json",
        body.into(),
    )
}

/// The same, after a while: no process here can take it now.
pub fn replay_later(exception_id: &str, rung: Rung) -> OutboxMessage {
    let mut message = replay(exception_id);
    let address = Address::Wait {
        seconds: rung.delay().as_secs(),
        queue: REPLAY_QUEUE.to_owned(),
    };
    message.destination = serde_json::to_string(&address).unwrap_or_default();
    message
}

/// A message that goes back to the queue it was dead-lettered from.
pub fn to_queue(id: &str, queue: &str, content_type: &str, body: Bytes) -> OutboxMessage {
    message(id, &Address::Queue(queue.to_owned()), content_type, body)
}

/// Turns a stored message into one for the broker. The error names what cannot be read.
pub fn to_broker(stored: OutboxMessage) -> Result<Message, serde_json::Error> {
    let to = match serde_json::from_str(&stored.destination)? {
        Address::Topic {
            exchange,
            key,
            optional,
        } => Destination::Topic {
            exchange,
            key,
            optional,
        },
        Address::Queue(queue) => Destination::Queue(queue),
        Address::Wait { seconds, queue } => Destination::Wait {
            rung: Rung::at_least(std::time::Duration::from_secs(seconds)),
            queue,
        },
    };
    let headers: BTreeMap<String, String> = if stored.headers.is_empty() {
        BTreeMap::new()
    } else {
        serde_json::from_str(&stored.headers)?
    };
    Ok(Message {
        id: stored.id,
        to,
        content_type: stored.content_type,
        headers,
        body: stored.body,
    })
}

/// Longest message id that AMQP carries, in bytes (AMQP 0-9-1, section 4.2.5.3, short strings).
const LONGEST_ID: usize = 255;

/// The id as the broker carries it. One that is too long (partners may have long numbers) ends with a hash of the whole;
/// messages are recognised by the key in their body, which stays as it is.
fn carried(id: &str) -> String {
    if id.len() <= LONGEST_ID {
        return id.to_owned();
    }
    let hash = canonical::key::short_hash(&[id], 40);
    let mut short: String = id.chars().take(50).collect();
    short.push('|');
    short.push_str(&hash);
    short
}

fn ticket(effect_key: &str, since: Timestamp) -> Bytes {
    serde_json::json!({ "effect_key": effect_key, "since": since })
        .to_string()
        .into()
}

fn message(id: &str, address: &Address, content_type: &str, body: Bytes) -> OutboxMessage {
    OutboxMessage {
        id: carried(id),
        destination: serde_json::to_string(address).unwrap_or_default(),
        content_type: content_type.to_owned(),
        headers: String::new(),
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_772_000_000, 0);

    #[test]
    fn long_ids_are_carried_and_stay_different() {
        let id = |last: &str| effect(&format!("{}{last}", "é".repeat(300)), "erp", NOON).id;
        assert!(id("1").len() <= LONGEST_ID);
        assert_ne!(id("1"), id("2"));
        assert_eq!(id("1"), id("1"));
        assert_eq!(effect("rt1-a", "erp", NOON).id, "rt1-a");
    }

    #[test]
    fn stored_messages_find_their_way() {
        let now = to_broker(effect("rt1-a", "erp", NOON)).unwrap();
        assert_eq!(
            now.to,
            Destination::Topic {
                exchange: EFFECTS.to_owned(),
                key: "erp".to_owned(),
                optional: false
            }
        );
        let later = to_broker(effect_later("rt1-a", "erp", Rung::M2, NOON)).unwrap();
        assert_eq!(
            later.to,
            Destination::Wait {
                rung: Rung::M2,
                queue: "returns.effects.erp".to_owned()
            }
        );
        let ticket: EffectTicket = serde_json::from_slice(&later.body).unwrap();
        assert_eq!(ticket.effect_key, "rt1-a");
        assert_eq!(ticket.since, Some(NOON + Rung::M2.delay()));
        let old: EffectTicket = serde_json::from_str(r#"{"effect_key":"rt1-a"}"#).unwrap();
        assert_eq!(old.since, None);
    }
}

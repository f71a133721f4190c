//! Messages and deliveries in AMQP's terms.

use std::collections::BTreeMap;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::message::{Delivery, Destination, Message, Tag};
use crate::port::PublishError;

/// Written to disk by the broker.
const PERSISTENT: u8 = 2;

/// Headers that the broker adds on its way; they are not the application's.
const BROKER_HEADERS: [&str; 9] = [
    "x-acquired-count",
    "x-death",
    "x-delivery-count",
    "x-first-death-exchange",
    "x-first-death-queue",
    "x-first-death-reason",
    "x-last-death-exchange",
    "x-last-death-queue",
    "x-last-death-reason",
];

/// A message's address and properties as AMQP wants them.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    pub(super) mandatory: bool,
    pub(super) properties: BasicProperties,
}

impl Envelope {
    /// # Errors
    /// `Refused` when the id, exchange, key, media type or a header's name is longer than AMQP's 255 bytes.
    pub(super) fn of(message: &Message) -> Result<Self, PublishError> {
        let (exchange, key, mandatory) = match &message.to {
            Destination::Topic {
                exchange,
                key,
                optional,
            } => (short(exchange.clone())?, short(key.clone())?, !optional),
            Destination::Queue(queue) => (ShortString::default(), short(queue.clone())?, true),
            Destination::Wait { rung, queue } => {
                (short(rung.queue())?, short(queue.clone())?, true)
            }
        };
        let mut properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(message.id.clone())?)
            .with_content_type(short(message.content_type.clone())?);
        if !message.headers.is_empty() {
            let mut table = BTreeMap::new();
            for (name, value) in &message.headers {
                table.insert(
                    short(name.clone())?,
                    AMQPValue::LongString(value.as_str().into()),
                );
            }
            properties = properties.with_headers(FieldTable::from(table));
        }
        Ok(Self {
            exchange,
            key,
            mandatory,
            properties,
        })
    }
}

fn short(text: String) -> Result<ShortString, PublishError> {
    ShortString::try_new(text).map_err(|e| PublishError::Refused(e.to_string()))
}

/// A delivery in the port's terms.
pub(super) fn delivery(session: u64, from: lapin::message::Delivery) -> Delivery {
    let properties = &from.properties;
    Delivery {
        tag: Tag {
            session,
            number: from.delivery_tag,
        },
        id: properties
            .message_id()
            .as_ref()
            .map(|s| s.as_str().to_owned())
            .unwrap_or_default(),
        content_type: properties
            .content_type()
            .as_ref()
            .map(|s| s.as_str().to_owned()),
        headers: properties
            .headers()
            .as_ref()
            .map(headers)
            .unwrap_or_default(),
        redelivered: from.redelivered,
        over_limit: properties.headers().as_ref().is_some_and(over_limit),
        routing_key: from.routing_key.into(),
        body: Bytes::from(from.data),
    }
}

fn headers(table: &FieldTable) -> BTreeMap<String, String> {
    let own = table
        .into_iter()
        .filter(|(name, _)| !BROKER_HEADERS.contains(&name.as_str()));
    own.map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// Whether its last death was of the delivery limit. RabbitMQ puts the latest first
/// (<https://www.rabbitmq.com/docs/dlx#effects>).
fn over_limit(table: &FieldTable) -> bool {
    let Some(AMQPValue::FieldArray(deaths)) = table.inner().get("x-death") else {
        return false;
    };
    let Some(AMQPValue::FieldTable(last)) = deaths.as_slice().first() else {
        return false;
    };
    let reason = last.inner().get("reason").map(text);
    reason.as_deref() == Some("delivery_limit")
}

fn text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(s) => String::from_utf8_lossy(s.as_bytes()).into_owned(),
        AMQPValue::ShortString(s) => s.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Rung;

    fn message(to: Destination) -> Message {
        Message {
            id: "id".to_owned(),
            to,
            content_type: "text/plain".to_owned(),
            headers: BTreeMap::from([("attempt".to_owned(), "3".to_owned())]),
            body: Bytes::from_static(b"body"),
        }
    }

    #[test]
    fn the_wait_ladder_is_reached_with_the_queue_as_key() {
        let to = Destination::Wait {
            rung: Rung::M2,
            queue: "returns.router".to_owned(),
        };
        let envelope = Envelope::of(&message(to)).unwrap();
        assert_eq!(envelope.exchange.as_str(), "returns.wait.2m");
        assert_eq!(envelope.key.as_str(), "returns.router");
        assert!(envelope.mandatory);
    }

    #[test]
    fn what_amqp_cannot_carry_is_refused_and_does_not_panic() {
        let to = Destination::Queue("q".repeat(256));
        assert!(matches!(
            Envelope::of(&message(to)),
            Err(PublishError::Refused(_))
        ));
    }

    #[test]
    fn the_brokers_own_headers_are_not_shown() {
        let mut table = FieldTable::default();
        table.insert("x-death".into(), AMQPValue::LongLongInt(1));
        table.insert("attempt".into(), AMQPValue::LongString("3".into()));
        table.insert("n".into(), AMQPValue::LongLongInt(7));
        let shown = headers(&table);
        assert_eq!(shown.get("attempt").map(String::as_str), Some("3"));
        assert_eq!(shown.get("n").map(String::as_str), Some("LongLongInt(7)"));
        assert_eq!(shown.len(), 2);
    }
}

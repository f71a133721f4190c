//! Queue arguments as RabbitMQ knows them. Immutable once a queue exists: a change here is a migration.

use std::fmt;

use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::topology::{Queue, Rung};

/// Delivery limit of `.parked` queues. From 4.0 RabbitMQ drops after 20 returns what has no limit of its own, and
/// nothing may be dropped there; "no limit" cannot be said portably (-1 means 0 on 3.x).
const PARKED_LIMIT: i64 = 1_000_000_000;

/// Value of one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// Arguments of one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arguments(Vec<(&'static str, Value)>);

impl Arguments {
    /// A work queue: dead-letters at least once to its `.parked` queue, through the default exchange.
    pub(super) fn work(queue: &Queue) -> Self {
        let mut all = dead_letter_at_least_once();
        all.push(("x-dead-letter-routing-key", Value::Text(queue.parked())));
        all.push((
            "x-delivery-limit",
            Value::Number(queue.delivery_limit.max(1).into()),
        ));
        if queue.one_consumer {
            all.push(("x-single-active-consumer", Value::Flag(true)));
        }
        Self(all)
    }

    /// A `.parked` queue.
    pub(super) fn parked() -> Self {
        Self(vec![
            ("x-queue-type", Value::Text("quorum".to_owned())),
            ("x-delivery-limit", Value::Number(PARKED_LIMIT)),
        ])
    }

    /// A rung: each message waits its time, then goes through the default exchange to the queue that its routing
    /// key names.
    pub(super) fn rung(rung: Rung) -> Self {
        let mut all = dead_letter_at_least_once();
        let ttl = i64::try_from(rung.delay().as_millis()).unwrap_or(i64::MAX);
        all.push(("x-message-ttl", Value::Number(ttl)));
        Self(all)
    }

    pub(super) fn table(&self) -> FieldTable {
        let mut table = FieldTable::default();
        for (name, value) in &self.0 {
            let value = match value {
                Value::Text(text) => AMQPValue::LongString(text.as_str().into()),
                Value::Number(number) => AMQPValue::LongLongInt(*number),
                Value::Flag(flag) => AMQPValue::Boolean(*flag),
            };
            table.insert(ShortString::from(*name), value);
        }
        table
    }
}

/// At-least-once dead-lettering needs a quorum queue that refuses publishes rather than drop its oldest.
fn dead_letter_at_least_once() -> Vec<(&'static str, Value)> {
    let text = |s: &str| Value::Text(s.to_owned());
    vec![
        ("x-queue-type", text("quorum")),
        ("x-overflow", text("reject-publish")),
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-dead-letter-exchange", text("")),
    ]
}

impl fmt::Display for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (name, value)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            match value {
                Value::Text(text) => write!(f, "{comma}{name}={text:?}")?,
                Value::Number(number) => write!(f, "{comma}{name}={number}")?,
                Value::Flag(flag) => write!(f, "{comma}{name}={flag}")?,
            }
        }
        Ok(())
    }
}

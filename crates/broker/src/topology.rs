//! The one description of exchanges, queues and bindings, from which everything is declared and printed.

use std::time::Duration;

use serde::Serialize;

/// A durable topic exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Name.
    pub name: String,
}

/// What the name of a dead-letter queue ends with.
pub const PARKED: &str = ".parked";

/// A durable quorum queue with a positive delivery limit, a dead-letter queue of its own
/// (`<name>.parked`, at-least-once) and bindings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Name, as `returns.<route>`.
    pub name: String,
    /// Times a delivery may fail before the broker dead-letters it (RabbitMQ: `x-delivery-limit`). Above 0.
    pub delivery_limit: u32,
    /// One consumer at a time over all processes; when it ends, the broker goes on with the next
    /// (RabbitMQ: `x-single-active-consumer`).
    pub one_consumer: bool,
    /// Bindings: (exchange, routing key pattern).
    pub bindings: Vec<(String, String)>,
}

impl Queue {
    /// Name of this queue's dead-letter queue.
    pub fn parked(&self) -> String {
        format!("{}{PARKED}", self.name)
    }
}

/// One delay of the wait ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Rung {
    /// 1 s.
    S1,
    /// 5 s.
    S5,
    /// 30 s.
    S30,
    /// 2 min.
    M2,
    /// 10 min.
    M10,
    /// 1 h.
    H1,
}

impl Rung {
    /// All, shortest first.
    pub const ALL: [Self; 6] = [Self::S1, Self::S5, Self::S30, Self::M2, Self::M10, Self::H1];

    /// How long a message stays.
    pub const fn delay(self) -> Duration {
        match self {
            Self::S1 => Duration::from_secs(1),
            Self::S5 => Duration::from_secs(5),
            Self::S30 => Duration::from_secs(30),
            Self::M2 => Duration::from_mins(2),
            Self::M10 => Duration::from_mins(10),
            Self::H1 => Duration::from_hours(1),
        }
    }

    /// Short name, as used in `returns.wait.<name>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::S1 => "1s",
            Self::S5 => "5s",
            Self::S30 => "30s",
            Self::M2 => "2m",
            Self::M10 => "10m",
            Self::H1 => "1h",
        }
    }

    /// Name of the exchange and of the queue of this rung.
    pub fn queue(self) -> String {
        format!("returns.wait.{}", self.name())
    }

    /// The shortest rung that waits at least `wanted`, or the longest.
    pub fn at_least(wanted: Duration) -> Self {
        Self::ALL
            .into_iter()
            .find(|r| r.delay() >= wanted)
            .unwrap_or(Self::H1)
    }
}

/// Everything that has to exist in the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topology {
    /// Topic exchanges.
    pub exchanges: Vec<Exchange>,
    /// Work queues; each also has its `.parked` queue.
    pub queues: Vec<Queue>,
    /// Rungs of the wait ladder.
    pub rungs: Vec<Rung>,
}

/// Exchange that canonical events are published to.
pub const EVENTS: &str = "returns.events";
/// Exchange that effects (canonical commands) are published to, with the connector's name as key.
pub const EFFECTS: &str = "returns.effects";
/// Exchange of status events for portals, OMS, CRM and BI.
pub const STATUS: &str = "returns.status";
/// The router's queue.
pub const EVENTS_QUEUE: &str = "returns.router";

impl Topology {
    /// The topology of a sidecar with these connectors: one router queue, one effect queue for each
    /// connector, the ladder.
    pub fn of(connectors: &[String], delivery_limit: u32) -> Self {
        let exchanges = [EVENTS, EFFECTS, STATUS]
            .map(|n| Exchange { name: n.to_owned() })
            .to_vec();
        let mut queues = vec![Queue {
            name: EVENTS_QUEUE.to_owned(),
            delivery_limit,
            one_consumer: false,
            bindings: vec![(EVENTS.to_owned(), "#".to_owned())],
        }];
        queues.extend(connectors.iter().map(|c| Queue {
            name: effect_queue(c),
            delivery_limit,
            one_consumer: false,
            bindings: vec![(EFFECTS.to_owned(), c.clone())],
        }));
        Self {
            exchanges,
            queues,
            rungs: Rung::ALL.to_vec(),
        }
    }

    /// The same, where the effects of that connector are delivered by one process at a time.
    #[must_use]
    pub fn one_session(mut self, connector: &str) -> Self {
        let name = effect_queue(connector);
        for queue in &mut self.queues {
            queue.one_consumer |= queue.name == name;
        }
        self
    }
}

/// Name of the queue from which a connector's effects are delivered.
pub fn effect_queue(connector: &str) -> String {
    format!("returns.effects.{connector}")
}

//! The blocks that are the sidecar's own, with their defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// `[broker]`: where messages are queued.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerBlock {
    /// `amqp://USER:PASSWORD@HOST:PORT/VHOST`, `amqps://…`, or `embedded:PATH` for one process without RabbitMQ. The nodes of
    /// a cluster may be listed, separated by commas: when one does not answer, the next is tried.
    #[schemars(with = "String")]
    pub url: SecretString,
}

impl Default for BrokerBlock {
    fn default() -> Self {
        Self {
            url: "embedded:data/queue.db".into(),
        }
    }
}

/// `[store]`: where returns, effects, exceptions and the audit are kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreBlock {
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, or `sqlite:PATH` for one host.
    #[schemars(with = "String")]
    pub url: SecretString,
}

impl Default for StoreBlock {
    fn default() -> Self {
        Self {
            url: "sqlite:data/backhaul.db".into(),
        }
    }
}

/// `[http]`: the one listener for all connectors that are posted to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpBlock {
    /// Address and port.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// How long a sender waits for its answer before it is told to try later ("30s").
    #[schemars(with = "String")]
    pub answer_within: SignedDuration,
    /// Requests of one path that may wait at the same time; more are told to try later.
    pub queue: usize,
}

impl Default for HttpBlock {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8480).into(),
            answer_within: SignedDuration::from_secs(30),
            queue: 1024,
        }
    }
}

/// `[admin]`: `/metrics`, `/healthz`, `/readyz`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdminBlock {
    /// Address and port. Not for the public: it says how many returns are open.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
}

impl Default for AdminBlock {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8481).into(),
        }
    }
}

/// `[policy]`: the rules of the house.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyBlock {
    /// Policy files, relative to the configuration file.
    pub files: Vec<PathBuf>,
}

/// `[approvers]`: who may approve.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApproversBlock {
    /// File of people, roles, limits and delegations, relative to the configuration file. Read again with the policies
    /// (SIGHUP). Left out: nobody can decide from the command line.
    pub file: Option<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// `[telemetry]`: what the sidecar says of itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryBlock {
    /// "json" or "text".
    pub log: LogFormat,
    /// What is logged: "info", or finer ("info,router=debug").
    pub level: String,
    /// Address of an OTLP collector that speaks HTTP (`http://collector:4318`). Left out: no traces are made.
    pub otlp: Option<String>,
    /// Name of this service in traces.
    pub service: String,
}

impl Default for TelemetryBlock {
    fn default() -> Self {
        Self {
            log: LogFormat::Json,
            level: "info".to_owned(),
            otlp: None,
            service: "backhaul".to_owned(),
        }
    }
}

/// `[router]`: the engine.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouterBlock {
    /// How long an event waits for a return that is not known yet, before it becomes an exception ("72h").
    #[schemars(with = "String")]
    pub park_for: SignedDuration,
    /// How long an effect may be under way without a known outcome before a person is told by an exception ("2h"). It goes on
    /// all the same.
    #[schemars(with = "String")]
    pub effect_sla: SignedDuration,
    /// Failed deliveries of one message before the broker dead-letters it. A queue cannot change it once it exists.
    pub delivery_limit: u32,
    /// Longest time that a stop waits for what is under way ("25s"). Keep it below the supervisor's own.
    #[schemars(with = "String")]
    pub drain: SignedDuration,
    /// How long decoding one message, encoding one effect or deciding one event may take before the process ends itself, so
    /// that its supervisor starts it again ("2m"). They take milliseconds: what takes so long never ends.
    #[schemars(with = "String")]
    pub hang_after: SignedDuration,
}

impl Default for RouterBlock {
    fn default() -> Self {
        Self {
            park_for: SignedDuration::from_hours(72),
            effect_sla: SignedDuration::from_hours(2),
            delivery_limit: 20,
            drain: SignedDuration::from_secs(25),
            hang_after: SignedDuration::from_mins(2),
        }
    }
}

/// `[reconcile]`: the daily proof.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReconcileBlock {
    /// Time of day at which the day before is proven by itself ("02:00"), where each entity keeps its books. Absent: only when
    /// `backhaul reconcile` is called.
    #[schemars(with = "Option<String>")]
    pub at: Option<jiff::civil::Time>,
    /// What was confirmed here so shortly before the ERP's list is complete may be missing there without being a variance
    /// ("4h").
    #[schemars(with = "String")]
    pub lag: SignedDuration,
    /// How long a supplier may take to credit a claim ("720h"). "0s": nobody watches what suppliers credit.
    #[schemars(with = "String")]
    pub supplier_lag: SignedDuration,
}

impl Default for ReconcileBlock {
    fn default() -> Self {
        Self {
            at: None,
            lag: SignedDuration::from_hours(4),
            supplier_lag: SignedDuration::from_hours(30 * 24),
        }
    }
}

//! `[connectors.NAME]`: what the sidecar itself reads from a connector's block; the rest is the connector's.

use std::path::Path;
use std::time::Duration;

use connector::{Published, Settings};
use jiff::SignedDuration;
use router::RetryPolicy;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use super::block;
use crate::report::Report;

/// One connector instance.
#[derive(Clone)]
pub struct InstanceBlock {
    /// Kind of connector.
    pub kind: String,
    /// Effects worked on at the same time.
    pub max_in_flight: usize,
    /// One effect at a time, over all processes.
    pub one_session: bool,
    /// Longest time that a send or a look-up may take.
    pub deadline: Duration,
    /// How often something must come in from it, or a person is told. Absent: nobody watches.
    pub expect_every: Option<SignedDuration>,
    /// Patience with its target.
    pub retry: RetryPolicy,
    /// The connector's own options. Secrets are in plain in it: it has no debug form.
    pub table: Table,
}

impl std::fmt::Debug for InstanceBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceBlock")
            .field("kind", &self.kind)
            .field("max_in_flight", &self.max_in_flight)
            .field("one_session", &self.one_session)
            .field("deadline", &self.deadline)
            .field("expect_every", &self.expect_every)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// What the sidecar itself reads from a connector's block; the rest is the connector's.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OwnKeys {
    /// Kind of connector.
    #[serde(rename = "type")]
    kind: String,
    /// Effects worked on at the same time by one process.
    max_in_flight: usize,
    /// The target allows one session: one effect at a time, over all processes. RabbitMQ then gives its queue to one of them,
    /// and to the next when that one ends. A queue cannot change this once it exists.
    one_session: bool,
    /// Longest time that a send or a look-up may take ("60s"). Above the connector's own timeouts.
    #[schemars(with = "String")]
    deadline: SignedDuration,
    /// Something must come in from it at least so often ("26h"), or a person is told (`SOURCE_SILENT`); not below "5m". Absent:
    /// nobody watches.
    #[schemars(with = "Option<String>")]
    expect_every: Option<SignedDuration>,
    /// `[connectors.NAME.retry]`: patience with its target.
    #[schemars(with = "RetryKeys")]
    retry: Table,
}

impl Default for OwnKeys {
    fn default() -> Self {
        Self {
            kind: String::new(),
            max_in_flight: 8,
            one_session: false,
            deadline: SignedDuration::from_secs(60),
            expect_every: None,
            retry: Table::new(),
        }
    }
}

/// `[connectors.NAME.retry]`. What is left out keeps its default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetryKeys {
    /// Tries in a row before an effect is parked in the exception store.
    max_tries: Option<u32>,
    /// How long after a send the target may still be working on it: nothing is sent again before ("15m").
    #[schemars(with = "Option<String>")]
    settle_window: Option<SignedDuration>,
    /// Look-ups in a row that must find nothing before a send is repeated.
    probe_misses: Option<u32>,
    /// How often a send of unknown outcome may be repeated on a target that only a look-up protects.
    max_reposts: Option<u32>,
    /// How long an unknown outcome may last before a person is called ("4h").
    #[schemars(with = "Option<String>")]
    unknown_sla: Option<SignedDuration>,
    /// How long the connector rests after its credentials or address proved wrong ("30s").
    #[schemars(with = "Option<String>")]
    pause: Option<SignedDuration>,
    /// Longest rung of the wait ladder that is used ("1h"). Throttled effects wait as long as the target asks.
    #[schemars(with = "Option<String>")]
    longest_wait: Option<SignedDuration>,
}

const OWN: [&str; 6] = [
    "type",
    "max_in_flight",
    "one_session",
    "deadline",
    "expect_every",
    "retry",
];
/// When a source was heard is noted once a minute, and is not held against it right after a start.
const LEAST_EXPECTED: SignedDuration = SignedDuration::from_mins(5);

impl InstanceBlock {
    /// Splits a block into the sidecar's keys and the connector's.
    pub(super) fn read(name: &str, value: Value, report: &mut Report) -> Self {
        let place = format!("connectors.{name}");
        let mut table = match value {
            Value::Table(table) => table,
            other => {
                let what = format!("a {} where a block is expected", other.type_str());
                report.problem(&place, what, format!("write it as a block: [{place}]"));
                Table::new()
            }
        };
        let own: Table = OWN
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), table.remove(*key)?)))
            .collect();
        let own: OwnKeys = block::read(&place, Some(Value::Table(own)), report);
        let retry_place = format!("{place}.retry");
        let retry: RetryKeys = block::read(&retry_place, Some(Value::Table(own.retry)), report);
        let mut positive = |key: &str, span: SignedDuration, otherwise: Duration| {
            Duration::try_from(span)
                .ok()
                .filter(|d| !d.is_zero())
                .unwrap_or_else(|| {
                    report.problem(
                        key,
                        "it is not above zero",
                        "write a duration such as \"30s\"",
                    );
                    otherwise
                })
        };
        let defaults = RetryPolicy::default();
        let mut span = |key: &str, span: Option<SignedDuration>, otherwise: Duration| {
            span.map_or(otherwise, |s| {
                positive(&format!("{retry_place}.{key}"), s, otherwise)
            })
        };
        let policy = RetryPolicy {
            max_tries: retry.max_tries.unwrap_or(defaults.max_tries),
            settle_window: span("settle_window", retry.settle_window, defaults.settle_window),
            probe_misses: retry.probe_misses.unwrap_or(defaults.probe_misses),
            max_reposts: retry.max_reposts.unwrap_or(defaults.max_reposts),
            unknown_sla: span("unknown_sla", retry.unknown_sla, defaults.unknown_sla),
            pause: span("pause", retry.pause, defaults.pause),
            longest_wait: span("longest_wait", retry.longest_wait, defaults.longest_wait),
        };
        let deadline = positive(
            &format!("{place}.deadline"),
            own.deadline,
            Duration::from_mins(1),
        );
        let block = Self {
            kind: own.kind,
            max_in_flight: if own.one_session {
                own.max_in_flight.min(1)
            } else {
                own.max_in_flight
            },
            one_session: own.one_session,
            deadline,
            expect_every: own.expect_every,
            retry: policy,
            table,
        };
        block.sound(&place, report);
        block
    }

    fn sound(&self, place: &str, report: &mut Report) {
        if self.max_in_flight == 0 {
            report.problem(
                format!("{place}.max_in_flight"),
                "it is 0",
                "write at least 1",
            );
        }
        if self
            .expect_every
            .is_some_and(|every| every < LEAST_EXPECTED)
        {
            report.problem(
                format!("{place}.expect_every"),
                "it is below five minutes",
                "write the longest time without a message that is usual, and some more: \"26h\" for a file each day",
            );
        }
        let retry = &self.retry;
        if retry.max_tries == 0 {
            report.problem(
                format!("{place}.retry.max_tries"),
                "it is 0",
                "write at least 1",
            );
        }
        if retry.probe_misses == 0 {
            report.problem(
                format!("{place}.retry.probe_misses"),
                "it is 0: an unknown outcome would be sent again without looking it up",
                "write at least 1",
            );
        }
        if retry.settle_window < self.deadline {
            report.problem(
                format!("{place}.retry.settle_window"),
                "it is shorter than the connector's deadline: a send could be repeated while the first is still under way",
                "make it longer than the target ever takes to process and index a document",
            );
        }
        if retry.unknown_sla < retry.settle_window {
            report.warning(
                format!("{place}.retry.unknown_sla"),
                "it is shorter than settle_window: a person is called before anything could be looked up",
                "make it longer than settle_window",
            );
        }
    }

    /// The block as the connector sees it.
    pub fn settings(&self, name: &str, base_dir: &Path) -> Settings {
        Settings {
            instance: name.to_owned(),
            table: self.table.clone(),
            base_dir: base_dir.to_owned(),
            published: Published::default(),
        }
    }
}

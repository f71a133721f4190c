//! One rule: which fault, where, how often.

use serde::{Deserialize, Serialize};

use super::Fault;

/// Switches one fault on.
///
/// Without `times`, `percent` and `for_ms` it fires once. With `times` it fires for the next N matching requests, with
/// `percent` by draw (and at most `burst` times in a row for one operation and key, so that each succeeds in the end),
/// with `for_ms` for that long from now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// Beginning of the operation ("POST /api/creditMemos", "GET", "EMIT"); empty: all.
    #[serde(default)]
    pub on: String,
    /// Only requests with this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// At most this many times in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// By draw: 0 never, 100 always (but for `burst`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Seed of the draw.
    #[serde(default)]
    pub seed: u64,
    /// Longest run of drawn faults for one operation and key.
    #[serde(default = "default_burst")]
    pub burst: u32,
    /// Milliseconds: how late (`slow`, default 250) or how long it hangs (`commit-then-hang`, default 600 000).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Milliseconds from now after which the rule is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
}

fn default_burst() -> u32 {
    2
}

impl Rule {
    /// Fires for the next matching request only.
    pub fn once(fault: Fault) -> Self {
        Self::times(fault, 1)
    }

    /// Fires for the next `times` matching requests.
    pub fn times(fault: Fault, times: u32) -> Self {
        Self {
            times: Some(times),
            ..Self::bare(fault)
        }
    }

    /// Fires by draw, in `percent` of matching requests.
    pub fn percent(fault: Fault, percent: u8, seed: u64) -> Self {
        Self {
            percent: Some(percent),
            seed,
            ..Self::bare(fault)
        }
    }

    fn bare(fault: Fault) -> Self {
        Self {
            fault,
            on: String::new(),
            key: None,
            times: None,
            percent: None,
            seed: 0,
            burst: default_burst(),
            delay_ms: None,
            for_ms: None,
        }
    }

    /// Only for operations that begin so.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.on = operation.into();
        self
    }

    /// Only for this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// How late, or how long it hangs.
    #[must_use]
    pub fn delay_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = Some(delay_ms);
        self
    }

    /// Longest run of drawn faults for one operation and key.
    #[must_use]
    pub fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    pub(super) fn matches(&self, operation: &str, key: &str) -> bool {
        operation.starts_with(&self.on) && self.key.as_deref().is_none_or(|wanted| wanted == key)
    }
}

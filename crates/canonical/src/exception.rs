//! An exception as published: what needs a person, and why.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::ExceptionCode;
use crate::key::EffectKey;
use crate::money::Money;

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    /// For information.
    Info,
    /// The return goes on.
    Warning,
    /// The return, or a part of it, is stopped.
    Error,
    /// Money may be wrong.
    Critical,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exception {
    /// Id.
    pub exc_id: String,
    /// Code.
    pub code: ExceptionCode,
    /// Severity.
    pub severity: Severity,
    /// The return, or the message.
    pub subject: String,
    /// Reason in plain words: what, where, what to do.
    pub reason: String,
    /// Effects that wait for it.
    #[serde(default)]
    pub blocking_effects: Vec<EffectKey>,
    /// Money at risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_at_risk: Option<Money>,
    /// Who looks after it.
    pub owner_queue: String,
    /// Since.
    pub opened_at: Timestamp,
}

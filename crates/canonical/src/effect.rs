//! Effects: what is done to other systems, and what is known of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{EffectKind, EffectResult};
use crate::invoice::InvoiceFacts;
use crate::key::EffectKey;
use crate::money::Money;

/// The document that an effect left in its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErpRef {
    /// Kind of document in the target's words.
    pub doc_type: String,
    /// Number or id.
    pub doc_no: String,
    /// Line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Posting date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<jiff::civil::Date>,
    /// Posting period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Where to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Gross amount that the target shows, for comparison; of a tax engine's transaction its tax. A magnitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What the target says of an invoice, when that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Box<InvoiceFacts>>,
}

impl ErpRef {
    /// A document of which nothing but its kind and its number is known.
    pub fn new(doc_type: impl Into<String>, doc_no: impl Into<String>) -> Self {
        Self {
            doc_type: doc_type.into(),
            doc_no: doc_no.into(),
            line: None,
            posting_date: None,
            period: None,
            url: None,
            amount: None,
            invoice: None,
        }
    }
}

/// What became known of an effect: goes back to the workflow as an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectReport {
    /// The effect.
    pub effect_key: EffectKey,
    /// Its kind.
    pub kind: EffectKind,
    /// What is known.
    pub result: EffectResult,
    /// The document, when confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erp_ref: Option<ErpRef>,
    /// True if it was found by a look-up after an unknown outcome.
    #[serde(default)]
    pub recovered: bool,
    /// Failure code, or empty.
    #[serde(default)]
    pub failure_code: String,
    /// Failure sentence, or empty.
    #[serde(default)]
    pub failure_text: String,
    /// When it became known.
    pub settled_at: Timestamp,
}

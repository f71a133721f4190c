//! How an ERP's answers are read: where its error code stands, and what each code means.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How answers are read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    /// JSON pointers to the error code: the first that is there counts.
    #[serde(default)]
    pub(crate) code_at: Vec<String>,
    /// JSON pointers to the sentence.
    #[serde(default)]
    pub(crate) message_at: Vec<String>,
    /// JSON pointers to the field that is wrong.
    #[serde(default)]
    pub(crate) target_at: Vec<String>,
    /// What each code means. A code that is not here is judged by its HTTP status.
    #[serde(default)]
    pub(crate) codes: BTreeMap<String, Meaning>,
    /// Header and value by which a repeated answer is known.
    #[serde(default)]
    pub(crate) replayed: Option<Replayed>,
}

/// Header by which a repeated answer is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replayed {
    /// Header.
    pub(crate) header: String,
    /// Its value.
    pub(crate) value: String,
}

/// What an error code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meaning {
    /// A document with our key is there already, or this step was done already: to be verified.
    Duplicate,
    /// An earlier request with our key is still being worked on.
    InProgress,
    /// The document changed since it was read: not applied.
    Stale,
    /// A token against forged requests is needed: not applied.
    CsrfRequired,
    /// Too many requests: not applied.
    Throttled,
    /// Busy or locked: surely not applied.
    Busy,
    /// The posting date lies in a closed period.
    PeriodClosed,
    /// The customer may not be posted to.
    CustomerBlocked,
    /// Customer, item, site, invoice or code is not known.
    UnknownReference,
    /// More than the invoice has.
    OverInvoice,
    /// The sums of the document are not what the ERP calculates.
    WrongTotals,
    /// The body is not what the interface demands: the profile's shape is wrong.
    BadShape,
    /// The account may not do this.
    Forbidden,
    /// Refused for another reason.
    Refused,
}

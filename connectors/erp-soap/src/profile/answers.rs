//! What faults and result lines mean.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How answers are read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    /// Paths below a fault's detail to its own code: the first that is there counts.
    #[serde(default)]
    pub(crate) detail_codes: Vec<String>,
    /// Paths below a fault's detail to the field that is wrong.
    #[serde(default)]
    pub(crate) detail_fields: Vec<String>,
    /// What each name of a fault (code, part of it, element in its detail) and each code of a result line means.
    #[serde(default)]
    pub(crate) codes: BTreeMap<String, Meaning>,
    /// Result lines, for partners that say no in an answer that looks like a yes.
    #[serde(default)]
    pub(crate) results: Option<Results>,
}

/// Lines that say how it went, one for each document or for each remark (RETURN of a BAPI).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Results {
    /// Where the lines are: paths from the element in the body. An answer without lines raises no objection.
    pub(crate) at: Vec<String>,
    /// Below a line: its kind.
    pub(crate) kind: String,
    /// Kinds that are a refusal; all others are remarks.
    pub(crate) refusals: Vec<String>,
    /// Below a line: its code. Several are joined by a slash.
    pub(crate) code: Vec<String>,
    /// Below a line: its sentence.
    pub(crate) message: String,
    /// Below a line: the field that is wrong.
    #[serde(default)]
    pub(crate) field: Option<String>,
    /// Below a line: the key of the document it speaks of. Lines of other documents are not ours, and an answer without a
    /// line for ours says nothing. When absent, every line is ours.
    #[serde(default)]
    pub(crate) key: Option<String>,
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meaning {
    /// A document with our key is there already, or this step was done already: to be verified.
    Duplicate,
    /// Our key was used for other content.
    KeyConflict,
    /// There is no such document.
    Absent,
    /// An earlier request with our key is still being worked on.
    InProgress,
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
    /// The credentials are not accepted.
    Unauthorized,
    /// The account may not do this.
    Forbidden,
    /// Refused for another reason.
    Refused,
    /// It failed while working: it may be applied.
    Failed,
}

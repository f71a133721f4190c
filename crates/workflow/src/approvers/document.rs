//! A file of approvers as written: its keys, before anything is checked. Unknown keys are refused.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::Activity;
use crate::policy::values::Decimal;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) tz: Spanned<String>,
    #[serde(default)]
    pub(super) person: Vec<Spanned<Person>>,
    #[serde(default)]
    pub(super) limit: Vec<Spanned<Limit>>,
    #[serde(default)]
    pub(super) delegation: Vec<Spanned<Delegation>>,
}

/// Somebody who may decide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) user: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) also: Vec<String>,
    pub(super) roles: Vec<String>,
}

/// From which to which amount a role, or one person in it, may approve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) user: Option<String>,
    pub(super) role: String,
    pub(super) currency: Spanned<String>,
    pub(super) activity: Activity,
    pub(super) from: Option<Decimal>,
    pub(super) to: Decimal,
}

/// Somebody decides for somebody else for a while.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delegation {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) valid_from: Spanned<Datetime>,
    pub(super) valid_until: Spanned<Datetime>,
    pub(super) cap: Option<Decimal>,
    pub(super) currency: Option<Spanned<String>>,
}

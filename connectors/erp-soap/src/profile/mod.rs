//! Profiles: what one ERP's SOAP interface is like, as data.
//!
//! A profile is a TOML document. Some are built in; an installation may bring its own, or change parts of one
//! (`adjust` in its configuration is laid over the profile before it is read).

mod answers;
mod check;
mod operation;
mod shipped;
mod shows;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use answers::{Answers, Meaning, Results};
pub(crate) use check::problems;
pub(crate) use operation::{Call, Operation};
pub(crate) use shipped::{SHIPPED, names, shipped};
pub(crate) use shows::{Compare, Lines, Shows};

use crate::wire::Version;

/// What one ERP's SOAP interface is like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Name, for people.
    pub(crate) name: String,
    /// Version of SOAP, unless the configuration chooses one.
    #[serde(default)]
    pub(crate) soap: Version,
    /// Namespace of its operations.
    pub(crate) namespace: String,
    /// If the elements inside are in that namespace too.
    #[serde(default)]
    pub(crate) elements: Form,
    /// Further prefixes for names in shapes, with their namespaces.
    #[serde(default)]
    pub(crate) prefixes: BTreeMap<String, String>,
    /// How the ERP keeps doubles out.
    pub(crate) guard: Guard,
    /// True if a 503 of this ERP is surely not applied.
    #[serde(default)]
    pub(crate) trust_503: bool,
    /// True if the finishing call belongs to the session (cookies) of the call that made the document.
    #[serde(default)]
    pub(crate) session: bool,
    /// Values that the configuration must give in `vars`.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// A harmless call for `doctor`.
    pub(crate) probe: Call,
    /// What faults and result lines mean.
    #[serde(default)]
    pub(crate) answers: Answers,
    /// What it can be asked to do.
    pub(crate) operations: Operations,
}

/// If elements inside an operation are in its namespace (`elementFormDefault` of its schema).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// They are.
    #[default]
    Qualified,
    /// They are in none.
    Unqualified,
}

/// How the ERP keeps doubles out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Guard {
    /// Our key is a field that it recognises: it answers a repeat with the first document, or refuses it.
    ExternalId,
    /// Our key is the document's number, which must be unique.
    UniqueNumber,
    /// It does not, but documents can be looked up by our key.
    LookUpOnly,
    /// It does not, and documents cannot be looked up by our key.
    None,
}

/// What an ERP can be asked to do. What is absent, it has no words for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Operations {
    /// Create a return order.
    pub(crate) return_order: Option<Operation>,
    /// Move stock.
    pub(crate) stock_movement: Option<Operation>,
    /// Take goods in; as a movement when absent.
    pub(crate) receipt: Option<Operation>,
    /// Move goods from one status to another; as a movement when absent.
    pub(crate) transfer: Option<Operation>,
    /// Write stock off; as a movement when absent.
    pub(crate) scrap: Option<Operation>,
    /// Send goods away; as a movement when absent.
    pub(crate) issue: Option<Operation>,
    /// Post a credit memo.
    pub(crate) credit_memo: Option<Operation>,
    /// Reverse a credit memo.
    pub(crate) credit_reversal: Option<Operation>,
}

impl Operations {
    /// Each that is there, with its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Operation)> {
        [
            ("return-order", &self.return_order),
            ("stock-movement", &self.stock_movement),
            ("receipt", &self.receipt),
            ("transfer", &self.transfer),
            ("scrap", &self.scrap),
            ("issue", &self.issue),
            ("credit-memo", &self.credit_memo),
            ("credit-reversal", &self.credit_reversal),
        ]
        .into_iter()
        .filter_map(|(name, operation)| Some((name, operation.as_ref()?)))
    }
}

/// Reads a profile, with `adjust` laid over it.
pub(crate) fn read(text: &str, adjust: &toml::Table) -> Result<Profile, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    lay_over(&mut table, adjust);
    Profile::deserialize(toml::Value::Table(table))
}

/// Tables are merged, everything else is replaced: a list of places as a whole.
fn lay_over(table: &mut toml::Table, adjust: &toml::Table) {
    for (name, value) in adjust {
        match (table.get_mut(name), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            _ => {
                table.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustments_change_what_they_name_and_nothing_else() {
        let adjust = "trust_503 = true\n[operations.credit-memo.create]\naction = \"urn:other\"";
        let adjust: toml::Table = toml::from_str(adjust).unwrap();
        let plain = read(shipped("sim").unwrap(), &toml::Table::new()).unwrap();
        let adjusted = read(shipped("sim").unwrap(), &adjust).unwrap();
        let memo = adjusted.operations.credit_memo.unwrap();
        assert!(adjusted.trust_503 && !plain.trust_503);
        assert_eq!(memo.create.action, "urn:other");
        assert_eq!(
            memo.create.element,
            plain.operations.credit_memo.unwrap().create.element
        );
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let adjust: toml::Table =
            toml::from_str("[operations.credit-memo.create]\nacton = \"x\"").unwrap();
        assert!(read(shipped("sim").unwrap(), &adjust).is_err());
    }
}

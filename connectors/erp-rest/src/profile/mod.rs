//! Profiles: what one ERP's REST interface is like, as data.
//!
//! A profile is a TOML document. Some are built in; an installation may bring its own, or change parts of one
//! (`adjust` in its configuration is laid over the profile before it is read).

mod answers;
mod check;
mod credits;
mod finish;
mod invoices;
mod operation;
mod shipped;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use answers::{Answers, Meaning};
pub(crate) use check::problems;
pub(crate) use credits::Credits;
pub(crate) use invoices::Invoices;
pub(crate) use operation::{Compare, Listing, Operation, Place, Reference};
pub(crate) use shipped::{SHIPPED, names, shipped};

/// What one ERP's REST interface is like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Name, for people.
    pub(crate) name: String,
    /// A harmless `GET` for `doctor`.
    pub(crate) probe: String,
    /// How the ERP keeps doubles out.
    pub(crate) guard: Guard,
    /// True if a 503 of this ERP is surely not applied.
    #[serde(default)]
    pub(crate) trust_503: bool,
    /// Headers of each request: templates.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Texts that paths and headers may name: templates, made of values only.
    #[serde(default)]
    pub(crate) texts: BTreeMap<String, String>,
    /// Values that the configuration must give in `vars`.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// If requests that change something need a token.
    #[serde(default)]
    pub(crate) csrf: Option<CsrfRules>,
    /// How answers are read.
    #[serde(default)]
    pub(crate) answers: Answers,
    /// Records that bodies may name by our codes where the ERP wants its own ids.
    #[serde(default)]
    pub(crate) references: BTreeMap<String, Reference>,
    /// jq definitions that every shape may use.
    #[serde(default)]
    pub(crate) definitions: String,
    /// How it is asked for the credits against an invoice; absent: it cannot say.
    #[serde(default)]
    pub(crate) credits: Option<Credits>,
    /// How it is asked what it invoiced; absent: it cannot say.
    #[serde(default)]
    pub(crate) invoices: Option<Invoices>,
    /// What it can be asked to do.
    pub(crate) operations: Operations,
}

/// How the ERP keeps doubles out.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Guard {
    /// It remembers the answer to a key given in these headers (templates), on creates and on finishing steps.
    IdempotencyHeader {
        /// Header and template.
        headers: BTreeMap<String, String>,
    },
    /// Our key is a field of the document that must be unique.
    ExternalId {},
    /// Our key is the document's number, which must be unique.
    UniqueNumber {},
    /// It does not, but documents can be looked up by our key.
    LookUpOnly {
        /// True if a draft that was just made is looked up before it is finished: a gateway may have sent the create twice.
        #[serde(default)]
        look_again: bool,
    },
    /// It does not, and documents cannot be looked up by our key.
    None {},
}

/// A token against forged requests, fetched first and sent with each request that changes something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsrfRules {
    /// Where to `GET` it.
    pub(crate) path: String,
    /// Header that asks for it, answers with it and carries it.
    #[serde(default = "csrf_header")]
    pub(crate) header: String,
    /// Value that asks for it.
    #[serde(default = "csrf_fetch")]
    pub(crate) fetch: String,
    /// Value of the header on a refusal (403) that means "fetch one".
    #[serde(default = "csrf_required")]
    pub(crate) required: String,
}

fn csrf_header() -> String {
    "x-csrf-token".to_owned()
}

fn csrf_fetch() -> String {
    "fetch".to_owned()
}

fn csrf_required() -> String {
    "required".to_owned()
}

/// What an ERP can be asked to do. What is absent, it has no words for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Operations {
    /// Create a return order.
    pub(crate) return_order: Option<Operation>,
    /// Change one; a person does when absent.
    pub(crate) return_order_change: Option<Operation>,
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
    /// Ask what tax a refund gives back; nothing is recorded.
    pub(crate) tax_quote: Option<Operation>,
    /// Record a refund.
    pub(crate) tax_commit: Option<Operation>,
    /// Withdraw a recorded refund.
    pub(crate) tax_void: Option<Operation>,
    /// Invoice what was advanced and did not come back.
    pub(crate) recovery_invoice: Option<Operation>,
    /// Reverse such an invoice.
    pub(crate) recovery_reversal: Option<Operation>,
    /// Send the customer other goods.
    pub(crate) replacement_order: Option<Operation>,
    /// Send goods to their supplier.
    pub(crate) supplier_return: Option<Operation>,
    /// Claim their value from the supplier.
    pub(crate) supplier_claim: Option<Operation>,
}

impl Operations {
    /// Each that is there, with its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Operation)> {
        [
            ("return-order", &self.return_order),
            ("return-order-change", &self.return_order_change),
            ("stock-movement", &self.stock_movement),
            ("receipt", &self.receipt),
            ("transfer", &self.transfer),
            ("scrap", &self.scrap),
            ("issue", &self.issue),
            ("credit-memo", &self.credit_memo),
            ("credit-reversal", &self.credit_reversal),
            (crate::interface::TAX_QUOTE, &self.tax_quote),
            ("tax-commit", &self.tax_commit),
            ("tax-void", &self.tax_void),
            ("recovery-invoice", &self.recovery_invoice),
            ("recovery-reversal", &self.recovery_reversal),
            ("replacement-order", &self.replacement_order),
            ("supplier-return", &self.supplier_return),
            ("supplier-claim", &self.supplier_claim),
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

/// Tables are merged, everything else is replaced. A list of tables (places, codes) is replaced as a whole.
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
        let adjust: toml::Table = toml::from_str(
            "trust_503 = true\n[operations.credit-memo]\nkey_at = \"/yourReference\"",
        )
        .unwrap();
        let plain = read(shipped("sim").unwrap(), &toml::Table::new()).unwrap();
        let adjusted = read(shipped("sim").unwrap(), &adjust).unwrap();
        let memo = adjusted.operations.credit_memo.unwrap();
        assert!(adjusted.trust_503 && !plain.trust_503);
        assert_eq!(memo.key_at, "/yourReference");
        assert_eq!(
            memo.create.path,
            plain.operations.credit_memo.unwrap().create.path
        );
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let adjust: toml::Table =
            toml::from_str("[operations.credit-memo]\nkeyat = \"/x\"").unwrap();
        assert!(read(shipped("sim").unwrap(), &adjust).is_err());
    }
}

//! Something that does not agree, and the sums of what was compared.

use std::collections::BTreeMap;

use canonical::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::class::{Class, Match, Priority};

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The match that found it.
    pub matched: Match,
    /// What kind of difference it is.
    pub class: Class,
    /// How soon somebody has to look.
    pub priority: Priority,
    /// Connector instance of the other side.
    pub connector: String,
    /// The key compared: our effect's, or the number of a document that is not ours; a line of a return for C6.
    pub key: String,
    /// The business day that it belongs to.
    pub business_date: Date,
    /// Our side, for people.
    pub left: String,
    /// The other side, for people.
    pub right: String,
    /// Ours less theirs, in minor units; none where no money differs.
    pub delta_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Documents there beyond the first, for doubles.
    #[serde(default)]
    pub extra: u32,
    /// Return, if known, or empty.
    pub return_id: String,
    /// Effect, if known, or empty.
    pub effect_key: String,
    /// The key of the item that is behind this one, or empty.
    #[serde(default)]
    pub cause: String,
    /// What is wrong and what to do, for people.
    pub reason: String,
    /// When a run first found it.
    pub first_seen: Timestamp,
    /// Age in days: from its business day to the day of this run.
    pub age_days: i64,
    /// Found by an earlier run, and still open.
    pub carried: bool,
    /// The exception that says so, or empty.
    #[serde(default)]
    pub exception_id: String,
}

impl Item {
    /// What it is about, whatever its class: the same in the next run.
    pub fn subject(&self) -> String {
        subject(self.matched, &self.connector, &self.key)
    }

    /// What makes it the same item.
    pub fn item_key(&self) -> String {
        format!("{}|{}", self.subject(), self.class.word())
    }
}

/// What an item is about.
pub(crate) fn subject(matched: Match, connector: &str, key: &str) -> String {
    format!("{}|{connector}|{key}", matched.word())
}

/// Sums of one currency, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Our side.
    pub left_minor: i64,
    /// The other side.
    pub right_minor: i64,
    /// Ours less theirs.
    pub net_minor: i64,
    /// Sum of the differences without their signs; those that are only too young are left out.
    pub abs_minor: i64,
}

impl Sums {
    /// For people: both sides, and by how much they differ.
    pub fn words(&self, currency: &str) -> String {
        let money = |minor: i64| match currency.parse::<Currency>() {
            Ok(known) => Money::new(minor, known).to_string(),
            Err(_) => format!("{minor} minor units of {currency}"),
        };
        format!(
            "{} ↔ {}, differing {}",
            money(self.left_minor),
            money(self.right_minor),
            money(self.abs_minor)
        )
    }
}

/// What a match compared and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// What does not agree.
    pub items: Vec<Item>,
    /// Keys on our side.
    pub left: usize,
    /// Documents on the other side.
    pub right: usize,
    /// Keys compared, of either side.
    pub keys: usize,
    /// Keys that differ, not counting those that are only too young.
    pub varied: usize,
    /// Sums by currency.
    pub sums: BTreeMap<String, Sums>,
    /// Keys that agree, or differ in what is no matter of being there.
    pub there: Vec<String>,
}

impl Compared {
    /// Adds what another connector gave.
    pub fn join(&mut self, other: Self) {
        self.items.extend(other.items);
        self.left += other.left;
        self.right += other.right;
        self.keys += other.keys;
        self.varied += other.varied;
        self.there.extend(other.there);
        for (currency, sums) in other.sums {
            let mine = self.sums.entry(currency).or_default();
            mine.left_minor += sums.left_minor;
            mine.right_minor += sums.right_minor;
            mine.net_minor += sums.net_minor;
            mine.abs_minor += sums.abs_minor;
        }
    }

    pub(crate) fn left_sum(&mut self, currency: Currency, minor: i64) {
        let sums = self.sums.entry(currency.code().to_owned()).or_default();
        sums.left_minor += minor;
        sums.net_minor += minor;
    }

    pub(crate) fn right_sum(&mut self, currency: Currency, minor: i64) {
        let sums = self.sums.entry(currency.code().to_owned()).or_default();
        sums.right_minor += minor;
        sums.net_minor -= minor;
    }

    /// Takes the items of one key in.
    pub(crate) fn found(&mut self, items: Vec<Item>) {
        self.keys += 1;
        self.varied += usize::from(items.iter().any(|item| item.class != Class::Timing));
        for item in items {
            if let (Some(delta), Some(currency)) = (item.delta_minor, item.currency)
                && item.class != Class::Timing
            {
                let sums = self.sums.entry(currency.code().to_owned()).or_default();
                sums.abs_minor += delta.saturating_abs();
            }
            self.items.push(item);
        }
    }
}

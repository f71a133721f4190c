//! The outcome of a run as it is kept and printed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::class::{Class, Match};
use super::item::{Compared, Item, Sums};

/// Whether the day is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Everything that was compared agrees, and everything that had to be compared was.
    Proven,
    /// The same, but for what is too young to be seen on the other side.
    ProvenWithTiming,
    /// Something does not agree, or could not be compared.
    NotProven,
}

impl Status {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "PROVEN",
            Self::ProvenWithTiming => "PROVEN_WITH_TIMING",
            Self::NotProven => "NOT_PROVEN",
        }
    }

    /// Exit code of the command: 0, 1, 2.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Proven => 0,
            Self::ProvenWithTiming => 1,
            Self::NotProven => 2,
        }
    }
}

/// What a run compared: one side's documents of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// "here", or the connector instance.
    pub source: String,
    /// Which documents.
    pub what: String,
    /// How many.
    pub documents: usize,
    /// SHA-256 (hex) of them, sorted, as JSON.
    pub sha256: String,
    /// Watermark: everything booked up to then is in it; none if it could not be read.
    pub complete_to: Option<Timestamp>,
    /// Why it could not be read, or empty.
    #[serde(default)]
    pub failed: String,
}

/// What one match gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Which.
    pub matched: Match,
    /// What it compares.
    pub title: String,
    /// "run", or why it was not, or not wholly.
    pub run: String,
    /// False if something is here that nothing could be compared with.
    pub whole: bool,
    /// Keys on our side.
    pub left: usize,
    /// Documents on the other side.
    pub right: usize,
    /// Keys compared.
    pub keys: usize,
    /// Keys that differ; those that are only too young not counted.
    pub varied: usize,
    /// Documents there beyond the first of their key.
    pub escaped: u32,
    /// Sums by currency.
    pub sums: BTreeMap<String, Sums>,
    /// Items by class.
    pub classes: BTreeMap<String, usize>,
}

impl Matched {
    /// Its sums for people, one for each currency.
    pub fn sums_in_words(&self) -> Vec<String> {
        let sums = self.sums.iter();
        sums.map(|(currency, sums)| sums.words(currency)).collect()
    }

    /// One that was run.
    pub(crate) fn of(matched: Match, compared: &Compared, unproven: &[String]) -> Self {
        let items = compared.items.iter();
        let mut classes: BTreeMap<String, usize> = BTreeMap::new();
        for item in items.clone() {
            *classes.entry(item.class.word().to_owned()).or_default() += 1;
        }
        Self {
            matched,
            title: matched.title().to_owned(),
            run: if unproven.is_empty() {
                "run".to_owned()
            } else {
                format!("not wholly run: {}", unproven.join("; "))
            },
            whole: unproven.is_empty(),
            left: compared.left,
            right: compared.right,
            keys: compared.keys,
            varied: compared.varied,
            escaped: items
                .filter(|i| i.class == Class::DuplicateInErp)
                .map(|i| i.extra)
                .sum(),
            sums: compared.sums.clone(),
            classes,
        }
    }

    /// One that nobody can answer.
    pub(crate) fn not_run(matched: Match, why: &str) -> Self {
        Self {
            run: format!("not run: {why}"),
            ..Self::of(matched, &Compared::default(), &[])
        }
    }
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Legal entity.
    pub entity: String,
    /// The business day.
    pub business_date: Date,
    /// IANA zone in which it is a day.
    pub zone: String,
    /// Lag that was allowed, in seconds.
    pub lag_seconds: i64,
    /// The outcome.
    pub status: Status,
    /// What was compared.
    pub inputs: Vec<Input>,
    /// Every match, also those that were not run.
    pub matches: Vec<Matched>,
    /// Items that are open, by age in days: 0, 1, 2–7, 8–30, over 30.
    pub ageing: BTreeMap<String, usize>,
    /// Items of earlier runs that this one found put right.
    pub cleared: Vec<String>,
}

/// The outcome of all items and matches.
pub(crate) fn status(items: &[Item], matches: &[Matched], inputs: &[Input]) -> Status {
    let incomplete = matches.iter().any(|matched| !matched.whole)
        || inputs.iter().any(|input| !input.failed.is_empty());
    if incomplete || items.iter().any(|item| item.class.disproves()) {
        Status::NotProven
    } else if items.iter().any(|item| item.class == Class::Timing) {
        Status::ProvenWithTiming
    } else {
        Status::Proven
    }
}

/// Counts of open items by age.
pub(crate) fn ageing(items: &[Item]) -> BTreeMap<String, usize> {
    let mut ages: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        let age = match item.age_days {
            ..=0 => "0",
            1 => "1",
            2..=7 => "2-7",
            8..=30 => "8-30",
            _ => "over 30",
        };
        *ages.entry(age.to_owned()).or_default() += 1;
    }
    ages
}

//! What happened in the warehouse, as shown to whoever checks it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::state::State;
use crate::decimal::Decimal;
use crate::faults::Fault;
use crate::wms::{Asn, StockRow, Story};

/// Everything that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Announced returns.
    pub asns: Vec<Asn>,
    /// Keys that were announced again, and how often. Harmless: they were known.
    pub repeats: BTreeMap<String, usize>,
    /// RMAs with more than one announcement: must be empty.
    pub duplicates: Vec<String>,
    /// What was received, inspected and decided.
    pub stock: Vec<StockRow>,
    /// The story of each return played.
    pub stories: BTreeMap<String, Story>,
    /// Receipt files, in the order in which they were made.
    pub files: Vec<SentFile>,
    /// Answers given to announcements and cancellations.
    pub answers: Vec<Answered>,
    /// Answers to receipt files.
    pub replies: Vec<GotReply>,
    /// Answers to files that were never sent, or that could not be read.
    pub unknown_replies: Vec<String>,
    /// Whether nothing is being played or written.
    pub idle: bool,
}

/// A receipt file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentFile {
    /// Its name.
    pub name: String,
    /// Its number.
    pub sequence: u64,
    /// How many rows are in it.
    pub rows: usize,
    /// Identities of its rows.
    pub row_ids: Vec<String>,
    /// What was done to it on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Name of the file that it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// Name of the file that corrects it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<String>,
    /// What was answered.
    pub outcome: Outcome,
    /// How often it was sent.
    pub sent: u32,
}

/// What was answered to a receipt file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing yet.
    Unanswered,
    /// All rows were taken.
    Accepted,
    /// Some rows were refused.
    Partly,
    /// Nothing was taken.
    Refused,
}

/// An answer to an announcement or cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Its key.
    pub key: String,
    /// Name of the file that it came in.
    pub file: String,
    /// Yes or no.
    pub accepted: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Whether the answer was withheld on purpose.
    pub withheld: bool,
}

/// An answer to a receipt file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GotReply {
    /// The receipt file.
    pub file: String,
    /// What it says.
    pub outcome: Outcome,
    /// The answer as it came.
    pub text: String,
}

impl Ledger {
    /// Announced returns with this key.
    pub fn announced(&self, key: &str) -> usize {
        let same = |asn: &&Asn| asn.external_reference == key;
        self.asns.iter().filter(same).count()
    }

    /// What was received of a return, less what was reversed, by unit.
    pub fn received(&self, rma: &str) -> BTreeMap<String, Decimal> {
        let mut received: BTreeMap<String, Decimal> = BTreeMap::new();
        for row in self.stock.iter().filter(|row| row.rma == rma) {
            let total = received.entry(row.uom.clone()).or_default();
            *total = *total + row.received;
        }
        received
    }

    /// The receipt file of that name.
    pub fn file(&self, name: &str) -> Option<&SentFile> {
        self.files.iter().rfind(|file| file.name == name)
    }

    /// Files that were answered so.
    pub fn files_that(&self, outcome: Outcome) -> usize {
        let such = |file: &&SentFile| file.outcome == outcome;
        self.files.iter().filter(such).count()
    }
}

pub(super) fn of(state: &State, idle: bool) -> Ledger {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for asn in &state.asns {
        *counts.entry(&asn.rma_number).or_default() += 1;
    }
    let doubled = counts.into_iter().filter(|(_, count)| *count > 1);
    Ledger {
        duplicates: doubled.map(|(rma, _)| rma.to_owned()).collect(),
        asns: state.asns.clone(),
        repeats: state.repeats.clone(),
        stock: state.stock.values().flatten().cloned().collect(),
        stories: state.stories.clone(),
        files: state.files.iter().map(|file| file.sent.clone()).collect(),
        answers: state.answers.clone(),
        replies: state.replies.clone(),
        unknown_replies: state.unknown_replies.clone(),
        idle,
    }
}

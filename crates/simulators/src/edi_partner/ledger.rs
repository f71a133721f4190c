//! What a partner sent, took and made of it, as shown to whoever checks it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::paper::{Answer, Asked, Credit, Notice, Received};
use crate::emit::Outcome;
use crate::wms::Story;

/// Everything that happened.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Returns asked for, by the request's number.
    pub requests: BTreeMap<String, Asked>,
    /// Returns announced to a warehouse, by RMA.
    pub notices: BTreeMap<String, Notice>,
    /// The story of each return played.
    pub stories: BTreeMap<String, Story>,
    /// What a warehouse received, by RMA.
    pub stock: BTreeMap<String, Vec<Received>>,
    /// Documents sent, each as often as it went out under a number of its own.
    pub documents: Vec<SentDocument>,
    /// Interchanges sent, acknowledgements not among them.
    pub interchanges: Vec<SentInterchange>,
    /// Answers got, by the request's number.
    pub answers: BTreeMap<String, Answer>,
    /// Credit advices got, by the memo's number.
    pub credits: BTreeMap<String, Credit>,
    /// Interchanges taken, by control number.
    pub taken: BTreeMap<u64, Taken>,
    /// Acknowledgements got, in order.
    pub acks: Vec<GotAck>,
    /// Business documents that came twice under different control numbers: must be empty.
    pub duplicates: Vec<String>,
    /// Control numbers that came again with other content: must be empty.
    pub conflicts: Vec<String>,
    /// Answers, advices and acknowledgements of something that never was: must be empty.
    pub unknown: Vec<String>,
    /// What did not agree in what was taken: must be empty.
    pub problems: Vec<String>,
    /// Documents of ours that were refused although they were right: must be empty.
    pub refused: Vec<String>,
    /// Refusals of interchanges that had been accepted before, or refused and mended since.
    pub late: Vec<String>,
    /// Whether there is nothing to send, to send again or to wait for.
    pub idle: bool,
}

/// A document that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentDocument {
    /// `180`, `944`, `861`, `RETANN`.
    pub kind: String,
    /// Number of the document.
    pub number: String,
    /// Return: the request's number, or the RMA.
    pub about: String,
    /// Control number of the interchange.
    pub control: u64,
    /// ST02 or UNH 0062.
    pub set: String,
    /// How it was spoilt on purpose, if it was.
    pub flaw: Option<&'static str>,
    /// What the other side said of it.
    pub outcome: Outcome,
}

/// An interchange that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentInterchange {
    /// Control number.
    pub control: u64,
    /// How often it was sent.
    pub attempts: u32,
    /// How its envelope was spoilt on purpose, if it was.
    pub flaw: Option<&'static str>,
    /// What the other side said of it.
    pub outcome: Outcome,
}

/// An interchange that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The sets in it.
    pub sets: Vec<String>,
    /// How often the same came again.
    pub repeats: usize,
    /// Acknowledgements that were written for it.
    pub acknowledged: usize,
    /// Whether all of it was refused, on demand or for its faults.
    pub refused: bool,
}

/// An acknowledgement that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GotAck {
    /// `997`, `TA1`, `CONTRL`.
    pub kind: &'static str,
    /// Control number of the interchange that it is about.
    pub control: u64,
    /// AK901, TA104 or UCI 0083.
    pub code: String,
    /// Sets that it refuses.
    pub refused_sets: Vec<String>,
}

impl Ledger {
    /// Control numbers that are missing between the lowest and the highest that came: must be empty.
    pub fn gaps(&self) -> Vec<u64> {
        let (first, last) = (self.taken.keys().next(), self.taken.keys().next_back());
        let (Some(first), Some(last)) = (first, last) else {
            return Vec::new();
        };
        let missing = |number: &u64| !self.taken.contains_key(number);
        (*first..=*last).filter(missing).take(1_000).collect()
    }

    /// Requests without an answer.
    pub fn unanswered(&self) -> Vec<&str> {
        let open = |id: &&String| !self.answers.contains_key(*id);
        self.requests
            .keys()
            .filter(open)
            .map(String::as_str)
            .collect()
    }

    /// Documents that were accepted, each number once.
    pub fn accepted(&self) -> BTreeSet<&str> {
        let taken = |document: &&SentDocument| document.outcome == Outcome::Acknowledged;
        let accepted = self.documents.iter().filter(taken);
        accepted.map(|document| document.number.as_str()).collect()
    }

    /// The credit advices about an RMA.
    pub fn credits_for(&self, rma: &str) -> Vec<&Credit> {
        let about = |credit: &&Credit| credit.rma.as_deref() == Some(rma);
        self.credits.values().filter(about).collect()
    }
}

//! An interchange that went out, and the documents in it.

use std::time::Instant;

use super::document::{Document, Flaw};
use super::edi::Spoilt;
use super::ledger::{SentDocument, SentInterchange};
use crate::emit::Outcome;

/// An interchange that went out.
#[derive(Debug)]
pub(super) struct Consignment {
    pub(super) number: u64,
    pub(super) parcels: Vec<Parcel>,
    pub(super) text: String,
    pub(super) attempts: u32,
    pub(super) sent_at: Instant,
    pub(super) flaw: Option<Torn>,
    /// Whether its file was written in two halves: then a refusal of the whole is nobody's fault but the sender's.
    pub(super) in_halves: bool,
    pub(super) outcome: Outcome,
}

/// A document in it.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) document: Document,
    pub(super) control: String,
    pub(super) flaw: Option<Flaw>,
    pub(super) outcome: Outcome,
}

/// How an interchange as a whole is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Torn {
    Envelope(Spoilt),
    ReusedNumber,
    /// The first half of its file was taken for the whole.
    Halved,
}

impl Torn {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Envelope(Spoilt::OtherNumber) => "other-number-in-trailer",
            Self::Envelope(Spoilt::NoTrailer) => "no-trailer",
            Self::ReusedNumber => "reused-number",
            Self::Halved => "half-a-file",
        }
    }
}

impl Consignment {
    /// Name of its file without the ending, and its control number as text.
    pub(super) fn file_name(&self) -> (String, String) {
        let kind = self
            .parcels
            .first()
            .map_or("TA1", |parcel| parcel.document.kind);
        let mut name = format!("{kind}-{:09}", self.number);
        if self.flaw == Some(Torn::ReusedNumber) {
            // Behind the first one in the order of names, and another each time.
            let first = self.parcels.first();
            let number = first.map_or("", |parcel| parcel.document.number.as_str());
            name = format!("{name}_{number}");
        }
        if self.attempts > 1 {
            name = format!("{name}-{}", self.attempts);
        }
        (name, format!("{:09}", self.number))
    }

    /// Its documents, for the ledger.
    pub(super) fn documents(&self) -> impl Iterator<Item = SentDocument> {
        self.parcels.iter().map(|parcel| SentDocument {
            kind: parcel.document.kind.to_owned(),
            number: parcel.document.number.clone(),
            about: parcel.document.about.clone(),
            control: self.number,
            set: parcel.control.clone(),
            flaw: parcel.flaw.map(Flaw::name),
            outcome: parcel.outcome,
        })
    }

    /// Itself, for the ledger.
    pub(super) fn interchange(&self) -> SentInterchange {
        SentInterchange {
            control: self.number,
            attempts: self.attempts,
            flaw: self.flaw.map(Torn::name),
            outcome: self.outcome,
        }
    }
}

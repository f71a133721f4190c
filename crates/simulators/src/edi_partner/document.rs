//! A document to be sent, and the ways to spoil one on purpose.

use super::edi::{Segment, Set};
use super::paper::Received;

/// A document: one set or message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) kind: &'static str,
    /// Its own number: BGN02, BGM 1004, W1703, BRA01.
    pub(super) number: String,
    /// The request's number, or the RMA.
    pub(super) about: String,
    pub(super) segments: Vec<Segment>,
    /// What a warehouse received by it; taken off when that is booked.
    pub(super) goods: Vec<Received>,
}

/// How a set is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    ImpossibleDate,
    WrongCount,
    NothingMandatory,
}

impl Flaw {
    pub(super) const ALL: [Self; 3] = [
        Self::ImpossibleDate,
        Self::WrongCount,
        Self::NothingMandatory,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ImpossibleDate => "impossible-date",
            Self::WrongCount => "wrong-count",
            Self::NothingMandatory => "nothing-mandatory",
        }
    }
}

impl Document {
    pub(super) fn new(
        kind: &'static str,
        number: &str,
        about: &str,
        segments: Vec<Segment>,
    ) -> Self {
        Self {
            kind,
            number: number.to_owned(),
            about: about.to_owned(),
            segments,
            goods: Vec::new(),
        }
    }

    /// The set that carries it, spoilt if so wished.
    pub(super) fn set(&self, control: String, flaw: Option<Flaw>) -> Set {
        let mut set = Set::new(self.kind, control, self.segments.clone());
        match flaw {
            None => {}
            Some(Flaw::WrongCount) => set.miscount = 3,
            Some(Flaw::ImpossibleDate) => {
                let place = match self.kind {
                    "180" => ("BGN", 3),
                    "RETANN" => ("DTM", 1),
                    "944" => ("W17", 2),
                    _ => ("BRA", 2),
                };
                edit(&mut set, place, |segment, n| {
                    if segment.id == "DTM" {
                        let parts = segment.elements.first_mut();
                        if let Some(date) = parts.and_then(|parts| parts.get_mut(1)) {
                            "20260231".clone_into(date);
                        }
                    } else {
                        segment.set(n, "20260231");
                    }
                });
            }
            Some(Flaw::NothingMandatory) => {
                let place = match self.kind {
                    "180" => ("BLI", 2),
                    "RETANN" => ("NAD", 1),
                    "944" => ("W07", 1),
                    _ => ("BRA", 1),
                };
                edit(&mut set, place, |segment, n| segment.set(n, ""));
            }
        }
        set
    }
}

fn edit(set: &mut Set, (id, element): (&str, usize), change: impl Fn(&mut Segment, usize)) {
    if let Some(segment) = set.segments.iter_mut().find(|segment| segment.id == id) {
        change(segment, element);
    }
}

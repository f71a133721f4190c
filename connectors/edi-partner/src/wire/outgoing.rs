//! What is written: an envelope, its groups, sets and messages, still without separators.

use super::model::{Element, Party, Segment, Separators};

/// The envelope of an interchange to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// Separators to write with.
    pub(crate) separators: Separators,
    /// Who sends.
    pub(crate) sender: Party,
    /// Who receives.
    pub(crate) receiver: Party,
    /// ISA13 (padded to nine digits here) or UNB 0020.
    pub(crate) control: String,
    /// `YYMMDD`; EDIFACT syntax 4: `CCYYMMDD`.
    pub(crate) date: String,
    /// `HHMM`.
    pub(crate) time: String,
    /// ISA12 (`00401`), or the UNB S001 syntax id and version (`UNOC:3`).
    pub(crate) version: String,
    /// ISA14, UNB 0031.
    pub(crate) ack_requested: bool,
    /// ISA15 = T, UNB 0035 = 1.
    pub(crate) is_test: bool,
    /// UNB 0026, or empty.
    pub(crate) application: String,
    /// Write a UNA (EDIFACT only). Without it the separators must be the defaults.
    pub(crate) una: bool,
    /// A line break behind each segment.
    pub(crate) line_breaks: bool,
}

/// A functional group to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutGroup {
    /// GS01.
    pub(crate) functional_id: String,
    /// GS02.
    pub(crate) sender: String,
    /// GS03.
    pub(crate) receiver: String,
    /// GS04, `CCYYMMDD`.
    pub(crate) date: String,
    /// GS05, `HHMM`.
    pub(crate) time: String,
    /// GS06.
    pub(crate) control: String,
    /// GS08.
    pub(crate) version: String,
    /// Its sets.
    pub(crate) sets: Vec<OutSet>,
}

/// A transaction set to be written: ST and SE are added, with the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutSet {
    /// ST01.
    pub(crate) kind: String,
    /// ST02.
    pub(crate) control: String,
    /// ST03, from 005010 on.
    pub(crate) implementation: Option<String>,
    /// Segments between ST and SE.
    pub(crate) segments: Vec<OutSegment>,
}

/// A message to be written: UNH and UNT are added, with the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutMessage {
    /// `RETINS`.
    pub(crate) kind: String,
    /// The rest of S009: `D:96A:EN:EAN001`.
    pub(crate) version: String,
    /// UNH 0062.
    pub(crate) control: String,
    /// Segments between UNH and UNT.
    pub(crate) segments: Vec<OutSegment>,
}

/// A segment to be written. Built by a chain: `OutSegment::new("N9").text("QJ").text("R-1")`. Trailing empty elements and
/// components are left out when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutSegment {
    /// Its name.
    pub(crate) id: String,
    /// Its elements, the first behind the name at index 0.
    pub(crate) elements: Vec<Element>,
}

impl OutSegment {
    /// A segment without elements.
    pub(crate) fn new(id: &str) -> Self {
        let id = id.to_owned();
        let elements = Vec::new();
        Self { id, elements }
    }

    /// The next element, of one component; "" for an absent one.
    pub(crate) fn text(mut self, value: impl Into<String>) -> Self {
        self.elements.push(Element(vec![vec![value.into()]]));
        self
    }

    /// `count` absent elements.
    pub(crate) fn skip(mut self, count: usize) -> Self {
        for _ in 0..count {
            self = self.text("");
        }
        self
    }

    /// The next element, of several components.
    pub(crate) fn composite<T: Into<String>>(
        mut self,
        components: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut components: Vec<String> = components.into_iter().map(Into::into).collect();
        if components.is_empty() {
            components.push(String::new());
        }
        self.elements.push(Element(vec![components]));
        self
    }
}

impl From<&Segment> for OutSegment {
    fn from(segment: &Segment) -> Self {
        let id = segment.id.clone();
        let elements = segment.elements.clone();
        Self { id, elements }
    }
}

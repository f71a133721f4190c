//! What an interchange holds, and what is wrong with it.

use jiff::Timestamp;

use super::Segment;
use crate::edi_partner::config::{Party, Quirks, Syntax};

/// Something that does not agree, with the code by which it is refused (TA105, 718, or 0085).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Defect {
    pub(in crate::edi_partner) code: &'static str,
    pub(in crate::edi_partner) text: String,
}

impl Defect {
    pub(in crate::edi_partner) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

/// An interchange that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Interchange {
    pub(in crate::edi_partner) syntax: Syntax,
    pub(in crate::edi_partner) sender: Party,
    pub(in crate::edi_partner) receiver: Party,
    pub(in crate::edi_partner) control: String,
    /// ISA09/10 or UNB S004.
    pub(in crate::edi_partner) made: (String, String),
    pub(in crate::edi_partner) wants_ack: bool,
    pub(in crate::edi_partner) test: bool,
    pub(in crate::edi_partner) ta1: Vec<Segment>,
    pub(in crate::edi_partner) groups: Vec<Group>,
    pub(in crate::edi_partner) defects: Vec<Defect>,
    /// All of it as it was written, without what stands around it.
    pub(in crate::edi_partner) text: String,
}

impl Interchange {
    pub(in crate::edi_partner) fn sets(&self) -> impl Iterator<Item = &Set> {
        self.groups.iter().flat_map(|group| &group.sets)
    }
}

/// A functional group; the messages of EDIFACT are in one without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Group {
    pub(in crate::edi_partner) kind: String,
    pub(in crate::edi_partner) control: String,
    pub(in crate::edi_partner) version: String,
    pub(in crate::edi_partner) sets: Vec<Set>,
    pub(in crate::edi_partner) defects: Vec<Defect>,
}

/// A transaction set or message: the segments between ST and SE, UNH and UNT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Set {
    pub(in crate::edi_partner) kind: String,
    pub(in crate::edi_partner) control: String,
    pub(in crate::edi_partner) segments: Vec<Segment>,
    pub(in crate::edi_partner) defects: Vec<Defect>,
    /// Added to the count in its trailer when it is written: nothing but for a spoilt one.
    pub(in crate::edi_partner) miscount: usize,
}

impl Set {
    pub(in crate::edi_partner) fn new(kind: &str, control: String, segments: Vec<Segment>) -> Self {
        Self {
            kind: kind.to_owned(),
            control,
            segments,
            defects: Vec::new(),
            miscount: 0,
        }
    }

    /// The first segment of that name whose first element is this.
    pub(in crate::edi_partner) fn find(&self, id: &str, qualifier: &str) -> Option<&Segment> {
        let mut all = self.segments.iter();
        all.find(|segment| segment.id == id && segment.get(1) == qualifier)
    }

    /// The first segment of that name.
    pub(in crate::edi_partner) fn first(&self, id: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.id == id)
    }
}

/// What an interchange to be written says about itself.
#[derive(Debug, Clone)]
pub(in crate::edi_partner) struct Envelope {
    pub(in crate::edi_partner) syntax: Syntax,
    pub(in crate::edi_partner) sender: Party,
    pub(in crate::edi_partner) receiver: Party,
    pub(in crate::edi_partner) number: u64,
    pub(in crate::edi_partner) made: Timestamp,
    pub(in crate::edi_partner) version: String,
    pub(in crate::edi_partner) isa_version: String,
    pub(in crate::edi_partner) wants_ack: bool,
    pub(in crate::edi_partner) test: bool,
    /// Interchange acknowledgements before the group.
    pub(in crate::edi_partner) ta1: Vec<Segment>,
}

/// The characters and habits of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Marks {
    pub(in crate::edi_partner) element: char,
    pub(in crate::edi_partner) component: char,
    pub(in crate::edi_partner) terminator: char,
    pub(in crate::edi_partner) suffix: String,
    pub(in crate::edi_partner) una: bool,
    pub(in crate::edi_partner) decimal: char,
}

impl Marks {
    pub(in crate::edi_partner) fn of(syntax: Syntax, quirks: &Quirks) -> Self {
        let (element, component, terminator) = match syntax {
            Syntax::X12 => ('*', '>', '~'),
            Syntax::Edifact => ('+', ':', '\''),
        };
        let terminator = quirks.terminator.unwrap_or(terminator);
        Self {
            element: quirks.element.unwrap_or(element),
            component: quirks.component.unwrap_or(component),
            terminator,
            suffix: if terminator == '\n' {
                String::new()
            } else {
                quirks.suffix.clone()
            },
            una: !quirks.no_una,
            decimal: if quirks.decimal_comma { ',' } else { '.' },
        }
    }
}

/// How an envelope is spoilt on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edi_partner) enum Spoilt {
    /// The trailer bears another control number.
    OtherNumber,
    /// There is no trailer.
    NoTrailer,
}

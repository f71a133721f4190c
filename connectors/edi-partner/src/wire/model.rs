//! What an interchange holds, whichever syntax it is written in. Owned text: made from the scanner's slices for one
//! interchange at a time.

/// X12 or EDIFACT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// ANSI X12: ISA … IEA.
    X12,
    /// UN/EDIFACT: UNB … UNZ.
    Edifact,
}

/// Characters that part an interchange. EDIFACT: from UNA, else the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Separators {
    /// Between elements.
    pub(crate) element: u8,
    /// Between components of an element.
    pub(crate) component: u8,
    /// Between repetitions of an element, if the version has any.
    pub(crate) repetition: Option<u8>,
    /// Takes its meaning from the next character (EDIFACT only).
    pub(crate) release: Option<u8>,
    /// Ends a segment.
    pub(crate) terminator: u8,
    /// Decimal mark: `.` or `,`.
    pub(crate) decimal: u8,
}

/// Where something stands: for errors and acknowledgements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Number of the segment in the interchange, from 1 (ISA or UNB; a UNA does not count).
    pub(crate) segment: usize,
    /// Number of the segment in its transaction set or message, from 1 (ST or UNH); 0 outside of one.
    pub(crate) in_set: usize,
    /// Byte offset of the segment's first character in the interchange.
    pub(crate) byte: usize,
}

/// An element: its repetitions, each a list of components. Never empty: an absent value is one empty component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element(pub(crate) Vec<Vec<String>>);

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Its name: `BGN`, `LIN`.
    pub(crate) id: String,
    /// Its elements, the first behind the name at index 0.
    pub(crate) elements: Vec<Element>,
    /// Where it stands.
    pub(crate) at: Position,
}

impl Segment {
    /// Element `n`, counted from 1 as the standards do: its first repetition's first component, or "".
    pub(crate) fn get(&self, n: usize) -> &str {
        self.component(n, 1)
    }

    /// Component `c` of element `n`, both from 1: of the first repetition, or "".
    pub(crate) fn component(&self, n: usize, c: usize) -> &str {
        let element = n.checked_sub(1).and_then(|n| self.elements.get(n));
        let components = element.and_then(|element| element.0.first());
        let component = components.and_then(|all| c.checked_sub(1).and_then(|c| all.get(c)));
        component.map_or("", String::as_str)
    }

    /// Element `n` as one text: its components joined by `mark`, for X12 elements that are no composites, where the
    /// component separator is data.
    pub(crate) fn joined(&self, n: usize, mark: u8) -> String {
        let element = n.checked_sub(1).and_then(|n| self.elements.get(n));
        let components = element.and_then(|element| element.0.first());
        let mark = char::from(mark).to_string();
        components.map_or_else(String::new, |all| all.join(&mark))
    }

    /// Every repetition's first component of element `n`.
    #[allow(dead_code, reason = "no set of ours repeats an element yet")]
    pub(crate) fn repetitions(&self, n: usize) -> impl Iterator<Item = &str> {
        let element = n.checked_sub(1).and_then(|n| self.elements.get(n));
        let repetitions = element.into_iter().flat_map(|element| &element.0);
        repetitions.map(|components| components.first().map_or("", String::as_str))
    }
}

/// Who sends or receives.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Party {
    /// Qualifier of the id (X12 ISA05/ISA07, EDIFACT S002/S003 0007), trimmed.
    pub(crate) qualifier: String,
    /// The id, trimmed.
    pub(crate) id: String,
}

/// A fault of form, at its place, with the codes by which it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What it is about.
    pub(crate) level: Level,
    /// Code of the acknowledgement: X12 TA105 (interchange), 716 (group), 718 (set), 720 (segment), 723 (element);
    /// EDIFACT 0085 at every level.
    pub(crate) code: &'static str,
    /// Where.
    pub(crate) at: Position,
    /// Name of the segment, if one is meant.
    pub(crate) segment: String,
    /// Element from 1; 0 when none is meant.
    pub(crate) element: usize,
    /// Component from 1; 0 when none is meant.
    pub(crate) component: usize,
    /// The value that is wrong, cut to 99 characters, or empty.
    pub(crate) value: String,
    /// One sentence for people.
    pub(crate) text: String,
}

impl Fault {
    /// A fault without a place; the other fields are set with `Fault { at, ..Fault::new(…) }`.
    pub(crate) fn new(level: Level, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            level,
            code,
            at: Position::default(),
            segment: String::new(),
            element: 0,
            component: 0,
            value: String::new(),
            text: text.into(),
        }
    }
}

/// What a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The interchange: nothing in it can be trusted.
    Interchange,
    /// A functional group: its sets are refused.
    Group,
    /// A set as a whole: it is refused, its neighbours are not.
    Set,
    /// A segment of a set: the set is refused.
    Segment,
    /// An element of a segment: the set is refused.
    Element,
}

/// A transaction set (X12) or message (EDIFACT).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    /// `180`, `944`, `RETANN`.
    pub(crate) kind: String,
    /// ST02 or UNH 0062.
    pub(crate) control: String,
    /// Version that it is written in: X12 GS08 (or ST03), EDIFACT `D:96A:EN` with the association code behind a further
    /// colon if there is one.
    pub(crate) version: String,
    /// Segments between ST and SE (UNH and UNT), without these.
    pub(crate) segments: Vec<Segment>,
    /// Faults of the set, its segments and its elements.
    pub(crate) faults: Vec<Fault>,
    /// Where its first segment (ST, UNH) stands.
    pub(crate) at: Position,
}

/// A functional group. EDIFACT messages outside of a UNG are in one group without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// GS01 (`AN`, `RE`), UNG 0038, or empty.
    pub(crate) functional_id: String,
    /// GS02, UNG S006.
    pub(crate) sender: String,
    /// GS03, UNG S007.
    pub(crate) receiver: String,
    /// GS06, UNG 0048, or empty.
    pub(crate) control: String,
    /// GS08, or empty.
    pub(crate) version: String,
    /// Sets, also those with faults.
    pub(crate) sets: Vec<Set>,
    /// Sets that the trailer counts (GE01), if it could be read.
    pub(crate) counted: Option<usize>,
    /// Faults of the group itself.
    pub(crate) faults: Vec<Fault>,
}

/// An interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interchange {
    /// Syntax.
    pub(crate) syntax: Syntax,
    /// Its separators.
    pub(crate) separators: Separators,
    /// ISA05/06, UNB S002.
    pub(crate) sender: Party,
    /// ISA07/08, UNB S003.
    pub(crate) receiver: Party,
    /// ISA13 (as written), UNB 0020.
    pub(crate) control: String,
    /// ISA09 or UNB S004 date, as written.
    pub(crate) date: String,
    /// ISA10 or UNB S004 time, as written.
    pub(crate) time: String,
    /// ISA12, or the UNB S001 syntax id and version (`UNOC:3`).
    pub(crate) version: String,
    /// ISA14 = 1, UNB 0031 = 1.
    pub(crate) ack_requested: bool,
    /// ISA15 = T, UNB 0035 = 1.
    pub(crate) is_test: bool,
    /// Groups.
    pub(crate) groups: Vec<Group>,
    /// Interchange acknowledgements (TA1) that stand before the groups.
    pub(crate) acknowledgements: Vec<Segment>,
    /// Faults of the envelope.
    pub(crate) faults: Vec<Fault>,
}

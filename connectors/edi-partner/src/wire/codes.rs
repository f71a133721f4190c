//! Troubles of form and the codes by which each syntax acknowledges them.

use super::model::{Level, Syntax};

/// What is wrong with an envelope, a segment or an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The trailer is missing.
    TrailerMissing,
    /// Header and trailer name different control numbers.
    ControlMismatch,
    /// The trailer counts wrongly.
    CountWrong,
    /// The control number is none.
    ControlInvalid,
    /// The control number was used before in the same envelope.
    Duplicate,
    /// The kind of the set is missing.
    KindMissing,
    /// Something stands where it cannot stand.
    Misplaced,
    /// The usage indicator is none.
    UsageInvalid,
    /// The charset or the syntax is not taken.
    SyntaxUnsupported,
    /// Groups and messages side by side.
    Mixed,
    /// A segment that is never taken: binary data.
    SegmentRefused,
    /// A segment whose name is none.
    SegmentUnknown,
    /// A segment that the standard knows, but the set does not have.
    SegmentNotInSet,
    /// A segment at the wrong place of the set.
    SegmentOrder,
    /// A mandatory segment is missing.
    SegmentMissing,
    /// A segment is used too often.
    SegmentUse,
    /// A loop is used too often.
    LoopUse,
    /// A mandatory element is missing.
    ElementMissing,
    /// Too many elements, components or repetitions.
    TooMany,
    /// Too short.
    TooShort,
    /// Too long.
    TooLong,
    /// A character that may not stand here.
    Character,
    /// An impossible date.
    Date,
    /// An impossible time.
    Time,
}

/// The code of a trouble at a level: X12 TA105, 716, 718, 720, 723 by level; EDIFACT 0085.
pub(crate) fn code(syntax: Syntax, level: Level, trouble: Trouble) -> &'static str {
    match (syntax, level) {
        (Syntax::Edifact, _) => edifact(trouble),
        (Syntax::X12, Level::Interchange) => interchange(trouble),
        (Syntax::X12, Level::Group) => group(trouble),
        (Syntax::X12, Level::Set) => set(trouble),
        (Syntax::X12, Level::Segment) => segment(trouble),
        (Syntax::X12, Level::Element) => element(trouble),
    }
}

fn interchange(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::ControlMismatch => "001",
        Trouble::ControlInvalid => "018",
        Trouble::UsageInvalid => "020",
        Trouble::CountWrong => "021",
        Trouble::TrailerMissing => "023",
        Trouble::Misplaced => "022",
        Trouble::Duplicate => "025",
        _ => "024",
    }
}

fn group(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::TrailerMissing => "3",
        Trouble::ControlMismatch => "4",
        Trouble::CountWrong => "5",
        Trouble::Duplicate => "19",
        _ => "6",
    }
}

fn set(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::TrailerMissing => "2",
        Trouble::ControlMismatch => "3",
        Trouble::CountWrong => "4",
        Trouble::KindMissing => "6",
        Trouble::ControlInvalid => "7",
        Trouble::Duplicate => "23",
        _ => "5",
    }
}

fn segment(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::SegmentUnknown => "1",
        Trouble::SegmentMissing => "3",
        Trouble::LoopUse => "4",
        Trouble::SegmentUse => "5",
        Trouble::SegmentNotInSet => "6",
        Trouble::SegmentOrder => "7",
        Trouble::SegmentRefused | Trouble::Misplaced => "2",
        _ => "8",
    }
}

fn element(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::ElementMissing => "1",
        Trouble::TooMany => "3",
        Trouble::TooShort => "4",
        Trouble::TooLong => "5",
        Trouble::Date => "8",
        Trouble::Time => "9",
        _ => "6",
    }
}

fn edifact(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::SyntaxUnsupported => "2",
        Trouble::TrailerMissing
        | Trouble::KindMissing
        | Trouble::SegmentMissing
        | Trouble::ElementMissing => "13",
        Trouble::ControlMismatch => "28",
        Trouble::CountWrong => "29",
        Trouble::Duplicate => "26",
        Trouble::Misplaced => "33",
        Trouble::Mixed => "30",
        Trouble::SegmentRefused | Trouble::SegmentUnknown => "15",
        Trouble::SegmentNotInSet | Trouble::SegmentOrder => "14",
        Trouble::SegmentUse => "35",
        Trouble::LoopUse => "36",
        Trouble::TooMany => "16",
        Trouble::TooShort => "40",
        Trouble::TooLong => "39",
        Trouble::Character => "21",
        Trouble::ControlInvalid | Trouble::UsageInvalid | Trouble::Date | Trouble::Time => "12",
    }
}

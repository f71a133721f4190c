//! What the codes of acknowledgements mean, in our words.

/// A code of a set (718 and 618).
pub(super) fn set(code: &str) -> &'static str {
    match code {
        "1" => "this set is not supported",
        "2" => "its trailer is missing",
        "3" => "header and trailer have different control numbers",
        "4" => "the segments are not as many as the trailer says",
        "5" => "segments are in error",
        "6" => "the set's identifier is missing or wrong",
        "7" => "the control number is missing or wrong",
        "18" | "19" => "the implementation reference is wrong",
        "23" => "the control number was used twice in the group",
        _ => "a reason that is not known here",
    }
}

/// A code of a group (716).
pub(super) fn group(code: &str) -> &'static str {
    match code {
        "1" => "this group is not supported",
        "2" => "this version is not supported",
        "3" => "the group's trailer is missing",
        "4" => "the group's header and trailer have different control numbers",
        "5" => "the sets are not as many as the trailer says",
        "6" => "the group's control number is wrong",
        "19" => "the group's control number was used twice",
        _ => "a reason that is not known here",
    }
}

/// A code of a segment (720 and 620).
pub(super) fn segment(code: &str) -> &'static str {
    match code {
        "1" => "unknown segment",
        "2" => "unexpected segment",
        "3" => "mandatory segment missing",
        "4" => "loop used too often",
        "5" => "segment used too often",
        "6" => "segment not in this set",
        "7" => "segment out of order",
        "8" => "elements in error",
        _ => "segment in error",
    }
}

/// A code of an element (723 and 621).
pub(super) fn element(code: &str) -> &'static str {
    match code {
        "1" => "mandatory element missing",
        "2" => "conditional element missing",
        "3" => "too many elements",
        "4" => "too short",
        "5" => "too long",
        "6" => "wrong character",
        "7" => "wrong code",
        "8" => "wrong date",
        "9" => "wrong time",
        "10" => "excluded by another element",
        _ => "element in error",
    }
}

/// A TA105.
pub(super) fn interchange(code: &str) -> &'static str {
    match code {
        "000" => "no error",
        "001" => "header and trailer have different control numbers",
        "002" => "the standard is not supported",
        "003" => "the version is not supported",
        "004" => "the segment terminator is wrong",
        "005" | "006" => "the sender is wrong",
        "007" | "008" => "the receiver is wrong",
        "009" => "the receiver is not known",
        "014" => "the date is wrong",
        "015" => "the time is wrong",
        "018" => "the control number is wrong",
        "020" => "the usage indicator is wrong",
        "021" => "the groups are not as many as the trailer says",
        "022" => "the control structure is wrong",
        "023" => "the interchange ends too early",
        "024" => "the content is wrong",
        "025" => "the control number was used before",
        "026" => "the element separator is wrong",
        "027" => "the component separator is wrong",
        _ => "a reason that is not known here",
    }
}

/// A 0085.
pub(super) fn edifact(code: &str) -> &'static str {
    match code {
        "2" => "syntax not supported",
        "7" => "wrong recipient",
        "12" => "wrong value",
        "13" => "missing",
        "14" => "not supported here",
        "15" => "not supported",
        "16" => "too many parts",
        "18" => "a reason that is not told",
        "19" => "wrong decimal mark",
        "20" | "22" => "wrong service character",
        "21" => "wrong character",
        "23" => "unknown sender",
        "24" => "too old",
        "25" => "test indicator not supported",
        "26" => "came before",
        "28" => "references do not agree",
        "29" => "counts do not agree",
        "30" => "groups and messages mixed",
        "33" => "out of place",
        "35" => "segment used too often",
        "36" => "group used too often",
        "37" => "wrong kind of character",
        "38" => "no digit before the decimal mark",
        "39" => "too long",
        "40" => "too short",
        _ => "a reason that is not known here",
    }
}

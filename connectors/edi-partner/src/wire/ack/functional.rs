//! The 997: which sets of a group are accepted, and why the others are not.

use super::refused::{BadSegment, by_set, segments};
use crate::wire::model::{Fault, Group, Interchange, Level, Set};
use crate::wire::outgoing::{OutSegment, OutSet};
use crate::wire::schema;

/// The 997 for group `group` (index). `extra` are faults beyond those of the interchange: from `validate`, from the
/// translation; they find their set by their position. Control number `0001`. A set with a fault is refused, its
/// neighbours are accepted (P); a fault of the group refuses them all.
pub(crate) fn acknowledge_997(interchange: &Interchange, group: usize, extra: &[Fault]) -> OutSet {
    acknowledge_997_noting(interchange, group, extra, &[])
}

/// As [`acknowledge_997`], with faults that are noted but do not refuse: their sets are accepted with errors (E).
pub(crate) fn acknowledge_997_noting(
    interchange: &Interchange,
    group: usize,
    extra: &[Fault],
    noted: &[Fault],
) -> OutSet {
    let mut set = OutSet {
        kind: "997".to_owned(),
        control: "0001".to_owned(),
        implementation: None,
        segments: Vec::new(),
    };
    if let Some(group) = interchange.groups.get(group) {
        set.segments = segments_of(group, extra, noted);
    }
    set
}

fn segments_of(group: &Group, extra: &[Fault], noted: &[Fault]) -> Vec<OutSegment> {
    let begin = OutSegment::new("AK1");
    let mut out = vec![begin.text(&group.functional_id).text(&group.control)];
    let is_refused = !group.faults.is_empty();
    let (mut refused, mut with_errors) = (0, 0);
    let sets = group.sets.iter().zip(by_set(group, extra));
    for ((set, faults), notes) in sets.zip(by_set(group, noted)) {
        let is_new = |note: &&Fault| !faults.contains(note);
        let notes: Vec<&Fault> = notes.into_iter().filter(is_new).collect();
        let verdict = match (faults.is_empty(), notes.is_empty()) {
            (false, _) => "R",
            (true, false) => "E",
            (true, true) => "A",
        };
        refused += usize::from(verdict == "R");
        with_errors += usize::from(verdict == "E");
        let is_nameless = set.kind.is_empty() || set.control.is_empty();
        if is_nameless || (is_refused && verdict == "A") {
            continue;
        }
        let all: Vec<&Fault> = faults.into_iter().chain(notes).collect();
        out.extend(statement(set, &all, verdict));
    }
    let received = group.sets.len();
    let accepted = if is_refused { 0 } else { received - refused };
    let verdict = match (is_refused, accepted) {
        (true, _) => "R",
        (false, 0) if received > 0 => "R",
        (false, _) if accepted < received => "P",
        (false, _) if with_errors > 0 => "E",
        (false, _) => "A",
    };
    let mut end = OutSegment::new("AK9")
        .text(verdict)
        .text(group.counted.unwrap_or(received).to_string())
        .text(received.to_string())
        .text(accepted.to_string());
    for code in distinct(group.faults.iter()).into_iter().take(5) {
        end = end.text(code);
    }
    out.push(end);
    out
}

/// AK2 … AK5 of a set.
fn statement(set: &Set, faults: &[&Fault], verdict: &str) -> Vec<OutSegment> {
    let mut out = vec![OutSegment::new("AK2").text(&set.kind).text(&set.control)];
    let bad = segments(faults);
    for segment in &bad {
        out.extend(bad_segment(set, segment));
    }
    let mut codes = distinct(
        faults
            .iter()
            .copied()
            .filter(|fault| fault.level == Level::Set),
    );
    if !bad.is_empty() && !codes.contains(&"5") {
        codes.push("5");
    }
    let mut end = OutSegment::new("AK5").text(verdict);
    for code in codes.into_iter().take(5) {
        end = end.text(code);
    }
    out.push(end);
    out
}

/// AK3 for each fault of a segment, and one for those of its elements with their AK4.
fn bad_segment(set: &Set, bad: &BadSegment<'_>) -> Vec<OutSegment> {
    let begin = |code: &str| {
        OutSegment::new("AK3")
            .text(bad.id)
            .text(bad.at.in_set.to_string())
            .skip(1)
            .text(code)
    };
    let mut out: Vec<OutSegment> = bad.own.iter().map(|fault| begin(fault.code)).collect();
    if !bad.elements.is_empty() {
        out.push(begin("8"));
        for fault in bad.elements.iter().take(99) {
            out.push(bad_element(set, fault));
        }
    }
    out
}

fn bad_element(set: &Set, fault: &Fault) -> OutSegment {
    let element = fault.element.to_string();
    let reference = schema::reference(&set.kind, &set.version, &fault.segment, fault.element);
    let out = match fault.component {
        0 => OutSegment::new("AK4").text(element),
        component => OutSegment::new("AK4").composite([element, component.to_string()]),
    };
    let out = out.text(reference.unwrap_or_default()).text(fault.code);
    out.text(printable(&fault.value))
}

/// The copy of bad data, where it can be sent back whatever the separators are.
fn printable(value: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-');
    if value.chars().all(is_plain) {
        value.trim()
    } else {
        ""
    }
}

fn distinct<'a>(faults: impl Iterator<Item = &'a Fault>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for fault in faults {
        if !codes.contains(&fault.code) {
            codes.push(fault.code);
        }
    }
    codes
}

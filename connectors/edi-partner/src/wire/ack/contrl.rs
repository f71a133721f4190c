//! CONTRL: which messages of an interchange are accepted, and why the others are not.

use super::refused::{by_set, segments};
use crate::wire::model::{Fault, Group, Interchange, Level, Set};
use crate::wire::outgoing::{OutMessage, OutSegment};

const REJECTED: &str = "4";
const ACKNOWLEDGED: &str = "7";

/// The CONTRL for an EDIFACT interchange. `extra` as in `acknowledge_997`. Message reference `1`. What is not named in
/// it is acknowledged by the level above.
pub(crate) fn acknowledge_contrl(interchange: &Interchange, extra: &[Fault]) -> OutMessage {
    let party = |party: &crate::wire::model::Party| [party.id.clone(), party.qualifier.clone()];
    let head = OutSegment::new("UCI")
        .text(&interchange.control)
        .composite(party(&interchange.sender))
        .composite(party(&interchange.receiver));
    let mut out = vec![action(head, interchange.faults.first())];
    if interchange.faults.is_empty() {
        for group in &interchange.groups {
            out.extend(group_statement(group, extra));
        }
    }
    OutMessage {
        kind: "CONTRL".to_owned(),
        version: "D:3:UN".to_owned(),
        control: "1".to_owned(),
        segments: out,
    }
}

/// The action and, if there is a fault, what it is and where: 0083, 0085, 0013, S011.
fn action(head: OutSegment, fault: Option<&Fault>) -> OutSegment {
    let Some(fault) = fault else {
        return head.text(ACKNOWLEDGED);
    };
    let out = head.text(REJECTED).text(fault.code).text(&fault.segment);
    match place(fault) {
        None => out,
        Some(place) => out.composite(place),
    }
}

/// S011: the segment's name has position 1, its first element 2.
fn place(fault: &Fault) -> Option<Vec<String>> {
    if fault.element == 0 {
        return None;
    }
    let mut place = vec![(fault.element + 1).to_string()];
    if fault.component > 0 {
        place.push(fault.component.to_string());
    }
    Some(place)
}

fn group_statement(group: &Group, extra: &[Fault]) -> Vec<OutSegment> {
    let mut messages = Vec::new();
    if group.faults.is_empty() {
        for (set, faults) in group.sets.iter().zip(by_set(group, extra)) {
            messages.extend(message_statement(set, &faults));
        }
    }
    if group.control.is_empty() || (messages.is_empty() && group.faults.is_empty()) {
        return messages;
    }
    let head = OutSegment::new("UCF")
        .text(&group.control)
        .text(&group.sender)
        .text(&group.receiver);
    messages.insert(0, action(head, group.faults.first()));
    messages
}

fn message_statement(set: &Set, faults: &[&Fault]) -> Vec<OutSegment> {
    if faults.is_empty() || set.kind.is_empty() || set.control.is_empty() {
        return Vec::new();
    }
    let kind = std::iter::once(set.kind.as_str()).chain(set.version.split(':'));
    let head = OutSegment::new("UCM").text(&set.control).composite(kind);
    let own = faults.iter().find(|fault| fault.level == Level::Set);
    let first = match own {
        Some(fault) => action(head, Some(fault)),
        None => head.text(REJECTED),
    };
    let mut out = vec![first];
    for bad in segments(faults) {
        for fault in &bad.own {
            let position = bad.at.in_set.to_string();
            out.push(OutSegment::new("UCS").text(position).text(fault.code));
        }
        if bad.elements.is_empty() {
            continue;
        }
        out.push(OutSegment::new("UCS").text(bad.at.in_set.to_string()));
        for fault in bad.elements.iter().take(99) {
            let element = OutSegment::new("UCD").text(fault.code);
            out.push(element.composite(place(fault).unwrap_or_default()));
        }
    }
    out
}

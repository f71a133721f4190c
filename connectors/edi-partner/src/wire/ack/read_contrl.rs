//! What a CONTRL says.

use super::read_x12::said;
use super::{AckKind, AckOf, Verdict, words};
use crate::wire::model::{Interchange, Segment, Set};

/// Reads every CONTRL of an interchange.
pub(super) fn read(interchange: &Interchange) -> Vec<AckOf> {
    let sets = interchange.groups.iter().flat_map(|group| &group.sets);
    sets.filter(|set| set.kind == "CONTRL")
        .flat_map(statements)
        .collect()
}

fn statements(set: &Set) -> Vec<AckOf> {
    let Some(begin) = set.segments.iter().find(|segment| segment.id == "UCI") else {
        return Vec::new();
    };
    let control = begin.get(1).trim();
    let interchange = AckOf {
        kind: AckKind::Contrl,
        interchange: Some(control.to_owned()),
        group: None,
        set: None,
        functional_id: String::new(),
        set_kind: String::new(),
        verdict: Verdict::Rejected,
        codes: Vec::new(),
        text: String::new(),
        at: begin.at,
    };
    let interchange = stated(interchange, &format!("interchange {control}"), begin, 4);
    let mut acks = vec![interchange.clone()];
    let mut group: Option<AckOf> = None;
    for segment in &set.segments {
        match segment.id.as_str() {
            "UCF" => {
                let control = segment.get(1).trim();
                let named = AckOf {
                    group: Some(control.to_owned()),
                    ..interchange.clone()
                };
                let stated = stated(named, &format!("group {control}"), segment, 4);
                let stated = stricter(stated, &interchange);
                group = Some(stated.clone());
                acks.push(stated);
            }
            "UCM" => {
                let above = group.as_ref().unwrap_or(&interchange);
                let (control, kind) = (segment.get(1).trim(), segment.get(2).trim());
                let named = AckOf {
                    set: Some(control.to_owned()),
                    set_kind: kind.to_owned(),
                    ..above.clone()
                };
                let stated = stated(named, &format!("message {kind} {control}"), segment, 3);
                acks.push(stricter(stated, above));
            }
            "UCS" | "UCD" => {
                if let Some(ack) = acks.last_mut().filter(|ack| ack.set.is_some()) {
                    detail(ack, segment);
                }
            }
            _ => {}
        }
    }
    acks
}

/// Fills in what a segment says: the action stands at element `n`, the error behind it.
fn stated(mut ack: AckOf, what: &str, segment: &Segment, n: usize) -> AckOf {
    let action = segment.get(n).trim();
    ack.verdict = match action {
        "7" => Verdict::Accepted,
        "8" => Verdict::Received,
        _ => Verdict::Rejected,
    };
    ack.at = segment.at;
    ack.codes = vec![action.to_owned()];
    ack.text = format!("{what} {}", said(ack.verdict));
    let error = segment.get(n + 1).trim();
    if !error.is_empty() {
        ack.codes.push(error.to_owned());
        let place = match segment.get(n + 2).trim() {
            "" => String::new(),
            id => format!(" at {id}"),
        };
        let meaning = words::edifact(error);
        ack.text = format!("{}: {error} ({meaning}){place}", ack.text);
    }
    ack
}

/// What is below something refused is refused.
fn stricter(mut ack: AckOf, above: &AckOf) -> AckOf {
    if above.verdict == Verdict::Rejected && ack.verdict != Verdict::Rejected {
        ack.verdict = Verdict::Rejected;
        ack.text.push_str("; but what holds it is refused");
    }
    ack
}

/// UCS and UCD.
fn detail(ack: &mut AckOf, segment: &Segment) {
    let (error, place) = if segment.id == "UCS" {
        (segment.get(2), format!("segment {}", segment.get(1)))
    } else {
        // The segment's name has position 1.
        let position: usize = segment.component(2, 1).parse().unwrap_or(1);
        let element = position.saturating_sub(1);
        (segment.get(1), format!("element {element}"))
    };
    let error = error.trim();
    if error.is_empty() {
        ack.text = format!("{}; {place}", ack.text);
        return;
    }
    ack.codes.push(error.to_owned());
    let meaning = words::edifact(error);
    ack.text = format!("{}; {place}: {error} ({meaning})", ack.text);
}

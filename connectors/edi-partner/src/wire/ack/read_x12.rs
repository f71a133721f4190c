//! What TA1, 997 and 999 say. Partners leave out what they accept, and contradict themselves: the stricter word counts.

use super::{AckKind, AckOf, Verdict, words};
use crate::wire::model::{Interchange, Segment, Set};

/// Reads the TA1 before the groups and every 997 and 999.
pub(super) fn read(interchange: &Interchange) -> Vec<AckOf> {
    let mut acks: Vec<AckOf> = interchange.acknowledgements.iter().map(ta1).collect();
    for set in interchange.groups.iter().flat_map(|group| &group.sets) {
        match set.kind.as_str() {
            "997" => acks.extend(functional(set, AckKind::Functional997)),
            "999" => acks.extend(functional(set, AckKind::Implementation999)),
            _ => {}
        }
    }
    acks
}

fn ta1(segment: &Segment) -> AckOf {
    let (control, note) = (segment.get(1).trim(), segment.get(5).trim());
    let verdict = verdict(segment.get(4));
    let said = said(verdict);
    let text = format!(
        "interchange {control} {said}: {note} ({})",
        words::interchange(note)
    );
    AckOf {
        kind: AckKind::Interchange,
        interchange: Some(control.to_owned()),
        group: None,
        set: None,
        functional_id: String::new(),
        set_kind: String::new(),
        verdict,
        codes: vec![segment.get(4).trim().to_owned(), note.to_owned()],
        text,
        at: segment.at,
    }
}

/// A set's statement while it is read.
struct Statement {
    ack: AckOf,
    details: Vec<String>,
}

fn functional(set: &Set, kind: AckKind) -> Vec<AckOf> {
    let Some(begin) = set.segments.iter().find(|segment| segment.id == "AK1") else {
        return Vec::new();
    };
    let group = AckOf {
        kind,
        interchange: None,
        group: Some(begin.get(2).trim().to_owned()),
        set: None,
        functional_id: begin.get(1).trim().to_owned(),
        set_kind: String::new(),
        // A statement that ends before its verdict accepts nothing.
        verdict: Verdict::Rejected,
        codes: Vec::new(),
        text: format!("group {} has no verdict: AK9 is missing", begin.get(2)),
        at: begin.at,
    };
    let mut acks = vec![group];
    let mut open: Option<Statement> = None;
    for segment in &set.segments {
        match segment.id.as_str() {
            "AK2" => {
                acks.extend(open.take().map(|open| open.ack));
                open = acks.first().map(|group| begin_set(group, segment));
            }
            "AK3" | "IK3" | "AK4" | "IK4" => {
                if let Some(open) = &mut open {
                    note(open, segment);
                }
            }
            "AK5" | "IK5" => {
                if let Some(open) = open.take() {
                    acks.push(end_set(open, segment));
                }
            }
            "AK9" => {
                if let Some(group) = acks.first_mut() {
                    end_group(group, segment);
                }
            }
            _ => {}
        }
    }
    acks.extend(open.map(|open| open.ack));
    if acks
        .first()
        .is_some_and(|group| group.verdict == Verdict::Rejected)
    {
        for ack in acks.iter_mut().skip(1) {
            if ack.verdict != Verdict::Rejected {
                ack.verdict = Verdict::Rejected;
                ack.text.push_str("; but its group is refused");
            }
        }
    }
    acks
}

fn begin_set(group: &AckOf, segment: &Segment) -> Statement {
    let (kind, control) = (segment.get(1).trim(), segment.get(2).trim());
    let ack = AckOf {
        set: Some(control.to_owned()),
        set_kind: kind.to_owned(),
        text: format!("set {kind} {control} has no verdict: AK5 is missing"),
        codes: Vec::new(),
        at: segment.at,
        ..group.clone()
    };
    let details = Vec::new();
    Statement { ack, details }
}

/// AK3 and AK4.
fn note(open: &mut Statement, segment: &Segment) {
    let is_segment = matches!(segment.id.as_str(), "AK3" | "IK3");
    let (code, detail) = if is_segment {
        let code = segment.get(4).trim();
        let (id, place) = (segment.get(1), segment.get(2));
        (
            code,
            format!("{id} at {place}: {code} ({})", words::segment(code)),
        )
    } else {
        let code = segment.get(3).trim();
        let (place, value) = (segment.get(1), segment.get(4));
        let value = match value {
            "" => String::new(),
            value => format!(" {value:?}"),
        };
        let meaning = words::element(code);
        (code, format!("element {place}{value}: {code} ({meaning})"))
    };
    open.ack.codes.push(code.to_owned());
    open.details.push(detail);
}

fn end_set(mut open: Statement, segment: &Segment) -> AckOf {
    let verdict = verdict(segment.get(1));
    let mut reasons: Vec<String> = codes(segment, 2, words::set);
    reasons.append(&mut open.details);
    let mut ack = open.ack;
    let mut codes = vec![segment.get(1).trim().to_owned()];
    codes.extend(values(segment, 2));
    codes.append(&mut ack.codes);
    ack.codes = codes;
    ack.verdict = verdict;
    let control = ack.set.as_deref().unwrap_or_default();
    ack.text = sentence(
        &format!("set {} {control}", ack.set_kind),
        verdict,
        &reasons,
    );
    ack
}

fn end_group(group: &mut AckOf, segment: &Segment) {
    group.verdict = verdict(segment.get(1));
    group.codes = vec![segment.get(1).trim().to_owned()];
    group.codes.extend(values(segment, 5));
    group.at = segment.at;
    let (received, accepted) = (segment.get(3), segment.get(4));
    let mut reasons = vec![format!("{accepted} of {received} sets accepted")];
    reasons.extend(codes(segment, 5, words::group));
    let control = group.group.as_deref().unwrap_or_default();
    group.text = sentence(&format!("group {control}"), group.verdict, &reasons);
}

fn values(segment: &Segment, from: usize) -> impl Iterator<Item = String> {
    let values = segment.elements.iter().skip(from - 1);
    let first = values.filter_map(|element| element.0.first()?.first());
    first
        .map(|code| code.trim().to_owned())
        .filter(|code| !code.is_empty())
}

fn codes(segment: &Segment, from: usize, meaning: fn(&str) -> &'static str) -> Vec<String> {
    let say = |code: String| format!("{code} ({})", meaning(&code));
    values(segment, from).map(say).collect()
}

fn sentence(what: &str, verdict: Verdict, reasons: &[String]) -> String {
    let said = said(verdict);
    if reasons.is_empty() {
        return format!("{what} {said}");
    }
    format!("{what} {said}: {}", reasons.join("; "))
}

/// 715 and 717. What is not known accepts nothing.
fn verdict(code: &str) -> Verdict {
    match code.trim() {
        "A" => Verdict::Accepted,
        "E" => Verdict::AcceptedWithErrors,
        "P" => Verdict::Partial,
        _ => Verdict::Rejected,
    }
}

pub(super) fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Received => "received",
        Verdict::Accepted => "accepted",
        Verdict::AcceptedWithErrors => "accepted with errors",
        Verdict::Partial => "accepted in part",
        Verdict::Rejected => "refused",
    }
}

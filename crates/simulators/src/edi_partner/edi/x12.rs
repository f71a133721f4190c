//! X12: written and read in the partner's own way.

use jiff::tz::TimeZone;

use super::{Defect, Envelope, Group, Interchange, Marks, Segment, Set, Spoilt};
use crate::edi_partner::Syntax;
use crate::edi_partner::config::Party;

/// With its terminator.
const ISA_WIDTH: usize = 106;

/// GS01 of a set.
fn functional(kind: &str) -> &'static str {
    match kind {
        "944" => "RE",
        "861" => "RC",
        "812" => "CD",
        "997" => "FA",
        _ => "AN",
    }
}

/// An interchange of one group (none, when it only holds a TA1).
pub(in crate::edi_partner) fn write(
    envelope: &Envelope,
    marks: &Marks,
    sets: &[Set],
    spoilt: Option<Spoilt>,
) -> String {
    let (element, component) = (marks.element, marks.component);
    let clean =
        |value: &str| value.replace([element, component, marks.terminator, '\n', '\r'], " ");
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push(marks.terminator);
        out.push_str(&marks.suffix);
    };
    let made = envelope.made.to_zoned(TimeZone::UTC);
    let (date, time) = (
        made.strftime("%Y%m%d").to_string(),
        made.strftime("%H%M").to_string(),
    );
    let short = made.strftime("%y%m%d").to_string();
    let control = format!("{:09}", envelope.number);
    let flag = |on: bool, yes: &'static str, no: &'static str| if on { yes } else { no };
    let (sender, receiver) = (&envelope.sender, &envelope.receiver);
    let isa = [
        "ISA",
        "00",
        "          ",
        "00",
        "          ",
        &format!("{:<2}", sender.qualifier),
        &format!("{:<15}", sender.id),
        &format!("{:<2}", receiver.qualifier),
        &format!("{:<15}", receiver.id),
        &short,
        &time,
        "U",
        &envelope.isa_version,
        &control,
        flag(envelope.wants_ack, "1", "0"),
        flag(envelope.test, "T", "P"),
        &component.to_string(),
    ];
    line(&isa.join(&element.to_string()));
    for ta1 in &envelope.ta1 {
        line(&ta1.text(element, component, clean));
    }
    let group = envelope.number.to_string();
    if let Some(first) = sets.first() {
        let gs = [
            functional(&first.kind),
            &sender.id,
            &receiver.id,
            &date,
            &time,
            &group,
            "X",
        ];
        line(
            &Segment::new("GS", gs)
                .with([&envelope.version])
                .text(element, component, clean),
        );
        for set in sets {
            line(&Segment::new("ST", [&set.kind, &set.control]).text(element, component, clean));
            for segment in &set.segments {
                line(&segment.text(element, component, clean));
            }
            let count = (set.segments.len() + 2 + set.miscount).to_string();
            line(&Segment::new("SE", [&count, &set.control]).text(element, component, clean));
        }
        let count = sets.len().to_string();
        line(&Segment::new("GE", [&count, &group]).text(element, component, clean));
    }
    let groups = flag(sets.is_empty(), "0", "1");
    match spoilt {
        Some(Spoilt::NoTrailer) => {}
        Some(Spoilt::OtherNumber) => {
            let other = format!("{:09}", envelope.number + 500_000_000);
            line(&Segment::new("IEA", [groups, &other]).text(element, component, clean));
        }
        None => line(&Segment::new("IEA", [groups, &control]).text(element, component, clean)),
    }
    out
}

/// The first interchange of a text, and what stands behind it.
pub(super) fn read(text: &str) -> Result<(Interchange, &str), String> {
    let element = text.chars().nth(3).ok_or("ISA ends at once")?;
    let mut pieces = text.splitn(17, element);
    let head: Vec<&str> = pieces.by_ref().take(16).map(str::trim).collect();
    let last = pieces.next().ok_or("ISA has no 16 elements")?;
    let mut characters = last.chars();
    let component = characters.next().ok_or("ISA16 is missing")?;
    let terminator = characters.next().ok_or("nothing ends the ISA")?;
    let at = |n: usize| head.get(n).copied().unwrap_or_default();
    let party = |n: usize| Party {
        qualifier: at(n).to_owned(),
        id: at(n + 1).to_owned(),
    };
    let mut interchange = Interchange {
        syntax: Syntax::X12,
        sender: party(5),
        receiver: party(7),
        control: at(13).to_owned(),
        made: (at(9).to_owned(), at(10).to_owned()),
        wants_ack: at(14) == "1",
        test: at(15) == "T",
        ta1: Vec::new(),
        groups: Vec::new(),
        defects: Vec::new(),
        text: String::new(),
    };
    let mut rest = characters.as_str();
    let width = text.chars().count() - rest.chars().count();
    if width != ISA_WIDTH {
        let text = format!("the ISA has {width} characters, not {ISA_WIDTH}");
        interchange.defects.push(Defect::new("022", text));
    }
    let mut open: Option<Set> = None;
    let mut ended = false;
    while !ended && !rest.trim().is_empty() && !rest.trim_start().starts_with("ISA") {
        let (piece, behind) = rest.split_once(terminator).unwrap_or((rest, ""));
        rest = behind;
        let segment = segment(piece.trim(), element, component);
        ended = segment.id == "IEA";
        take(&mut interchange, &mut open, segment);
    }
    if !ended {
        let text = "the interchange has no IEA";
        interchange.defects.push(Defect::new("023", text));
    }
    let length = text.len().saturating_sub(rest.len());
    let own = text.get(..length).unwrap_or(text);
    own.trim().clone_into(&mut interchange.text);
    Ok((interchange, rest))
}

fn segment(text: &str, element: char, component: char) -> Segment {
    let mut pieces = text.split(element);
    let id = pieces.next().unwrap_or_default().to_owned();
    let parts = |piece: &str| piece.split(component).map(str::to_owned).collect();
    Segment {
        id,
        elements: pieces.map(parts).collect(),
    }
}

/// A segment finds its place; what does not agree is noted where it belongs.
fn take(interchange: &mut Interchange, open: &mut Option<Set>, segment: Segment) {
    let groups = interchange.groups.len();
    let group = interchange.groups.last_mut();
    match (segment.id.as_str(), group) {
        ("TA1", _) => interchange.ta1.push(segment),
        ("GS", _) => interchange.groups.push(Group {
            kind: segment.get(1).to_owned(),
            control: segment.get(6).to_owned(),
            version: segment.get(8).to_owned(),
            sets: Vec::new(),
            defects: Vec::new(),
        }),
        ("ST", group) => {
            if let (Some(mut cut), Some(group)) = (open.take(), group) {
                cut.defects.push(Defect::new("2", "the set has no SE"));
                group.sets.push(cut);
            }
            *open = Some(Set::new(
                segment.get(1),
                segment.get(2).to_owned(),
                Vec::new(),
            ));
        }
        ("SE", Some(group)) => {
            let Some(mut set) = open.take() else { return };
            let count = (set.segments.len() + 2).to_string();
            if segment.get(1).trim_start_matches('0') != count {
                let text = format!("SE01 says {}, there are {count} segments", segment.get(1));
                set.defects.push(Defect::new("4", text));
            }
            if functional(&set.kind) != group.kind {
                let text = format!("a {} stands in a group {}", set.kind, group.kind);
                set.defects.push(Defect::new("6", text));
            }
            if segment.get(2) != set.control {
                let text = format!("SE02 is {}, ST02 {}", segment.get(2), set.control);
                set.defects.push(Defect::new("3", text));
            }
            group.sets.push(set);
        }
        ("GE", Some(group)) => {
            if let Some(mut cut) = open.take() {
                cut.defects.push(Defect::new("2", "the set has no SE"));
                group.sets.push(cut);
            }
            if segment.get(1) != group.sets.len().to_string() {
                let text = format!(
                    "GE01 says {}, there are {} sets",
                    segment.get(1),
                    group.sets.len()
                );
                group.defects.push(Defect::new("5", text));
            }
            if segment.get(2) != group.control {
                let text = format!("GE02 is {}, GS06 {}", segment.get(2), group.control);
                group.defects.push(Defect::new("4", text));
            }
        }
        ("IEA", _) => {
            if segment.get(2) != interchange.control {
                let text = format!("IEA02 is {}, ISA13 {}", segment.get(2), interchange.control);
                interchange.defects.push(Defect::new("001", text));
            }
            if segment.get(1) != groups.to_string() {
                let text = format!("IEA01 says {}, there are {groups} groups", segment.get(1));
                interchange.defects.push(Defect::new("021", text));
            }
        }
        _ => {
            if let Some(set) = open.as_mut() {
                set.segments.push(segment);
            }
        }
    }
}

//! EDIFACT: written and read in the partner's own way.

use jiff::tz::TimeZone;

use super::{Defect, Envelope, Group, Interchange, Marks, Segment, Set, Spoilt};
use crate::edi_partner::Syntax;
use crate::edi_partner::config::Party;

const RELEASE: char = '?';

/// An interchange of messages without a group.
pub(in crate::edi_partner) fn write(
    envelope: &Envelope,
    marks: &Marks,
    sets: &[Set],
    spoilt: Option<Spoilt>,
) -> String {
    let special = [marks.element, marks.component, marks.terminator, RELEASE];
    let clean = |value: &str| {
        let mut out = String::new();
        for character in value.chars() {
            if special.contains(&character) {
                out.push(RELEASE);
            }
            out.push(character);
        }
        out
    };
    let mut out = String::new();
    if marks.una {
        for character in [
            'U',
            'N',
            'A',
            marks.component,
            marks.element,
            marks.decimal,
            RELEASE,
            ' ',
            marks.terminator,
        ] {
            out.push(character);
        }
        out.push_str(&marks.suffix);
    }
    let mut line = |segment: Segment| {
        out.push_str(&segment.text(marks.element, marks.component, clean));
        out.push(marks.terminator);
        out.push_str(&marks.suffix);
    };
    let made = envelope.made.to_zoned(TimeZone::UTC);
    let (date, time) = (
        made.strftime("%y%m%d").to_string(),
        made.strftime("%H%M").to_string(),
    );
    let number = envelope.number.to_string();
    let (sender, receiver) = (&envelope.sender, &envelope.receiver);
    let flag = |on: bool| if on { "1" } else { "" };
    line(
        Segment::new("UNB", [])
            .with(["UNOC", "3"])
            .with([&sender.id, &sender.qualifier])
            .with([&receiver.id, &receiver.qualifier])
            .with([&date, &time])
            .with([&number])
            .with([""])
            .with([""])
            .with([""])
            .with([flag(envelope.wants_ack)])
            .with([""])
            .with([flag(envelope.test)]),
    );
    for set in sets {
        let version = if set.kind == "CONTRL" {
            "D:3:UN"
        } else {
            &envelope.version
        };
        let mut header = Segment::new("UNH", [&set.control]).with([&set.kind]);
        if let Some(kind) = header.elements.last_mut() {
            kind.extend(version.split(':').map(str::to_owned));
        }
        line(header);
        for segment in &set.segments {
            line(segment.clone());
        }
        let count = (set.segments.len() + 2 + set.miscount).to_string();
        line(Segment::new("UNT", [&count, &set.control]));
    }
    let count = sets.len().to_string();
    match spoilt {
        Some(Spoilt::NoTrailer) => {}
        Some(Spoilt::OtherNumber) => {
            let other = (envelope.number + 500_000_000).to_string();
            line(Segment::new("UNZ", [&count, &other]));
        }
        None => line(Segment::new("UNZ", [&count, &number])),
    }
    out
}

/// What a UNA says.
struct Signs {
    component: char,
    element: char,
    release: char,
    terminator: char,
}

/// The first interchange of a text, and what stands behind it.
pub(super) fn read(text: &str) -> Result<(Interchange, &str), String> {
    let mut signs = Signs {
        component: ':',
        element: '+',
        release: RELEASE,
        terminator: '\'',
    };
    let mut rest = text;
    if let Some(una) = text.strip_prefix("UNA") {
        let mut characters = una.chars();
        let mut next = || characters.next().ok_or("UNA ends too soon");
        let (component, element) = (next()?, next()?);
        let (_decimal, release, _reserved) = (next()?, next()?, next()?);
        signs = Signs {
            component,
            element,
            release,
            terminator: next()?,
        };
        rest = characters.as_str();
    }
    let (unb, behind) = segment(rest, &signs).ok_or("the UNB has no end")?;
    if unb.id != "UNB" {
        return Err(format!("{} stands where UNB should", unb.id));
    }
    rest = behind;
    let party = |n: usize| Party {
        qualifier: unb.part(n, 2).to_owned(),
        id: unb.part(n, 1).to_owned(),
    };
    let mut interchange = Interchange {
        syntax: Syntax::Edifact,
        sender: party(2),
        receiver: party(3),
        control: unb.get(5).to_owned(),
        made: (unb.part(4, 1).to_owned(), unb.part(4, 2).to_owned()),
        wants_ack: unb.get(9) == "1",
        test: unb.get(11) == "1",
        ta1: Vec::new(),
        groups: Vec::new(),
        defects: Vec::new(),
        text: String::new(),
    };
    let mut group = Group {
        kind: String::new(),
        control: String::new(),
        version: String::new(),
        sets: Vec::new(),
        defects: Vec::new(),
    };
    let mut open: Option<Set> = None;
    let mut ended = false;
    while !ended && let Some((segment, behind)) = segment(rest, &signs) {
        rest = behind;
        ended = segment.id == "UNZ";
        take(&mut interchange, (&mut group, &mut open), segment);
    }
    interchange.groups.push(group);
    if !ended {
        let text = "the interchange has no UNZ";
        interchange.defects.push(Defect::new("13", text));
    }
    let length = text.len().saturating_sub(rest.len());
    let own = text.get(..length).unwrap_or(text);
    own.trim().clone_into(&mut interchange.text);
    Ok((interchange, rest))
}

fn take(
    interchange: &mut Interchange,
    (group, open): (&mut Group, &mut Option<Set>),
    segment: Segment,
) {
    match segment.id.as_str() {
        "UNH" => {
            if let Some(mut cut) = open.take() {
                cut.defects
                    .push(Defect::new("13", "the message has no UNT"));
                group.sets.push(cut);
            }
            *open = Some(Set::new(
                segment.part(2, 1),
                segment.get(1).to_owned(),
                Vec::new(),
            ));
        }
        "UNT" => {
            let Some(mut set) = open.take() else { return };
            let count = (set.segments.len() + 2).to_string();
            if segment.get(1) != count {
                let text = format!("UNT says {}, there are {count} segments", segment.get(1));
                set.defects.push(Defect::new("29", text));
            }
            if segment.get(2) != set.control {
                let text = format!("UNT bears {}, UNH {}", segment.get(2), set.control);
                set.defects.push(Defect::new("28", text));
            }
            group.sets.push(set);
        }
        "UNZ" => {
            if let Some(mut cut) = open.take() {
                cut.defects
                    .push(Defect::new("13", "the message has no UNT"));
                group.sets.push(cut);
            }
            if segment.get(2) != interchange.control {
                let text = format!("UNZ bears {}, UNB {}", segment.get(2), interchange.control);
                interchange.defects.push(Defect::new("28", text));
            }
            if segment.get(1) != group.sets.len().to_string() {
                let text = format!(
                    "UNZ says {}, there are {} messages",
                    segment.get(1),
                    group.sets.len()
                );
                interchange.defects.push(Defect::new("29", text));
            }
        }
        _ => {
            if let Some(set) = open.as_mut() {
                set.segments.push(segment);
            }
        }
    }
}

/// The next segment and what stands behind it; nothing when none ends.
fn segment<'a>(text: &'a str, signs: &Signs) -> Option<(Segment, &'a str)> {
    let text = text.trim_start();
    let mut elements: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut characters = text.chars();
    while let Some(mut character) = characters.next() {
        if character == signs.terminator {
            let id = elements.remove(0).into_iter().next().unwrap_or_default();
            return Some((Segment { id, elements }, characters.as_str()));
        }
        if character == signs.element {
            elements.push(vec![String::new()]);
            continue;
        }
        if character == signs.component {
            elements.last_mut()?.push(String::new());
            continue;
        }
        if character == signs.release && signs.release != ' ' {
            character = characters.next()?;
        }
        elements.last_mut()?.last_mut()?.push(character);
    }
    None
}

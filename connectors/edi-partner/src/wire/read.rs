//! Bytes of one interchange → the interchange.

use super::assemble::Assembler;
use super::binary;
use super::charset::Charset;
use super::codes::Trouble;
use super::edifact_header::{self, EdifactHeader};
use super::foreign;
use super::limits::Limits;
use super::model::{Fault, Interchange, Level, Party, Position, Segment, Syntax};
use super::scan::{self, Scanner};
use super::segment::{Reading, name};
use super::x12_header::{self, X12Header};

/// Reads one interchange. An error only when nothing can be made of it: neither ISA nor UNB, cut inside of the header,
/// beyond a limit. Everything else is among the faults at its level, so that neighbours are kept.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Interchange, Fault> {
    read_as(bytes, limits, true)
}

/// As [`read`]; unless `keep`, sets come without their segments, which are only counted and measured.
pub(super) fn read_as(bytes: &[u8], limits: &Limits, keep: bool) -> Result<Interchange, Fault> {
    if bytes.len() > limits.max_bytes {
        let text = format!("{} bytes are more than are taken at once", bytes.len());
        return Err(Fault::new(Level::Interchange, "024", text));
    }
    let start = scan::blanks_outside(bytes);
    let rest = bytes.get(start..).unwrap_or_default();
    if let Some(fault) = foreign::refuse(rest) {
        return Err(fault);
    }
    let placed = |fault: Fault| Fault {
        at: Position {
            segment: 1,
            in_set: 0,
            byte: start,
        },
        ..fault
    };
    if rest.starts_with(b"UNA") || rest.starts_with(b"UNB") {
        let header = edifact_header::parse(rest).map_err(placed)?;
        return read_edifact(bytes, start, &header, limits, keep);
    }
    if rest.starts_with(b"ISA") {
        let header = x12_header::parse(rest).map_err(placed)?;
        return read_x12(bytes, start, &header, limits, keep);
    }
    let text = match rest.first_chunk::<3>() {
        None => "there is nothing to read".to_owned(),
        Some(first) => format!(
            "it begins with {:?}, neither with ISA nor with UNA or UNB",
            String::from_utf8_lossy(first)
        ),
    };
    Err(placed(Fault::new(Level::Interchange, "022", text)))
}

fn read_x12(
    bytes: &[u8],
    start: usize,
    header: &X12Header<'_>,
    limits: &Limits,
    keep: bool,
) -> Result<Interchange, Fault> {
    let reading = Reading {
        syntax: Syntax::X12,
        separators: header.separators,
        charset: Charset::of_x12(bytes),
        limits: *limits,
    };
    let field = |n: usize| {
        let bytes = header.fields.get(n - 1).copied().unwrap_or_default();
        let bytes = scan::unwrap_lines(bytes, header.separators);
        reading.charset.decode(&bytes).0.trim().to_owned()
    };
    let party = |qualifier: usize| Party {
        qualifier: field(qualifier),
        id: field(qualifier + 1),
    };
    let interchange = Interchange {
        sender: party(5),
        receiver: party(7),
        control: field(13),
        date: field(9),
        time: field(10),
        version: field(12),
        ack_requested: field(14) == "1",
        is_test: field(15) == "T",
        ..empty(&reading)
    };
    let usage = field(15);
    let mut assembler = Assembler::new(reading, keep, interchange);
    let isa = envelope_segment("ISA", 1, start);
    let control = &assembler.interchange.control;
    if control.is_empty() || !control.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = format!("ISA13 {control:?} is no number");
        assembler.say(Trouble::ControlInvalid, Level::Interchange, &isa, text);
    }
    if !matches!(usage.as_str(), "P" | "T" | "I") {
        let text = format!("ISA15 {usage:?} is neither P nor T");
        assembler.say(Trouble::UsageInvalid, Level::Interchange, &isa, text);
    }
    take_all(bytes, start + header.length, assembler)
}

fn read_edifact(
    bytes: &[u8],
    start: usize,
    header: &EdifactHeader<'_>,
    limits: &Limits,
    keep: bool,
) -> Result<Interchange, Fault> {
    let at = Position {
        segment: 1,
        in_set: 0,
        byte: start + header.start,
    };
    let mut reading = Reading {
        syntax: Syntax::Edifact,
        separators: header.separators,
        charset: Charset::Latin1,
        limits: *limits,
    };
    let body = scan::unwrap_lines(header.body, header.separators);
    let (unb, _) = reading.segment(&body, at);
    let charset = Charset::of_edifact(unb.component(1, 1));
    reading.charset = charset.unwrap_or(Charset::Latin1);
    let (unb, fault) = reading.segment(&body, at);
    let party = |n: usize| Party {
        qualifier: unb.component(n, 2).trim().to_owned(),
        id: unb.component(n, 1).trim().to_owned(),
    };
    let version = match unb.component(1, 2) {
        "" => unb.component(1, 1).to_owned(),
        version => format!("{}:{version}", unb.component(1, 1)),
    };
    let interchange = Interchange {
        sender: party(2),
        receiver: party(3),
        control: unb.get(5).trim().to_owned(),
        date: unb.component(4, 1).to_owned(),
        time: unb.component(4, 2).to_owned(),
        version,
        ack_requested: unb.get(9) == "1",
        is_test: unb.get(11) == "1",
        ..empty(&reading)
    };
    let mut assembler = Assembler::new(reading, keep, interchange);
    if let Some(fault) = fault {
        let level = Level::Interchange;
        assembler.tell(Fault { level, ..fault });
    }
    if charset.is_none() {
        let text = format!("character set {:?} is not taken", unb.component(1, 1));
        assembler.say(Trouble::SyntaxUnsupported, Level::Interchange, &unb, text);
    }
    if unb.get(5).trim().is_empty() {
        let text = "UNB has no interchange control reference".to_owned();
        assembler.say(Trouble::ControlInvalid, Level::Interchange, &unb, text);
    }
    take_all(bytes, start + header.length, assembler)
}

/// Feeds the segments behind the header to the assembler.
fn take_all(bytes: &[u8], from: usize, mut assembler: Assembler) -> Result<Interchange, Fault> {
    let Reading {
        syntax, separators, ..
    } = assembler.reading;
    let mut scanner = Scanner::new(bytes, from, separators);
    let mut number = 1;
    while let Some(raw) = scanner.next() {
        let id = name(raw.body, separators);
        if begins_another(syntax, id) {
            let at = envelope_segment(&String::from_utf8_lossy(id), number + 1, raw.start);
            if assembler.is_closed {
                let text = "a second interchange follows in the same piece".to_owned();
                assembler.say(Trouble::Mixed, Level::Interchange, &at, text);
            }
            finish(&mut assembler, &at);
            break;
        }
        if assembler.is_closed {
            // Junk behind the trailer; where files are split, it was told already.
            break;
        }
        number += 1;
        let at = Position {
            segment: number,
            in_set: 0,
            byte: raw.start,
        };
        let body = match binary::skip(bytes, &raw, separators) {
            None => raw.body,
            Some((next, text)) => {
                scanner.jump(next);
                text
            }
        };
        let beyond = beyond(&assembler, number, raw.end - raw.start);
        if let Some(text) = beyond {
            let text = text.to_owned();
            return Err(Fault {
                at,
                ..Fault::new(Level::Interchange, "024", text)
            });
        }
        let body = scan::unwrap_lines(body, separators);
        match syntax {
            Syntax::X12 => assembler.take_x12(&body, at),
            Syntax::Edifact => assembler.take_edifact(&body, at),
        }
    }
    let end = envelope_segment("", number, bytes.len());
    finish(&mut assembler, &end);
    Ok(assembler.interchange)
}

fn finish(assembler: &mut Assembler, at: &Segment) {
    match assembler.reading.syntax {
        Syntax::X12 => assembler.finish_x12(at),
        Syntax::Edifact => assembler.finish_edifact(at),
    }
    assembler.is_closed = true;
}

/// What bound the interchange breaks, if one.
fn beyond(assembler: &Assembler, number: usize, length: usize) -> Option<&'static str> {
    let limits = &assembler.reading.limits;
    if number > limits.max_segments {
        return Some("the interchange has more segments than are taken");
    }
    if length > limits.max_segment_bytes {
        return Some("the segment is longer than is taken, or its terminator is missing");
    }
    if assembler.sets > limits.max_sets {
        return Some("the interchange has more sets than are taken");
    }
    if assembler.groups > limits.max_groups {
        return Some("the interchange has more groups than are taken");
    }
    None
}

fn begins_another(syntax: Syntax, id: &[u8]) -> bool {
    match syntax {
        Syntax::X12 => id == b"ISA",
        Syntax::Edifact => id == b"UNB" || id.starts_with(b"UNA"),
    }
}

fn envelope_segment(id: &str, segment: usize, byte: usize) -> Segment {
    Segment {
        id: id.to_owned(),
        elements: Vec::new(),
        at: Position {
            segment,
            in_set: 0,
            byte,
        },
    }
}

fn empty(reading: &Reading) -> Interchange {
    Interchange {
        syntax: reading.syntax,
        separators: reading.separators,
        sender: Party::default(),
        receiver: Party::default(),
        control: String::new(),
        date: String::new(),
        time: String::new(),
        version: String::new(),
        ack_requested: false,
        is_test: false,
        groups: Vec::new(),
        acknowledgements: Vec::new(),
        faults: Vec::new(),
    }
}

#[cfg(test)]
mod tests;

//! Outgoing documents → bytes.

use super::charset::Charset;
use super::edifact_header::DEFAULTS;
use super::model::{Separators, Syntax};
use super::outgoing::{Envelope, OutGroup, OutMessage, OutSegment};
use super::write_segment::SegmentWriter;

/// Why a document cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{segment} element {element}: {what}")]
pub(crate) struct WriteError {
    /// Name of the segment.
    pub(crate) segment: String,
    /// Element from 1; 0 for the name or the segment as a whole.
    pub(crate) element: usize,
    /// What is wrong with it.
    pub(crate) what: String,
}

/// Writes segments of one interchange, each with its terminator.
#[derive(Debug)]
pub(crate) struct Writer {
    segments: SegmentWriter,
    bytes: Vec<u8>,
}

impl Writer {
    /// A writer for a syntax. Refuses separators that cannot be told apart or are text.
    pub(crate) fn new(syntax: Syntax, envelope: &Envelope) -> Result<Self, WriteError> {
        check_separators(syntax, envelope.separators)?;
        let charset = match syntax {
            Syntax::X12 => Some(Charset::Utf8),
            Syntax::Edifact => {
                let (identifier, _) = syntax_of(&envelope.version);
                Charset::of_edifact(identifier)
            }
        };
        let Some(charset) = charset else {
            let what = format!("character set {:?} is not written", envelope.version);
            return Err(error("UNB", 1, what));
        };
        let segments = SegmentWriter {
            syntax,
            separators: envelope.separators,
            charset,
            line_breaks: envelope.line_breaks,
        };
        let bytes = Vec::new();
        Ok(Self { segments, bytes })
    }

    /// Writes a segment. Trailing empty elements and components are left out.
    pub(crate) fn put(&mut self, segment: &OutSegment) -> Result<(), WriteError> {
        self.segments.write(segment, &mut self.bytes)
    }

    /// What was written.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// An X12 interchange: ISA, TA1 segments, groups, IEA. Counts are made here. Refuses a separator in data, for X12 has no
/// escape.
pub(crate) fn interchange_x12_with(
    envelope: &Envelope,
    acknowledgements: &[OutSegment],
    groups: &[OutGroup],
) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(Syntax::X12, envelope)?;
    let control = format!("{:0>9}", envelope.control);
    writer.isa(envelope, &control)?;
    for acknowledgement in acknowledgements {
        writer.put(acknowledgement)?;
    }
    for group in groups {
        let header = OutSegment::new("GS")
            .text(&group.functional_id)
            .text(&group.sender)
            .text(&group.receiver)
            .text(&group.date)
            .text(&group.time)
            .text(&group.control)
            .text("X")
            .text(&group.version);
        writer.put(&header)?;
        for set in &group.sets {
            let header = OutSegment::new("ST").text(&set.kind).text(&set.control);
            let header = match &set.implementation {
                None => header,
                Some(implementation) => header.text(implementation),
            };
            writer.put(&header)?;
            for segment in &set.segments {
                writer.put(segment)?;
            }
            writer.trailer("SE", set.segments.len() + 2, &set.control)?;
        }
        writer.trailer("GE", group.sets.len(), &group.control)?;
    }
    writer.trailer("IEA", groups.len(), &control)?;
    Ok(writer.finish())
}

/// An EDIFACT interchange: UNA if wanted, UNB, messages, UNZ. Counts are made here; separators in data are released.
pub(crate) fn interchange_edifact(
    envelope: &Envelope,
    messages: &[OutMessage],
) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(Syntax::Edifact, envelope)?;
    writer.una(envelope)?;
    let (identifier, version) = syntax_of(&envelope.version);
    let ack_requested = if envelope.ack_requested { "1" } else { "" };
    let header = OutSegment::new("UNB")
        .composite([identifier, version])
        .composite([&envelope.sender.id, &envelope.sender.qualifier])
        .composite([&envelope.receiver.id, &envelope.receiver.qualifier])
        .composite([&envelope.date, &envelope.time])
        .text(&envelope.control)
        .skip(1)
        .text(&envelope.application)
        .skip(1)
        .text(ack_requested)
        .skip(1)
        .text(if envelope.is_test { "1" } else { "" });
    writer.put(&header)?;
    for message in messages {
        let kind = std::iter::once(message.kind.as_str()).chain(message.version.split(':'));
        let header = OutSegment::new("UNH")
            .text(&message.control)
            .composite(kind);
        writer.put(&header)?;
        for segment in &message.segments {
            writer.put(segment)?;
        }
        writer.trailer("UNT", message.segments.len() + 2, &message.control)?;
    }
    writer.trailer("UNZ", messages.len(), &envelope.control)?;
    Ok(writer.finish())
}

impl Writer {
    fn trailer(&mut self, id: &str, count: usize, control: &str) -> Result<(), WriteError> {
        let trailer = OutSegment::new(id).text(count.to_string()).text(control);
        self.put(&trailer)
    }

    /// ISA has a width for each element and its separators as data: it is written by hand.
    fn isa(&mut self, envelope: &Envelope, control: &str) -> Result<(), WriteError> {
        let separators = envelope.separators;
        let repetition = match separators.repetition {
            Some(mark) if envelope.version.as_str() >= "00402" => char::from(mark).to_string(),
            Some(_) => return Err(error("ISA", 11, "this version repeats nothing".to_owned())),
            None => "U".to_owned(),
        };
        let fields: [(usize, &str); 15] = [
            (2, "00"),
            (10, ""),
            (2, "00"),
            (10, ""),
            (2, &envelope.sender.qualifier),
            (15, &envelope.sender.id),
            (2, &envelope.receiver.qualifier),
            (15, &envelope.receiver.id),
            (6, &envelope.date),
            (4, &envelope.time),
            (1, &repetition),
            (5, &envelope.version),
            (9, control),
            (1, if envelope.ack_requested { "1" } else { "0" }),
            (1, if envelope.is_test { "T" } else { "P" }),
        ];
        self.bytes.extend_from_slice(b"ISA");
        for (index, (width, value)) in fields.into_iter().enumerate() {
            if index != 10 && value.chars().any(char::is_control) {
                let what = format!("{value:?} has a control character");
                return Err(error("ISA", index + 1, what));
            }
            if value.chars().count() > width {
                let what = format!("{value:?} is longer than {width}");
                return Err(error("ISA", index + 1, what));
            }
            self.bytes.push(separators.element);
            let is_mark = index == 10;
            let padded = format!("{value:<width$}");
            let plain = if is_mark { "" } else { value };
            self.segments.refuse_marks("ISA", index + 1, plain)?;
            self.bytes.extend_from_slice(padded.as_bytes());
        }
        self.bytes.push(separators.element);
        self.bytes.push(separators.component);
        self.segments.end(&mut self.bytes);
        Ok(())
    }

    fn una(&mut self, envelope: &Envelope) -> Result<(), WriteError> {
        let separators = envelope.separators;
        let (_, version) = syntax_of(&envelope.version);
        if separators.repetition.is_some() && version != "4" {
            let what = "this syntax version repeats nothing".to_owned();
            return Err(error("UNA", 5, what));
        }
        if envelope.una {
            self.bytes.extend_from_slice(b"UNA");
            self.bytes.extend_from_slice(&[
                separators.component,
                separators.element,
                separators.decimal,
                separators.release.unwrap_or(b' '),
                separators.repetition.unwrap_or(b' '),
                separators.terminator,
            ]);
            if envelope.line_breaks {
                self.bytes.push(b'\n');
            }
            return Ok(());
        }
        let repetition = (version == "4").then_some(b'*');
        let decimal = separators.decimal;
        let defaults = Separators {
            repetition,
            decimal,
            ..DEFAULTS
        };
        if separators != defaults || decimal != b'.' {
            let what = "separators other than the defaults need a UNA".to_owned();
            return Err(error("UNA", 0, what));
        }
        Ok(())
    }
}

/// `UNOC:3` → its two parts.
fn syntax_of(version: &str) -> (&str, &str) {
    version.split_once(':').unwrap_or((version, ""))
}

fn check_separators(syntax: Syntax, separators: Separators) -> Result<(), WriteError> {
    let mut marks = vec![
        separators.element,
        separators.component,
        separators.terminator,
    ];
    marks.extend(separators.repetition);
    marks.extend(separators.release);
    let id = match syntax {
        Syntax::X12 => "ISA",
        Syntax::Edifact => "UNA",
    };
    if syntax == Syntax::X12 && separators.release.is_some() {
        return Err(error(id, 0, "X12 has no release character".to_owned()));
    }
    let is_text = |mark: &u8| mark.is_ascii_alphanumeric() || *mark == b' ' || *mark >= 0x80;
    if let Some(mark) = marks.iter().find(|mark| is_text(mark)) {
        let what = format!("{:?} cannot separate", char::from(*mark));
        return Err(error(id, 0, what));
    }
    let all = marks.len();
    marks.sort_unstable();
    marks.dedup();
    if marks.len() < all {
        let what = "one character cannot separate two things".to_owned();
        return Err(error(id, 0, what));
    }
    Ok(())
}

pub(super) fn error(segment: &str, element: usize, what: String) -> WriteError {
    let segment = segment.to_owned();
    WriteError {
        segment,
        element,
        what,
    }
}

#[cfg(test)]
mod tests;

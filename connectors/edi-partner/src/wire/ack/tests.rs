//! Acknowledgements: made and read.
#![allow(clippy::unwrap_used, reason = "tests")]

mod edifact;
mod made;
mod said;

use super::*;
use crate::wire::limits::Limits;
use crate::wire::model::{Fault, Separators};
use crate::wire::outgoing::{Envelope, OutSegment};
use crate::wire::read::read;
use crate::wire::write::Writer;

const ISA: &str = "ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *250131*1200*U*00401*000000905*0*P*>~";

/// An X12 interchange with one group of 180s.
fn x12(group: &str) -> Interchange {
    let text = format!("{ISA}{group}IEA*1*000000905~");
    read(text.as_bytes(), &Limits::default()).unwrap()
}

/// Segments as text, one after the other.
fn shown(syntax: Syntax, segments: &[OutSegment]) -> Vec<String> {
    let (element, component, terminator, release) = match syntax {
        Syntax::X12 => (b'*', b'>', b'~', None),
        Syntax::Edifact => (b'+', b':', b'\'', Some(b'?')),
    };
    let separators = Separators {
        element,
        component,
        repetition: None,
        release,
        terminator,
        decimal: b'.',
    };
    let envelope = Envelope {
        separators,
        version: "UNOC:3".to_owned(),
        ..envelope()
    };
    let mut writer = Writer::new(syntax, &envelope).unwrap();
    for segment in segments {
        writer.put(segment).unwrap();
    }
    let text = String::from_utf8(writer.finish()).unwrap();
    let lines = text.split_terminator(char::from(terminator));
    lines.map(str::to_owned).collect()
}

fn envelope() -> Envelope {
    Envelope {
        separators: crate::wire::edifact_header::DEFAULTS,
        sender: crate::wire::model::Party::default(),
        receiver: crate::wire::model::Party::default(),
        control: "1".to_owned(),
        date: "250131".to_owned(),
        time: "1200".to_owned(),
        version: "00401".to_owned(),
        ack_requested: false,
        is_test: false,
        application: String::new(),
        una: false,
        line_breaks: false,
    }
}

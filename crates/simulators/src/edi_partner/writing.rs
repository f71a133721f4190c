//! How this partner writes: envelopes and files by its habits.

use jiff::Timestamp;

use super::config::{Config, Syntax};
use super::edi::{Envelope, Marks, Segment};

/// ST02 or UNH 0062 of the nth set.
pub(super) fn set_control(syntax: Syntax, nth: usize) -> String {
    match syntax {
        Syntax::X12 => format!("{nth:04}"),
        Syntax::Edifact => nth.to_string(),
    }
}

/// What its next interchange says about itself.
pub(super) fn envelope(
    config: &Config,
    number: u64,
    wants_ack: bool,
    ta1: Vec<Segment>,
) -> Envelope {
    let version = match config.syntax {
        Syntax::X12 => "004010",
        Syntax::Edifact => "D:01B:UN:EAN003",
    };
    Envelope {
        syntax: config.syntax,
        sender: config.us.clone(),
        receiver: config.them.clone(),
        number,
        made: Timestamp::now(),
        version: config
            .quirks
            .version
            .clone()
            .unwrap_or_else(|| version.to_owned()),
        isa_version: config.quirks.isa_version.clone(),
        wants_ack,
        test: config.quirks.test,
        ta1,
    }
}

/// The bytes of a file of interchanges.
pub(super) fn file(config: &Config, text: &str) -> Vec<u8> {
    let marks = Marks::of(config.syntax, &config.quirks);
    let mut text = text;
    if config.quirks.no_last_terminator {
        text = text.strip_suffix(marks.suffix.as_str()).unwrap_or(text);
        text = text.strip_suffix(marks.terminator).unwrap_or(text);
    }
    match config.syntax {
        Syntax::Edifact => text
            .chars()
            .map(|one| u8::try_from(one).unwrap_or(b'?'))
            .collect(),
        Syntax::X12 if config.quirks.bom => format!("\u{feff}{text}").into_bytes(),
        Syntax::X12 => text.as_bytes().to_vec(),
    }
}

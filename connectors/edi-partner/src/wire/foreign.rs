//! Bytes that are no text of ours: told by name instead of "no ISA".

use super::model::{Fault, Level};

/// A clear refusal for UTF-16 and EBCDIC.
pub(super) fn refuse(bytes: &[u8]) -> Option<Fault> {
    let text = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "the file is UTF-16; it must be ASCII, Latin-1 or UTF-8"
        }
        [b'I' | b'U', 0, b'S' | b'N', 0, ..] | [0, b'I' | b'U', 0, b'S' | b'N', ..] => {
            "the file is UTF-16; it must be ASCII, Latin-1 or UTF-8"
        }
        [0xc9, 0xe2, 0xc1, ..] | [0xe4, 0xd5, 0xc1 | 0xc2, ..] => {
            "the file is EBCDIC; it must be ASCII, Latin-1 or UTF-8"
        }
        _ => return None,
    };
    Some(Fault::new(Level::Interchange, "024", text))
}

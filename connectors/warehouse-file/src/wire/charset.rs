//! Bytes → text, strictly: what is no character is refused with line and column.

use connector::Failure;
use encoding_rs::{DecoderResult, Encoding, UTF_8};

use crate::failures;

/// Text, and where it begins behind a byte order mark.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static Encoding,
    pub(super) mark: usize,
}

/// Reads bytes. A byte order mark says more than the layout.
pub(super) fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<Decoded, Failure> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let rest = bytes.get(mark..).unwrap_or_default();
    let text = if encoding == UTF_8 {
        match std::str::from_utf8(rest) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let good = rest.get(..error.valid_up_to()).unwrap_or_default();
                let before = String::from_utf8_lossy(good);
                let bad = rest.get(error.valid_up_to()).copied();
                return Err(undecodable(encoding, &before, bad));
            }
        }
    } else {
        other(encoding, rest)?
    };
    Ok(Decoded {
        text,
        encoding,
        mark,
    })
}

fn other(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Failure> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        let room = decoder
            .max_utf8_buffer_length_without_replacement(rest.len())
            .unwrap_or_else(|| rest.len().saturating_mul(3));
        text.reserve(room.max(16));
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        let before = rest;
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, behind) => {
                let at = read.saturating_sub(usize::from(length) + usize::from(behind));
                return Err(undecodable(encoding, &text, before.get(at).copied()));
            }
        }
    }
}

fn undecodable(encoding: &'static Encoding, before: &str, bad: Option<u8>) -> Failure {
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    let byte = bad.map_or_else(|| "the end".to_owned(), |byte| format!("byte {byte:#04x}"));
    let what = format!("{byte} is no character of {}", encoding.name());
    Failure::malformed(failures::CHARSET, what).at(format!("line {line}, column {column}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(label: &str) -> &'static Encoding {
        Encoding::for_label(label.as_bytes()).unwrap()
    }

    #[test]
    fn each_encoding_is_read() {
        for (name, bytes, text) in [
            ("utf-8", "Größe".as_bytes(), "Größe"),
            ("utf-8", b"\xEF\xBB\xBFa".as_slice(), "a"),
            ("windows-1252", b"Gr\xF6\xDFe \x80", "Größe €"),
            ("iso-8859-15", b"\xA4", "€"),
            ("utf-16", b"\xFF\xFEa\0\xF6\0", "aö"),
            ("utf-16", b"\xFE\xFF\0a\0\xF6", "aö"),
            ("windows-1252", b"\xEF\xBB\xBF\xC3\xB6", "ö"),
        ] {
            assert_eq!(decode(label(name), bytes).unwrap().text, text, "{name}");
        }
    }

    #[test]
    fn the_first_bad_byte_is_located() {
        for (name, bytes) in [
            ("utf-8", b"ab\nc\xF6d".as_slice()),
            ("shift_jis", b"ab\nc\xA0d"),
        ] {
            let failure = decode(label(name), bytes).unwrap_err();
            assert_eq!(failure.code, failures::CHARSET);
            assert_eq!(failure.place, "line 2, column 2", "{failure}");
        }
        let half = decode(label("utf-16"), b"\xFF\xFEa\0\n\0b").unwrap_err();
        assert_eq!(half.place, "line 2, column 1", "{half}");
    }
}
